#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "engines/assistant/script.hpp"

namespace daedap::engines::assistant {

/// One thing wrong with a script. Lines count from 1; 0 = the file as a whole.
struct ScriptError {
  int line = 0;
  std::string key;   // "intents.hours.answer.ko"
  std::string what;
  /// "line 12: intents.hours.next: no state of that name"
  std::string message() const;
};
using LoadedScript = tl::expected<Script, std::vector<ScriptError>>;

/// Reads a script and checks all of it: every mistake is reported, not the first alone.
/// in  YAML of at most 256 KiB, 100 intents, 40 states, 100 phrases each, texts of 1,000 bytes
LoadedScript parse_script(std::string_view yaml);
LoadedScript load_script(const std::filesystem::path& file);

}  // namespace daedap::engines::assistant
