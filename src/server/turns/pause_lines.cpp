#include "server/turns/pause_lines.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/utf8.hpp"
#include "speech/turn/rules_names.hpp"

namespace daedap::server {
namespace {

using namespace speech::turn;
using Json = nlohmann::ordered_json;

constexpr std::size_t most_bytes = 64u << 20, most_pauses = 4000, most_steps = 16, longest_line = 64u << 10;
constexpr double longest_ms = 7.0 * 24 * 3600 * 1000;
constexpr std::array<std::string_view, 3> state_names{"incomplete", "complete", "wait"};
constexpr std::array<std::string_view, 4> filling_names{"none", "partial", "full", "overfull"};

double rounded(double value, double step) { return std::round(value / step) * step; }
double ms(base::Time t) { return rounded(base::to_ms_f(t.time_since_epoch()), 0.001); }
double ms(base::Duration d) { return rounded(base::to_ms_f(d), 0.001); }
std::string clean(const std::string& text) { return base::valid_utf8(text); }

Json json_of(const Features& f) {
  const Prosody& p = f.prosody;
  return {{"text", f.text},       {"lexical", f.lexical}, {"trust", f.trust},   {"context", f.context},
          {"habit", f.habit},     {"heard", p.heard},     {"slope", p.slope},   {"height", p.height},
          {"lengthening", p.lengthening}, {"fall", p.fall}, {"cut_off", p.cut_off}, {"filled", p.filled}};
}

Json json_of(const PauseStep& s, base::Time end, bool with_text) {
  Json j{{"ms", ms(s.at - end)},
         {"final", s.final},
         {"confidence", s.confidence},
         {"p", s.p},
         {"state", state_names[static_cast<std::size_t>(s.state)]},
         {"kind", kind_names[static_cast<std::size_t>(s.kind)]},
         {"filling", filling_names[static_cast<std::size_t>(s.filling)]},
         {"short_answer", s.short_answer},
         {"words", s.words},
         {"class", clean(s.cls)}};
  if (with_text) j["text"] = clean(s.text);
  return j;
}

Json json_of(const call::LoggedPause& one, bool with_text) {
  const Pause& p = one.pause;
  Json j{{"speaker", one.speaker == call::LoggedPause::Speaker::customer ? "customer" : "agent"},
         {"with", one.with_ai ? "ai" : "person"},
         {"codec", clean(one.codec)},
         {"start_ms", ms(p.start)},
         {"end_ms", ms(p.end)},
         {"resumed_ms", p.resumed ? Json(ms(*p.resumed)) : Json(nullptr)},
         {"label", name(one.found.label)},
         {"length_ms", ms(one.found.length)},
         {"cut_in", one.found.cut_in},
         {"new_turn", p.new_turn},
         {"theta", p.theta},
         {"decided", p.decided},
         {"silence_ms", ms(p.silence)},
         {"wait_ms", ms(p.wait)},
         {"state", state_names[static_cast<std::size_t>(p.state)]},
         {"score", p.score},
         {"class", clean(p.cls)}};
  j["reasons"] = Json::array();
  for (const std::string& reason : p.reasons) j["reasons"].push_back(clean(reason));
  j["features"] = json_of(p.features);
  j["asked"] = {{"question", p.asks}, {"slot", slot_names[static_cast<std::size_t>(p.slot)]}};
  if (with_text && !p.asked.empty()) j["asked"]["text"] = clean(p.asked);
  j["steps"] = Json::array();
  for (const PauseStep& s : p.steps) j["steps"].push_back(json_of(s, p.end, with_text));
  return j;
}

/// Reads members of one line; the first that is missing or out of range makes it bad.
class Line {
 public:
  explicit Line(const Json& j) : j_(j), good_(j.is_object()) {}
  bool good() const { return good_; }
  bool is_null(const char* key) { return has(key) && j_[key].is_null(); }
  double number(const char* key, double least, double most) {
    if (!has(key) || !j_[key].is_number()) return bad(), least;
    const double v = j_[key].get<double>();
    if (!std::isfinite(v) || v < least || v > most) return bad(), least;
    return v;
  }
  bool flag(const char* key) {
    if (has(key) && j_[key].is_boolean()) return j_[key].get<bool>();
    return bad(), false;
  }
  std::string text(const char* key, std::size_t longest, bool required = true) {
    if (!j_.is_object() || !j_.contains(key)) return required ? bad() : void(), std::string();
    if (!j_[key].is_string() || j_[key].get_ref<const std::string&>().size() > longest) return bad(), std::string();
    return j_[key].get<std::string>();
  }
  template <std::size_t N>
  std::size_t word(const char* key, const std::array<std::string_view, N>& names) {
    const auto at = index_of(names, text(key, 64));
    if (!at) bad();
    return at.value_or(0);
  }
  base::Duration millis(const char* key, double least = 0) {
    return base::Duration(static_cast<std::int64_t>(std::llround(number(key, least, longest_ms) * 1e6)));
  }
  Json member(const char* key) {
    if (has(key)) return j_[key];
    return bad(), Json();
  }
  void bad() { good_ = false; }

 private:
  bool has(const char* key) const { return good_ && j_.contains(key); }
  const Json& j_;
  bool good_;
};

Features features_of(const Json& j, bool& good) {
  Line in(j);
  Features f;
  f.text = in.flag("text");
  f.lexical = in.number("lexical", -10, 10);
  f.trust = in.number("trust", 0, 1);
  f.context = in.number("context", -10, 10);
  f.habit = in.number("habit", -10, 0);
  Prosody& p = f.prosody;
  p.heard = in.flag("heard");
  p.slope = in.number("slope", -1e4, 1e4);
  p.height = in.number("height", -200, 200);
  p.lengthening = in.number("lengthening", -1, 10);
  p.fall = in.number("fall", 0, 200);
  p.cut_off = in.flag("cut_off");
  p.filled = in.flag("filled");
  good = good && in.good();
  return f;
}

PauseStep step_of(const Json& j, base::Time end, bool& good) {
  Line in(j);
  PauseStep s;
  s.at = end + in.millis("ms", -longest_ms);
  s.final = in.flag("final");
  s.confidence = in.number("confidence", 0, 1);
  s.p = in.number("p", 0, 1);
  s.state = static_cast<State>(in.word("state", state_names));
  s.kind = static_cast<Kind>(in.word("kind", kind_names));
  s.filling = static_cast<Filling>(in.word("filling", filling_names));
  s.short_answer = in.flag("short_answer");
  s.words = static_cast<int>(in.number("words", 0, 10'000));
  s.cls = in.text("class", 64);
  s.text = in.text("text", 2000, false);
  good = good && in.good();
  return s;
}

void read_what_was_known(Line& in, Pause& p) {
  bool good = true;
  p.features = features_of(in.member("features"), good);
  const Json asked = in.member("asked");
  Line question(asked);
  p.asks = question.flag("question");
  p.slot = static_cast<SlotKind>(question.word("slot", slot_names));
  p.asked = question.text("text", 2000, false);
  const Json steps = in.member("steps"), reasons = in.member("reasons");
  if (!steps.is_array() || steps.size() > most_steps || !reasons.is_array() || reasons.size() > most_steps) return in.bad();
  for (const Json& step : steps) p.steps.push_back(step_of(step, p.end, good));
  for (const Json& reason : reasons) {
    if (reason.is_string()) p.reasons.push_back(reason.get<std::string>());
  }
  if (!good || !question.good()) in.bad();
}

bool read_line(std::string_view text, PauseFile& out) {
  const Json j = Json::parse(text, nullptr, false);
  Line in(j);
  call::LoggedPause one;
  Pause& p = one.pause;
  const std::string call = in.text("call", 200), language = in.text("language", 20);
  constexpr std::array<std::string_view, 2> speakers{"customer", "agent"}, others{"person", "ai"};
  one.speaker = static_cast<call::LoggedPause::Speaker>(in.word("speaker", speakers));
  one.with_ai = in.word("with", others) == 1;
  one.codec = in.text("codec", 32);
  p.start = base::Time{} + in.millis("start_ms", -longest_ms);
  p.end = base::Time{} + in.millis("end_ms", -longest_ms);
  if (!in.is_null("resumed_ms")) p.resumed = base::Time{} + in.millis("resumed_ms", -longest_ms);
  const auto label = pause_label_of(in.text("label", 20));
  one.found = {label.value_or(PauseLabel::censored), in.millis("length_ms"), in.flag("cut_in")};
  p.new_turn = in.flag("new_turn");
  p.theta = in.number("theta", 0, 1);
  p.decided = in.flag("decided");
  p.silence = in.millis("silence_ms");
  p.wait = in.millis("wait_ms");
  p.state = static_cast<State>(in.word("state", state_names));
  p.score = in.number("score", 0, 1);
  p.cls = in.text("class", 64);
  read_what_was_known(in, p);
  if (!in.good() || !label || p.start > p.end || (p.resumed && *p.resumed < p.end)) return false;
  if (out.pauses.empty()) out.call_id = call, out.language = language;
  out.pauses.push_back(std::move(one));
  return true;
}

}  // namespace

std::string write_pauses(const std::string& call_id, const std::string& language, bool with_text,
                         const std::vector<call::LoggedPause>& pauses) {
  std::string out;
  for (const call::LoggedPause& one : pauses) {
    Json line{{"call", clean(call_id)}, {"language", clean(language)}};
    line.update(json_of(one, with_text));
    out += line.dump() + "\n";
  }
  return out;
}

base::Result<PauseFile> read_pauses(std::string_view text) {
  if (text.size() > most_bytes) return base::fail(base::Code::too_large, "a pause log has at most 64 MB");
  PauseFile out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    if (out.pauses.size() >= most_pauses) return base::fail(base::Code::too_large, "a pause log has at most 4000 pauses");
    if (line.size() > longest_line || !read_line(line, out)) ++out.damaged;
  }
  return out;
}

}  // namespace daedap::server
