#include "store/call_columns.hpp"

#include <nlohmann/json.hpp>

#include "base/utf8.hpp"

namespace daedap::store {

namespace {

using nlohmann::json;

json parse(std::string_view text) { return json::parse(text, nullptr, false); }

template <typename T>
void read(const json& from, const char* key, T& to) {
  if (const auto found = from.find(key); found != from.end() && found->is_number()) to = found->get<T>();
}

}  // namespace

std::string write_marks(const std::map<std::string, double>& marks) { return json(marks).dump(); }

std::map<std::string, double> read_marks(std::string_view text) {
  std::map<std::string, double> out;
  const json in = parse(text);
  if (!in.is_object()) return out;
  for (const auto& [key, value] : in.items()) {
    if (value.is_number()) out[key] = value.get<double>();
  }
  return out;
}

std::string write_texts(const std::vector<std::string>& texts) {
  json out = json::array();
  for (const std::string& one : texts) out.push_back(base::valid_utf8(one));
  return out.dump();
}

std::vector<std::string> read_texts(std::string_view text) {
  std::vector<std::string> out;
  const json in = parse(text);
  if (!in.is_array()) return out;
  for (const json& one : in) {
    if (one.is_string()) out.push_back(one.get<std::string>());
  }
  return out;
}

namespace {

json media_json(const media::LegStats& s) {
  return json{{"packets_sent", s.packets_sent},
              {"packets_received", s.packets_received},
              {"packets_lost", s.packets_lost},
              {"packets_late", s.packets_late},
              {"packets_bad", s.packets_bad},
              {"frames_concealed", s.frames_concealed},
              {"send_failures", s.send_failures},
              {"jitter_ms", s.jitter_ms},
              {"buffer_ms", s.buffer_ms},
              {"remote_loss", s.remote_loss},
              {"round_trip_ms", s.round_trip_ms}};
}

media::LegStats media_of(const json& in) {
  media::LegStats s;
  if (!in.is_object()) return s;
  read(in, "packets_sent", s.packets_sent);
  read(in, "packets_received", s.packets_received);
  read(in, "packets_lost", s.packets_lost);
  read(in, "packets_late", s.packets_late);
  read(in, "packets_bad", s.packets_bad);
  read(in, "frames_concealed", s.frames_concealed);
  read(in, "send_failures", s.send_failures);
  read(in, "jitter_ms", s.jitter_ms);
  read(in, "buffer_ms", s.buffer_ms);
  read(in, "remote_loss", s.remote_loss);
  read(in, "round_trip_ms", s.round_trip_ms);
  return s;
}

}  // namespace

std::string write_media(const media::LegStats& s) { return media_json(s).dump(); }
media::LegStats read_media(std::string_view text) { return media_of(parse(text)); }

std::string write_conversation(const call::Conversation& c) {
  const auto response = [](const call::Conversation::Response& r) {
    return json{{"count", r.count}, {"mean_ms", r.mean_ms}, {"median_ms", r.median_ms}, {"longest_ms", r.longest_ms}};
  };
  return json{{"speech_ratio", c.speech_ratio},
              {"talk_ratio", c.talk_ratio},
              {"overlaps", c.overlaps},
              {"overlap_ms", c.overlap_ms},
              {"interruptions", c.interruptions},
              {"longest_monologue_ms", c.longest_monologue_ms},
              {"response", {response(c.response[0]), response(c.response[1])}}}
      .dump();
}

namespace {

template <typename T>
void read_pair(const json& from, const char* key, std::array<T, 2>& to) {
  const auto found = from.find(key);
  if (found == from.end() || !found->is_array() || found->size() != 2) return;
  for (std::size_t i = 0; i < 2; ++i)
    if ((*found)[i].is_number()) to[i] = (*found)[i].get<T>();
}

}  // namespace

call::Conversation read_conversation(std::string_view text) {
  call::Conversation c;
  const json in = parse(text);
  if (!in.is_object()) return c;
  read(in, "speech_ratio", c.speech_ratio);
  read_pair(in, "talk_ratio", c.talk_ratio);
  read(in, "overlaps", c.overlaps);
  read(in, "overlap_ms", c.overlap_ms);
  read_pair(in, "interruptions", c.interruptions);
  read_pair(in, "longest_monologue_ms", c.longest_monologue_ms);
  const auto responses = in.find("response");
  if (responses == in.end() || !responses->is_array() || responses->size() != 2) return c;
  for (std::size_t i = 0; i < 2; ++i) {
    if (!(*responses)[i].is_object()) continue;
    read((*responses)[i], "count", c.response[i].count);
    read((*responses)[i], "mean_ms", c.response[i].mean_ms);
    read((*responses)[i], "median_ms", c.response[i].median_ms);
    read((*responses)[i], "longest_ms", c.response[i].longest_ms);
  }
  return c;
}

std::string write_legs(const std::vector<call::LegFigures>& legs) {
  json out = json::array();
  for (const call::LegFigures& leg : legs) {
    out.push_back(media_json(leg.stats));
    out.back()["name"] = base::valid_utf8(leg.name);
    if (leg.speaker.empty()) continue;
    out.back()["speaker"] = leg.speaker;
    out.back()["talk_ms"] = leg.talk_ms;
  }
  return out.dump();
}

std::vector<call::LegFigures> read_legs(std::string_view text) {
  std::vector<call::LegFigures> out;
  const json in = parse(text);
  if (!in.is_array()) return out;
  for (const json& leg : in) {
    if (!leg.is_object()) continue;
    const auto name = leg.find("name");
    if (name == leg.end() || !name->is_string()) continue;
    call::LegFigures& one = out.emplace_back();
    one.name = name->get<std::string>();
    one.stats = media_of(leg);
    if (const auto speaker = leg.find("speaker"); speaker != leg.end() && speaker->is_string()) one.speaker = speaker->get<std::string>();
    read(leg, "talk_ms", one.talk_ms);
  }
  return out;
}

std::string_view speaker_name(speech::Said::Speaker speaker) {
  return speaker == speech::Said::Speaker::caller ? "customer" : "agent";
}

speech::Said::Speaker speaker_of(std::string_view name) {
  return name == "customer" ? speech::Said::Speaker::caller : speech::Said::Speaker::assistant;
}

call::Cause cause_of(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(call::last_cause); ++i) {
    if (const auto cause = static_cast<call::Cause>(i); call::name(cause) == name) return cause;
  }
  return call::Cause::internal;
}

}  // namespace daedap::store
