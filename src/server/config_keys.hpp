#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/config.hpp"

namespace daedap::server {

/// One key of the configuration file.
struct ConfigKey {
  enum class Kind { text, whole, number, flag, choice, texts };
  std::string path;  // "sip.port"
  std::string help;
  Kind kind;
  double least = 0, most = 0;         // whole, number
  std::vector<std::string> choices;   // choice
  /// Puts a checked value in its place. Exactly one of the arguments is meant, by `kind`.
  std::function<void(Config&, const std::string& text, double number, const std::vector<std::string>& texts)> put;
};

/// All keys, in the order of the documentation.
const std::vector<ConfigKey>& config_keys();

/// The known key nearest to `path` by edit distance, empty when none is near.
std::string nearest_key(std::string_view path);

}  // namespace daedap::server
