#include "call/tap.hpp"

#include <span>

namespace daedap::call {

void Tap::on_frame(const audio::Frame& frame, const audio::FrameInfo& info) {
  if (recording_ != nullptr) recording_->on_frame(frame, info);
  for (std::size_t at = 0; at < audio::frame_samples; at += speech::half_samples) {
    const auto half = std::span(frame).subspan(at).first<speech::half_samples>();
    const base::Time heard = info.heard - audio::duration_of(static_cast<std::int64_t>(audio::frame_samples - at - speech::half_samples));
    // What was made up in place of a lost packet is no voice; a short hole splits none.
    const double probability = info.concealed ? 0 : detector_.probability(half);
    if (voice_.step(probability, heard) == speech::VoiceActivity::Event::stopped) talked_ += voice_.last_spoken();
  }
  if (listener_ != nullptr) listener_->on_frame(frame, info);
}

}  // namespace daedap::call
