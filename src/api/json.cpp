#include "api/json.hpp"

#include <fmt/chrono.h>

#include <array>

#include "base/utf8.hpp"
#include "call/cause.hpp"

namespace daedap::api {
namespace {

std::string safe(std::string_view text) { return base::valid_utf8(text); }

Json json_of(const call::Turn& turn) {
  Json j{{"index", turn.index},
         {"speaker", turn.speaker == speech::Said::Speaker::caller ? "customer" : "agent"},
         {"text", safe(turn.text)},
         {"start_ms", turn.start_ms},
         {"end_ms", turn.end_ms}};
  if (!turn.intent.empty()) j["intent"] = turn.intent;
  if (turn.speaker == speech::Said::Speaker::caller) j["confidence"] = turn.confidence;
  if (turn.interrupted) j["interrupted"] = true;
  if (!turn.planned.empty()) j["planned"] = safe(turn.planned);
  if (turn.response_ms) j["response_ms"] = *turn.response_ms;
  if (turn.own_ms) j["own_ms"] = *turn.own_ms;
  if (!turn.marks_ms.empty()) j["marks_ms"] = turn.marks_ms;
  return j;
}

Json json_of(const media::LegStats& m) {
  return {{"packets_sent", m.packets_sent},       {"packets_received", m.packets_received},
          {"packets_lost", m.packets_lost},       {"packets_late", m.packets_late},
          {"packets_bad", m.packets_bad},         {"frames_concealed", m.frames_concealed},
          {"send_failures", m.send_failures},     {"jitter_ms", m.jitter_ms},
          {"buffer_ms", m.buffer_ms},             {"remote_loss", m.remote_loss},
          {"round_trip_ms", m.round_trip_ms}};
}

}  // namespace

std::string wall_text(std::int64_t unix_ms) {
  const auto seconds = static_cast<std::time_t>(unix_ms / 1000);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), unix_ms % 1000);
}

Json json_of(const call::Operator& op, const std::string& current_call) {
  Json j{{"id", safe(op.id)},
         {"name", safe(op.name)},
         {"language", op.language},
         {"status", call::name(op.status)},
         {"message", safe(op.away_message)},
         {"greeting", safe(op.greeting)},
         {"voice", op.voice},
         {"contacts", Json::array()}};
  j["current_call"] = current_call.empty() ? Json(nullptr) : Json(current_call);
  return j;
}

Json summary_of(const CallEntry& entry) {
  const call::Record& r = entry.record;
  Json j{{"call_id", r.call_id},
         {"sip_call_id", safe(r.sip_call_id)},
         {"started_at", wall_text(entry.started_unix_ms)},
         {"caller", safe(r.caller)},
         {"caller_name", safe(r.caller_name)},
         {"callee", safe(r.callee)},
         {"operator", safe(r.operator_id)},
         {"language", r.language},
         {"answered_by", r.answered_by},
         {"state", r.cause ? "ended" : "running"}};
  j["setup_ms"] = r.setup_ms ? Json(*r.setup_ms) : Json(nullptr);
  j["duration_ms"] = r.duration_ms;
  j["cause"] = r.cause ? Json(call::name(*r.cause)) : Json(nullptr);
  j["status"] = r.status;
  return j;
}

Json json_of(const CallEntry& entry) {
  const call::Record& r = entry.record;
  Json j = summary_of(entry);
  j["turns"] = Json::array();
  for (const call::Turn& turn : r.turns) j["turns"].push_back(json_of(turn));
  j["messages"] = Json::array();
  for (const call::Message& m : r.messages)
    j["messages"].push_back({{"start_ms", m.start_ms}, {"end_ms", m.end_ms}, {"ended_by", m.ended_by}});
  j["digits"] = r.digits;
  j["media"] = json_of(r.media);
  const std::string base = "/api/v1/calls/" + r.call_id;
  j["recording"] = entry.recording.empty() ? Json(nullptr) : Json(base + "/recording.wav");
  j["transcript"] = entry.transcript.empty() ? Json(nullptr) : Json(base + "/transcript.json");
  return j;
}

Json json_of(const base::Error& error) {
  return {{"error", {{"code", base::name(error.code)}, {"message", error.text}, {"detail", safe(error.detail)}}}};
}

base::Result<Json> parse_object(std::string_view body) {
  if (body.size() > 1'000'000) return base::fail(base::Code::too_large, "the body is over 1 MB");
  int depth = 0;
  bool deep = false;
  const auto watch = [&](int level, Json::parse_event_t, Json&) {
    depth = level;
    deep = deep || depth > 16;
    return !deep;
  };
  Json j = Json::parse(body, watch, false);
  if (deep || j.is_discarded()) return base::fail(base::Code::bad_syntax, "the body is no JSON");
  if (!j.is_object()) return base::fail(base::Code::bad_syntax, "the body must be a JSON object");
  return j;
}

base::Result<std::string> text_member(const Json& object, const char* key, bool required, std::size_t longest) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) {
    if (required) return base::fail(base::Code::bad_syntax, "a member is missing", key);
    return std::string();
  }
  if (!found->is_string()) return base::fail(base::Code::bad_syntax, "a member must be a string", key);
  std::string text = found->get<std::string>();
  if (text.size() > longest) return base::fail(base::Code::bad_syntax, "a member is too long", key);
  return text;
}

int http_status(const base::Error& error) {
  switch (error.code) {
    case base::Code::bad_syntax: return 400;
    case base::Code::too_large: return 413;
    case base::Code::not_found: return 404;
    case base::Code::bad_state: return 409;
    case base::Code::denied: return 401;
    case base::Code::unsupported: return 422;
    default: return 500;
  }
}

}  // namespace daedap::api
