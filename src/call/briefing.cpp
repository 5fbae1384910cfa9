#include "call/briefing.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "audio/frame.hpp"

namespace daedap::call {
namespace {

constexpr base::Millis to_the_ear{400};  // a handset needs a moment from the hook
const auto most_samples = static_cast<std::size_t>(audio::samples_in(Briefing::longest));

}  // namespace

Briefing::Briefing(const speech::TtsRequest& words, speech::Tts& tts) {
  auto stream = tts.speak(words, [this](const speech::TtsEvent& event) { on_event(event); });
  if (stream) stream_ = std::move(*stream);
  else complete_ = true;
}

void Briefing::on_event(const speech::TtsEvent& event) {
  const auto* audio = std::get_if<speech::TtsAudio>(&event);
  if (audio == nullptr) {
    complete_ = true;
    return;
  }
  const std::size_t room = most_samples - std::min(most_samples, made_);
  const std::size_t n = std::min(room, audio->pcm.size());
  pcm_.insert(pcm_.end(), audio->pcm.begin(), audio->pcm.begin() + static_cast<std::ptrdiff_t>(n));
  made_ += n;
}

void Briefing::start(std::unique_ptr<SipLeg> leg, std::string operator_id, base::Time now) {
  leg_ = std::move(leg);
  operator_id_ = std::move(operator_id);
  started_ = now;
  leg_->start(now);
  leg_->media().set_digit_sink([this](char, base::Time) { skip(); });
  const std::vector<std::int16_t> pause(static_cast<std::size_t>(audio::samples_in(to_the_ear)));
  if (!complete_ || made_ > 0) (void)leg_->media().player().enqueue(pause);
}

void Briefing::tick_send(base::Time now) {
  if (!pcm_.empty() && leg_->media().player().enqueue(pcm_)) pcm_.clear();
  leg_->tick_send(now);
}

bool Briefing::over(base::Time now) const {
  if (skipped_ || now >= started_ + longest + to_the_ear) return true;
  if (made_ == 0 && now >= started_ + late) return true;
  return complete_ && pcm_.empty() && leg_->media().player().queued() == 0;
}

std::unique_ptr<SipLeg> Briefing::take_leg() {
  leg_->media().player().discard();
  leg_->media().set_digit_sink(nullptr);
  return std::move(leg_);
}

}  // namespace daedap::call
