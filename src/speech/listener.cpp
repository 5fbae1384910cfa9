#include "speech/listener.hpp"

#include <algorithm>
#include <utility>

namespace daedap::speech {
namespace {

constexpr base::Millis back_off{500};
constexpr std::size_t replay_frames = 100;

std::size_t held_frames(const VadSettings& vad, base::Millis delay) {
  const auto lag = vad.pre_roll + vad.min_speech + delay + base::Millis{60};  // voice is reported this late
  return static_cast<std::size_t>(lag / audio::frame_time);
}

}  // namespace

Listener::Listener(const Settings& settings, Stt& stt, EchoGuard& echo, Report report, VoiceDetectors* detectors)
    : settings_(settings),
      stt_(stt),
      echo_(echo),
      report_(std::move(report)),
      held_frames_(held_frames(settings.vad, detectors ? detectors->delay() : base::Millis{0})),
      voice_(settings.vad, detectors ? detectors->lag() : energy_lag) {
  auto sink = [this](double probability) { on_probability(probability); };
  detector_ = detectors ? detectors->open(std::move(sink)) : make_energy_voice(std::move(sink));
}

base::Result<void> Listener::open(const std::string& grammar) {
  grammar_ = grammar;
  understands_ = stt_.understands(settings_.language);
  if (!understands_) return {};
  auto opened = connect();
  understands_ = opened.has_value();
  return opened;
}

base::Result<void> Listener::connect() {
  auto stream = stt_.open({.language = settings_.language, .grammar = grammar_},
                          [this](SttEvent e) { on_stt(std::move(e)); });
  if (!stream) return tl::unexpected(stream.error());
  stream_ = std::move(*stream);
  return {};
}

// @path rtp-in 7/8
void Listener::on_frame(const audio::Frame& frame, const audio::FrameInfo& info) {
  now_ = std::max(now_, info.heard);
  feed(frame);
  const std::span<const std::int16_t, audio::frame_samples> all(frame);
  on_half(all.first<half_samples>(), info, info.heard - half_time);
  on_half(all.last<half_samples>(), info, info.heard);
}

void Listener::feed(const audio::Frame& frame) {
  if (!understands_) return;
  if (open_) {
    replay_.push_back(frame);
    if (replay_.size() > replay_frames) replay_.pop_front();
    if (stream_) stream_->push(frame);
    return;
  }
  held_.push_back(frame);
  if (held_.size() <= held_frames_) return;
  if (stream_) stream_->push(held_.front());
  held_.pop_front();
}

void Listener::on_half(std::span<const std::int16_t, half_samples> pcm, const audio::FrameInfo& info,
                       base::Time at) {
  unjudged_.push_back({at, info.concealed || echo_.explains(pcm, at)});
  detector_->push(pcm, info.concealed);
}

void Listener::on_probability(double probability) {
  if (unjudged_.empty()) return;
  const Half half = unjudged_.front();
  unjudged_.pop_front();
  if (closed_) return;
  switch (voice_.step(half.ours ? 0.0 : probability, half.at)) {
    case VoiceActivity::Event::started:
      begin_utterance();
      report_(SpeechStarted{voice_.start()});
      break;
    case VoiceActivity::Event::stopped:
      report_(SpeechStopped{voice_.last_voiced(), std::max(half.at, now_), voice_.last_spoken()});
      break;
    case VoiceActivity::Event::none: break;
  }
}

void Listener::begin_utterance() {
  if (open_ || closed_) return;
  open_ = true;
  interim_.clear();
  if (!understands_) return;
  replay_.assign(held_.begin(), held_.end());
  held_.clear();
  if (!stream_) return;
  stream_->begin_utterance();
  for (const auto& frame : replay_) stream_->push(frame);
}

void Listener::end_utterance(base::Time now) {
  now_ = std::max(now_, now);
  if (!open_) return;
  open_ = false;
  if (!understands_) {
    report_(FinalText{});
    return;
  }
  asked_.push_back({now, std::exchange(interim_, {})});
  if (stream_) stream_->end_utterance();
}

void Listener::cut_utterance(base::Time now) {
  end_utterance(now);
  begin_utterance();
}

void Listener::expect(const std::string& grammar) {
  if (grammar == grammar_) return;
  grammar_ = grammar;
  if (stream_) stream_->expect(grammar);
}

void Listener::close() {
  closed_ = true;
  revive_at_.reset();
}

void Listener::on_time(base::Time now) {
  now_ = std::max(now_, now);
  dead_.clear();
  if (revive_at_ && now >= *revive_at_) revive(now);
  give_up_late(now);
}

bool Listener::awaiting_final() const {
  return std::any_of(asked_.begin(), asked_.end(), [](const Asked& a) { return !a.given_up; });
}

base::Time Listener::deadline() const {
  base::Time at = revive_at_.value_or(base::never);
  for (const auto& a : asked_) {
    if (!a.given_up) at = std::min(at, a.at + settings_.late.stt_final);
  }
  return at;
}

// The final may still come: its place in the queue stays, so that it is not taken for the next one's.
void Listener::give_up_late(base::Time now) {
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    if (asked_[i].given_up || now < asked_[i].at + settings_.late.stt_final) continue;
    asked_[i].given_up = true;
    report_(FinalText{.text = asked_[i].interim, .confidence = 0.5, .late = true});
  }
  while (asked_.size() > 8) asked_.pop_front();
}

void Listener::on_stt(SttEvent event) {
  if (const auto* partial = std::get_if<SttPartial>(&event)) {
    if (open_) {
      interim_ = partial->text;
    } else if (!asked_.empty()) {
      asked_.back().interim = partial->text;
    }
    report_(PartialText{partial->text});
  } else if (const auto* final = std::get_if<SttFinal>(&event)) {
    on_final(*final);
  } else {
    on_failed(std::get<SttFailed>(event).error);
  }
}

void Listener::on_final(const SttFinal& final) {
  if (asked_.empty()) return;  // nobody asked: a broken engine
  const Asked asked = asked_.front();
  asked_.pop_front();
  if (!asked.given_up) report_(FinalText{.text = final.text, .confidence = final.confidence});
}

void Listener::on_failed(const base::Error& error) {
  if (!understands_) return;
  if (stream_) dead_.push_back(std::move(stream_));
  std::erase_if(asked_, [](const Asked& a) { return a.given_up; });
  if (!revived_ && !closed_) {
    revived_ = true;
    revive_at_ = now_ + back_off;
    report_(ListenerLost{error, false});
    return;
  }
  understands_ = false;
  const auto waiting = std::exchange(asked_, {});
  report_(ListenerLost{error, true});
  for (const auto& a : waiting) report_(FinalText{.text = a.interim, .confidence = 0.5, .late = true});
}

void Listener::revive(base::Time now) {
  revive_at_.reset();
  if (auto opened = connect(); !opened) {
    on_failed(opened.error());
    return;
  }
  if (!open_ && asked_.empty()) return;
  stream_->begin_utterance();
  for (const auto& frame : replay_) stream_->push(frame);
  while (asked_.size() > (open_ ? 0U : 1U)) {  // only the last utterance's audio is still there
    const Asked lost = asked_.front();
    asked_.pop_front();
    if (!lost.given_up) report_(FinalText{.text = lost.interim, .confidence = 0.5, .late = true});
  }
  if (open_) return;
  asked_.front().at = now;
  stream_->end_utterance();
}

}  // namespace daedap::speech
