#include "call/test_caller/script.hpp"

#include <algorithm>

namespace daedap::call {
namespace {

constexpr std::size_t window = audio::frame_samples / 2;

/// One past the last sample of the last 10 ms that can be heard.
std::int64_t end_of_voice(std::span<const std::int16_t> pcm) {
  for (std::size_t end = pcm.size(); end > 0;) {
    const std::size_t start = end > window ? end - window : 0;
    if (loudness(pcm.subspan(start, end - start)) >= Ear::on_level) return static_cast<std::int64_t>(end);
    end = start;
  }
  return static_cast<std::int64_t>(pcm.size());
}

}  // namespace

void Script::on_tick(const Ear& ear, Mouth mouth, base::Time now) {
  watch_answer(ear);
  while (!steps_.empty()) {
    if (!running_) begin(ear, mouth, now);
    if (!std::visit([&](const auto& step) { return finished(step, ear, mouth, now); }, steps_.front())) return;
    steps_.pop_front();
    running_ = false;
  }
}

void Script::begin(const Ear& ear, Mouth& mouth, base::Time now) {
  running_ = true;
  began_ = now;
  spoke_before_ = ear.times();
  was_speaking_ = ear.speaking();
  voice_left_ = false;
  if (const auto* keys = std::get_if<PressKeys>(&steps_.front()))
    for (const char digit : keys->digits) mouth.press(digit);
  const auto* speak = std::get_if<Speak>(&steps_.front());
  if (speak == nullptr) return;
  awaiting_ = false;
  played_before_ = mouth.player.played() + mouth.player.queued();
  last_voiced_ = played_before_ + end_of_voice(speak->pcm);
  mouth.player.enqueue(speak->pcm);
  turns_.push_back({.said = speak->said, .began = now});
}

bool Script::finished(const Listen& step, const Ear& ear, Mouth&, base::Time now) {
  if (now - began_ >= step.at_most) return true;
  const bool spoke = was_speaking_ || ear.times() > spoke_before_;
  return spoke && !ear.speaking() && now - *ear.last_voiced() >= step.quiet;
}

bool Script::finished(const Speak& step, const Ear& ear, Mouth& mouth, base::Time now) {
  const std::int64_t played = mouth.player.played();
  if (!voice_left_ && played >= last_voiced_) {
    voice_left_ = awaiting_ = true;
    turns_.back().ended = now;
    answers_before_ = ear.times();
  }
  return voice_left_ && played >= played_before_ + static_cast<std::int64_t>(step.pcm.size());
}

bool Script::finished(const PressKeys& step, const Ear&, Mouth&, base::Time now) {
  return now - began_ >= base::Millis(160) * static_cast<int>(step.digits.size());
}

bool Script::finished(const Wait& step, const Ear&, Mouth&, base::Time now) { return now - began_ >= step.time; }

void Script::move(const audio::Player& from, audio::Player& to) {
  const auto* speak = steps_.empty() || !running_ ? nullptr : std::get_if<Speak>(&steps_.front());
  if (speak == nullptr) return;
  const auto total = static_cast<std::int64_t>(speak->pcm.size());
  const std::int64_t said = std::clamp<std::int64_t>(from.played() - played_before_, 0, total);
  const std::int64_t shift = to.played() + to.queued() - said - played_before_;
  played_before_ += shift;
  last_voiced_ += shift;
  to.enqueue(std::span(speak->pcm).subspan(static_cast<std::size_t>(said)));
}

void Script::watch_answer(const Ear& ear) {
  if (!awaiting_ || ear.times() <= answers_before_) return;
  TestTurn& turn = turns_.back();
  if (!turn.response_ms) turn.response_ms = std::max<std::int64_t>(0, base::to_ms(*ear.began() - turn.ended));
  // The pauses between the answer's sentences belong to it.
  turn.answer_ms = base::to_ms(*ear.last_voiced() - turn.ended) - *turn.response_ms;
}

}  // namespace daedap::call
