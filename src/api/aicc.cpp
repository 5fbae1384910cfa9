#include "api/aicc.hpp"

#include <algorithm>
#include <cmath>

#include "api/json.hpp"
#include "base/utf8.hpp"

namespace daedap::api {
namespace {

Json begun(const char* type, const AiccHead& head) {
  return {{"type", type}, {"call_id", head.call_id}, {"timestamp", wall_text(head.unix_ms)}};
}

double seconds(std::int64_t ms) { return static_cast<double>(ms) / 1000; }
/// 0..1 with three digits; what is no number is 0.
double share(double value) { return std::isfinite(value) ? std::round(std::clamp(value, 0.0, 1.0) * 1000) / 1000 : 0; }
std::string safe(std::string_view text) { return base::valid_utf8(text); }

}  // namespace

std::string aicc_start(const AiccHead& head, const call::TalkStarted& started) {
  Json j = begun("metadata_start", head);
  j["customer_number"] = safe(started.customer_number);
  j["agent_id"] = safe(started.agent_id);
  if (head.seq) j["seq"] = *head.seq, j["language"] = started.language;
  return j.dump();
}

std::string aicc_turn(const AiccHead& head, const call::SpeakerTurn& turn) {
  Json j = begun("turn_complete", head);
  j["speaker"] = turn.speaker == call::SpeakerTurn::Speaker::customer ? "customer" : "agent";
  j["start_time"] = seconds(turn.start_ms);
  j["end_time"] = seconds(turn.end_ms);
  j["transcript"] = safe(turn.transcript);
  j["decision"] = turn.decision == call::SpeakerTurn::Decision::complete ? "complete" : "incomplete";
  j["fusion_score"] = share(turn.score);
  if (!head.seq) return j.dump();
  j["seq"] = *head.seq;
  j["language"] = turn.language;
  j["wait_ms"] = turn.wait_ms;
  j["silence_ms"] = turn.silence_ms;
  j["reasons"] = Json::array();
  for (const std::string& reason : turn.reasons) j["reasons"].push_back(safe(reason));
  return j.dump();
}

std::string aicc_end(const AiccHead& head, const AiccEnd& end) {
  Json j = begun("metadata_end", head);
  j["total_duration"] = seconds(end.duration_ms);
  j["turn_count"] = end.turns;
  j["speech_ratio"] = share(end.speech_ratio);
  j["complete_turns"] = end.complete;
  j["incomplete_turns"] = end.turns - end.complete;
  if (head.seq) j["seq"] = *head.seq;
  return j.dump();
}

}  // namespace daedap::api
