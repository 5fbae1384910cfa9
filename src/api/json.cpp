#include "api/json.hpp"

#include <fmt/chrono.h>

#include <array>
#include <cmath>

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

Json json_of(const call::Conversation& c) {
  const auto sides = [](const auto& values) { return Json{{"customer", values[0]}, {"agent", values[1]}}; };
  const auto rounded = [](double value) { return std::round(value * 1000) / 1000; };
  const auto response = [&](const call::Conversation::Response& r) {
    return Json{{"count", r.count}, {"mean_ms", std::round(r.mean_ms)}, {"median_ms", r.median_ms}, {"longest_ms", r.longest_ms}};
  };
  return {{"speech_ratio", rounded(c.speech_ratio)},
          {"talk_ratio", {{"customer", rounded(c.talk_ratio[0])}, {"agent", rounded(c.talk_ratio[1])}}},
          {"overlaps", c.overlaps},
          {"overlap_ms", c.overlap_ms},
          {"interruptions", sides(c.interruptions)},
          {"longest_monologue_ms", sides(c.longest_monologue_ms)},
          {"response", {{"customer", response(c.response[0])}, {"agent", response(c.response[1])}}}};
}

/// A call that only the caller's leg carried has its figures in `media` alone.
std::vector<call::LegFigures> legs_of(const call::Record& r) {
  if (!r.legs.empty() || r.answered_by.empty()) return r.legs;
  return {{.name = "caller", .stats = r.media}};
}

}  // namespace

std::string wall_text(std::int64_t unix_ms) {
  const auto seconds = static_cast<std::time_t>(unix_ms / 1000);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), unix_ms % 1000);
}

Json json_of(const call::Operator& op, const std::vector<Contact>& contacts, const std::string& current_call) {
  Json j{{"id", safe(op.id)},
         {"name", safe(op.name)},
         {"language", op.language},
         {"status", call::name(op.status)},
         {"message", safe(op.away_message)},
         {"greeting", safe(op.greeting)},
         {"voice", op.voice},
         {"account", !op.ha1_md5.empty() || !op.ha1_sha256.empty()},
         {"on_miss", Json::object()},
         {"forward_to", safe(op.forward_to)},
         {"registered", !contacts.empty()},
         {"contacts", Json::array()}};
  for (std::size_t i = 0; i < call::miss_count; ++i)
    j["on_miss"][std::string(call::name(static_cast<call::Miss>(i)))] = op.on_miss[i] ? Json(call::name(*op.on_miss[i])) : Json(nullptr);
  for (const Contact& c : contacts)
    j["contacts"].push_back({{"uri", safe(c.uri)}, {"transport", c.transport}, {"user_agent", safe(c.user_agent)}, {"expires_in_s", c.expires_in_s}});
  j["current_call"] = current_call.empty() ? Json(nullptr) : Json(current_call);
  return j;
}

Json json_of(const SipAccount& a) { return {{"user", a.user}, {"realm", safe(a.realm)}, {"password", a.password}, {"server", a.server}}; }

Json json_of(const call::TrunkState& t) {
  return {{"name", safe(t.name)}, {"state", call::name(t.state)}, {"detail", safe(t.detail)}, {"server", safe(t.server)}};
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
         {"answered_by", safe(r.answered_by)},
         {"state", r.cause ? "ended" : "running"}};
  j["setup_ms"] = r.setup_ms ? Json(*r.setup_ms) : Json(nullptr);
  j["duration_ms"] = r.duration_ms;
  j["cause"] = r.cause ? Json(call::name(*r.cause)) : Json(nullptr);
  j["status"] = r.status;
  j["path"] = Json::array();
  for (const std::string& step : r.path) j["path"].push_back(safe(step));
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
  j["conversation"] = r.cause && !r.answered_by.empty() ? json_of(r.conversation) : Json(nullptr);
  j["media"] = json_of(r.media);
  j["legs"] = Json::array();
  for (const call::LegFigures& leg : legs_of(r)) {
    Json figures{{"name", safe(leg.name)}};
    figures.update(json_of(leg.stats));
    figures["speaker"] = leg.speaker.empty() ? Json(nullptr) : Json(leg.speaker);
    figures["talk_ms"] = leg.speaker.empty() ? Json(nullptr) : Json(leg.talk_ms);
    j["legs"].push_back(std::move(figures));
  }
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

base::Result<std::optional<std::string>> maybe_text(const Json& object, const char* key, std::size_t longest) {
  if (!object.contains(key)) return std::optional<std::string>();
  auto text = text_member(object, key, false, longest);
  if (!text) return tl::unexpected(std::move(text.error()));
  return std::optional(std::move(*text));
}

namespace {

base::Result<void> take_policies(const Json& policies, call::OperatorChange& change) {
  if (!policies.is_object()) return base::fail(base::Code::bad_syntax, "a member must be an object", "on_miss");
  for (const auto& [key, value] : policies.items()) {
    const auto miss = call::miss(key);
    if (!miss) return base::fail(base::Code::bad_syntax, "on_miss knows no_answer, busy, declined and unregistered", safe(key));
    const auto fallback = value.is_string() ? call::fallback(value.get_ref<const std::string&>()) : std::nullopt;
    if (!fallback && !value.is_null()) return base::fail(base::Code::bad_syntax, "a policy is ai, reject, forward or null", safe(key));
    change.on_miss[static_cast<std::size_t>(*miss)] = fallback;
  }
  return {};
}

}  // namespace

base::Result<call::OperatorChange> operator_change(const Json& object) {
  call::OperatorChange change;
  const std::map<std::string_view, std::optional<std::string>*> texts{{"name", &change.name},
                                                                      {"language", &change.language},
                                                                      {"voice", &change.voice},
                                                                      {"greeting", &change.greeting},
                                                                      {"forward_to", &change.forward_to}};
  for (const auto& [key, value] : object.items()) {
    if (key == "on_miss") {
      if (auto taken = take_policies(value, change); !taken) return tl::unexpected(std::move(taken.error()));
      continue;
    }
    const auto place = texts.find(key);
    if (place == texts.end()) return base::fail(base::Code::bad_syntax, "an operator has no such member that can be changed", safe(key));
    auto text = maybe_text(object, key.c_str(), 500);
    if (!text) return tl::unexpected(std::move(text.error()));
    *place->second = std::move(*text);
  }
  if (change.language && *change.language != "ko" && *change.language != "en")
    return base::fail(base::Code::bad_syntax, "a language is ko or en", safe(*change.language));
  return change;
}

int http_status(const base::Error& error) {
  switch (error.code) {
    case base::Code::bad_syntax: return 400;
    case base::Code::too_large: return 413;
    case base::Code::not_found: return 404;
    case base::Code::bad_state: return 409;
    case base::Code::denied: return 401;
    case base::Code::unsupported: return 422;
    case base::Code::engine_full:
    case base::Code::engine_not_ready: return 503;
    default: return 500;
  }
}

}  // namespace daedap::api
