#include "call/ear.hpp"

#include <cmath>

namespace daedap::call {

double loudness(std::span<const std::int16_t> pcm) {
  if (pcm.empty()) return 0;
  double sum = 0;
  for (const std::int16_t sample : pcm) sum += static_cast<double>(sample) * sample;
  return std::sqrt(sum / static_cast<double>(pcm.size()));
}

void Ear::on_frame(const audio::Frame& frame, const audio::FrameInfo& info) {
  const double level = info.concealed ? 0 : loudness(frame);
  if (speaking_) {
    if (level >= off_level) last_voiced_ = info.heard;
    if (info.heard - *last_voiced_ >= hang_over) speaking_ = false;
    return;
  }
  if (level < on_level) {
    voiced_in_row_ = 0;
    return;
  }
  if (++voiced_in_row_ == 1) first_ = info.heard;
  if (voiced_in_row_ < 2) return;
  speaking_ = true;
  voiced_in_row_ = 0;
  began_ = first_;
  last_voiced_ = info.heard;
  ++times_;
}

}  // namespace daedap::call
