#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "call/switchboard.hpp"

namespace daedap::api {

/// What every event of the `aicc` format carries. Keys, spelling, units and order are fixed: programs of
/// others read them.
struct AiccHead {
  std::string_view call_id;
  std::int64_t unix_ms = 0;          // timestamp, UTC
  std::optional<std::int64_t> seq;   // with it the extended keys are written
};

struct AiccEnd {
  std::int64_t duration_ms = 0;
  std::int64_t turns = 0, complete = 0;
  double speech_ratio = 0;
};

std::string aicc_start(const AiccHead& head, const call::TalkStarted& started);
std::string aicc_turn(const AiccHead& head, const call::SpeakerTurn& turn);
std::string aicc_end(const AiccHead& head, const AiccEnd& end);

}  // namespace daedap::api
