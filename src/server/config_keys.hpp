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
  /// What stands in its place, as the file would say it.
  std::function<std::string(Config&)> show;
};

/// A list of records: "trunks" and what may stand in each of them.
struct ConfigList {
  std::string path;
  std::string help;
  std::function<void(Config&)> add;   // a new record at the end, which the fields' `put` then fill
  std::vector<ConfigKey> fields;      // `path` is the name within the record
  std::vector<std::string> required;  // names of fields
};

/// Records of one kind over which the file is refused.
inline constexpr std::size_t most_records = 1000;

/// All keys, in the order of the documentation.
const std::vector<ConfigKey>& config_keys();
const std::vector<ConfigList>& config_lists();

/// The known key nearest to `path` by edit distance, empty when none is near.
std::string nearest_key(std::string_view path);
/// The same among the fields of a list.
std::string nearest_field(const ConfigList& list, std::string_view name);

}  // namespace daedap::server
