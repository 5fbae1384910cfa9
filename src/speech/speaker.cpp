#include "speech/speaker.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/utf8.hpp"

namespace daedap::speech {
namespace {

// Noise that nobody understood a word of, shorter than this, was no part of a turn.
constexpr base::Millis noise_limit{300};
constexpr std::size_t longest_context = 2000;  // bytes of one turn's text that the decision looks at

/// The length of a part is limited here, that of a turn is not.
Settings unending(Settings settings) {
  settings.turn.max_utterance = std::chrono::hours(24);
  return settings;
}

}  // namespace

Speaker::Speaker(const Settings& settings, Stt& stt, VoiceDetectors* detectors)
    : settings_(settings),
      taker_(make_taker(unending(settings_))),
      listener_(settings_, stt, echo_, [this](const ListenerEvent& e) { on_heard(e); }, detectors) {}

base::Result<void> Speaker::open() { return listener_.open({}); }

void Speaker::on_frame(const audio::Frame& frame, const audio::FrameInfo& info) {
  if (closed_) return;
  now_ = std::max(now_, info.heard);
  taker_.on_frame(frame, info);
  listener_.on_frame(frame, info);
}

void Speaker::on_heard_frame(const audio::Frame& frame, const audio::FrameInfo& info) {
  if (closed_) return;
  played_.clear();
  decimator_.run(frame, played_);
  echo_.on_sent(played_, info.heard);
}

void Speaker::on_heard(const ListenerEvent& event) {
  if (const auto* e = std::get_if<SpeechStarted>(&event)) on_started(e->at);
  if (const auto* e = std::get_if<SpeechStopped>(&event)) on_stopped(*e);
  if (const auto* e = std::get_if<PartialText>(&event)) on_partial(e->text);
  if (const auto* e = std::get_if<FinalText>(&event)) on_final(*e);
  if (const auto* e = std::get_if<ListenerLost>(&event)) error_ = e->error;
}

void Speaker::on_started(base::Time at) {
  if (parts_.size() >= most_parts) finish_text(parts_.front(), {.text = parts_.front().said.text, .late = true});
  taker_.on_speech_started(at);
  if (!parts_.empty()) parts_.back().hold = taker_.take_hold();
  parts_.push_back({});
  parts_.back().said.start = parts_.back().said.end = at;
}

void Speaker::on_stopped(const SpeechStopped& e) {
  if (parts_.empty() || parts_.back().ended) return;
  Part& part = parts_.back();
  part.said.end = std::max(part.said.start, e.at);
  part.said.voiced = e.voiced;
  part.ended = true;
  if (e.voiced >= noise_limit) went_on();
  taker_.on_speech_stopped(e.at);
  listener_.end_utterance(now_);  // the final may come from inside
}

void Speaker::on_partial(const std::string& text) {
  if (parts_.empty() || parts_.back().final || text.empty()) return;
  parts_.back().said.text = text;
  went_on();
  taker_.on_text(turn_text(), false, 1.0, now_);
}

void Speaker::on_final(const FinalText& e) {
  const auto waiting = std::ranges::find_if(parts_, [](const Part& p) { return p.ended && !p.final; });
  if (waiting == parts_.end()) return;
  const bool last = &*waiting == &parts_.back();
  if (e.text.empty() && waiting->said.voiced < noise_limit) {
    parts_.erase(waiting);  // a cough: a pause before it still runs
    if (last && (parts_.empty() || parts_.back().decided)) taker_.reset();
    return;
  }
  finish_text(*waiting, e);
  if (last) {
    if (!e.text.empty()) went_on();
    taker_.on_text(turn_text(), true, e.confidence, now_);
  }
  decide(now_);
}

void Speaker::finish_text(Part& part, const FinalText& e) {
  part.said.text = e.text;
  part.said.confidence = e.confidence;
  part.said.late = e.late;
  part.ended = part.final = true;
}

/// The last part is speech: the pauses before it were no end.
void Speaker::went_on() {
  for (std::size_t i = 0; i + 1 < parts_.size(); ++i) {
    Part& part = parts_[i];
    if (part.decided) continue;
    turn::Decision hold = part.hold.value_or(turn::Decision{});
    hold.silence = parts_[i + 1].said.start - part.said.end;
    settle(part, hold.state == turn::State::wait ? SpokenPart::Decision::wait : SpokenPart::Decision::incomplete, hold);
  }
}

/// The words since the last time that this person had finished.
std::string Speaker::turn_text() const {
  std::string text = said_before_;
  for (const Part& part : parts_) {
    if (part.decided && part.said.decision == SpokenPart::Decision::complete) text.clear();
    else if (!part.said.text.empty()) text += (text.empty() ? "" : " ") + part.said.text;
  }
  return text.size() <= longest_context ? text : std::string(base::utf8_suffix(text, longest_context));
}

void Speaker::settle(Part& part, SpokenPart::Decision decision, const turn::Decision& pause) {
  part.decided = true;
  part.said.decision = decision;
  part.said.wait = pause.wait;
  part.said.silence = std::max(pause.silence, base::Duration{});
  part.said.score = pause.score;
  part.said.reasons.assign(pause.verdict.reasons.begin(), pause.verdict.reasons.end());
}

/// Of a pause that nobody ended. Without words the silence alone has decided.
SpokenPart::Decision Speaker::decision_of(const turn::Decision& pause) {
  using enum SpokenPart::Decision;
  if (!pause.features.text) return complete;
  switch (pause.state) {
    case turn::State::complete: return complete;
    case turn::State::wait: return wait;
    case turn::State::incomplete: break;
  }
  return incomplete;
}

void Speaker::decide(base::Time now) {
  if (parts_.empty()) return;
  Part& part = parts_.back();
  if (part.decided) return;
  if (!part.ended && now >= part.said.start + settings_.turn.max_utterance) return cut(now);
  if (!part.final) return;
  if (closed_) {
    const turn::Decision last = taker_.at(now);
    return settle(part, decision_of(last), last);
  }
  if (const auto over = taker_.decide(now, listener_.voice().maybe())) settle(part, decision_of(*over), *over);
}

/// Speech without a pause is cut into parts.
void Speaker::cut(base::Time now) {
  Part& part = parts_.back();
  part.said.end = now;
  part.said.voiced = now - part.said.start;
  part.ended = true;
  settle(part, SpokenPart::Decision::incomplete, taker_.at(now));
  taker_.reset();
  listener_.cut_utterance(now);
  on_started(now);
}

void Speaker::on_time(base::Time now) {
  now_ = std::max(now_, now);
  listener_.on_time(now);
  if (closed_ && now >= *closed_ + settings_.tail) {
    for (Part& part : parts_)
      if (!part.final) finish_text(part, {.text = part.said.text, .confidence = 0.5, .late = true});
  }
  decide(now);
}

base::Time Speaker::deadline() const {
  base::Time at = listener_.deadline();
  if (closed_ && !settled()) at = std::min(at, *closed_ + settings_.tail);
  if (parts_.empty() || parts_.back().decided || closed_) return at;
  const Part& last = parts_.back();
  if (!last.ended) return std::min(at, last.said.start + settings_.turn.max_utterance);
  return last.final ? std::min(at, taker_.deadline()) : at;
}

void Speaker::close(base::Time now) {
  if (closed_) return;
  now_ = std::max(now_, now);
  closed_ = now_;
  if (!parts_.empty() && !parts_.back().ended) on_stopped({.at = listener_.voice().last_voiced(), .noticed = now_, .voiced = listener_.voice().voiced()});
  listener_.close();
  decide(now_);
  taker_.close_pauses(now_);
}

bool Speaker::settled() const { return closed_ && parts_.empty(); }

std::optional<SpokenPart> Speaker::take_part() {
  if (parts_.empty() || !parts_.front().decided || !parts_.front().final) return std::nullopt;
  SpokenPart said = std::move(parts_.front().said);
  parts_.pop_front();
  if (said.decision == SpokenPart::Decision::complete) said_before_.clear();
  else if (!said.text.empty()) said_before_ += (said_before_.empty() ? "" : " ") + said.text;
  return said;
}

std::optional<base::Error> Speaker::take_error() { return std::exchange(error_, std::nullopt); }

}  // namespace daedap::speech
