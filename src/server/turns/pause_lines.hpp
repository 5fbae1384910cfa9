#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "call/pause_log.hpp"

namespace daedap::server {

/// The name of the file in a call's folder: one JSON object a line, one line a pause (docs/turns.md).
inline constexpr const char* pause_file = "pauses.jsonl";

/// Without `with_text` no word that anybody said is in it.
std::string write_pauses(const std::string& call_id, const std::string& language, bool with_text,
                         const std::vector<call::LoggedPause>& pauses);

/// What was read of one call's pauses.
struct PauseFile {
  std::string call_id, language;
  std::vector<call::LoggedPause> pauses;
  std::size_t damaged = 0;  // lines that are no pause: cut off, or another hand's
};

/// Bounded: 64 MB, 4000 pauses, 16 steps each; a value out of its range makes its line a damaged one.
/// errors  too_large
base::Result<PauseFile> read_pauses(std::string_view text);

}  // namespace daedap::server
