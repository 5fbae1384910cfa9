#include "speech/turn/prosody.hpp"

#include <algorithm>
#include <cmath>

namespace daedap::speech::turn {
namespace {

constexpr std::size_t shortest_lag = 10, longest_lag = 57;  // 400 Hz .. 70 Hz at 4 kHz
constexpr float voiced_threshold = 0.45F;
constexpr std::size_t drawl = 18;                            // frames: 360 ms
constexpr float quiet = -50;                                // dB: below it pitch is not looked for

}  // namespace

void ProsodyTracker::on_frame(const audio::Frame& frame, base::Time heard) {
  constexpr std::size_t fresh = audio::frame_samples / 4;
  std::copy(low_.begin() + fresh, low_.end(), low_.begin());
  float energy = 0;
  for (std::size_t i = 0; i < fresh; ++i) {
    float sum = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const auto sample = static_cast<float>(frame[4 * i + k]) / 32768.0F;
      sum += sample;
      energy += sample * sample;
    }
    low_[window - fresh + i] = sum;
  }
  Slice slice{.heard = heard, .level = 10 * std::log10(energy / audio::frame_samples + 1e-10F)};
  if (slice.level > quiet) slice.pitch = pitch_of_window();
  learn(slice.pitch);
  slices_[next_] = slice;
  next_ = (next_ + 1) % kept;
  count_ = std::min(count_ + 1, kept);
}

// Semitones over 55 Hz by normalized autocorrelation; 0 when the window is not voiced.
float ProsodyTracker::pitch_of_window() const {
  constexpr std::size_t length = window - longest_lag;
  float power = 1e-9F;
  for (std::size_t i = 0; i < length; ++i) power += low_[i] * low_[i];
  float best = 0, shifted = 1e-9F;
  std::size_t lag = 0;
  for (std::size_t i = 0; i < length; ++i) shifted += low_[i + shortest_lag] * low_[i + shortest_lag];
  for (std::size_t l = shortest_lag; l <= longest_lag; ++l) {
    float sum = 0;
    for (std::size_t i = 0; i < length; ++i) sum += low_[i] * low_[i + l];
    const float value = sum / std::sqrt(power * std::max(shifted, 1e-9F));
    // A multiple of the period is as good as the period itself: the shorter one counts.
    if (value > best + 0.03F) best = value, lag = l;
    if (l < longest_lag) shifted += low_[length + l] * low_[length + l] - low_[l] * low_[l];
  }
  if (best < voiced_threshold) return 0;
  return 12 * std::log2(4000.0F / static_cast<float>(lag) / 55.0F);
}

void ProsodyTracker::learn(float pitch) {
  if (pitch > 0) {
    ++run_;
    if (low_pitch_ == 0) low_pitch_ = pitch;
    low_pitch_ += pitch < low_pitch_ ? -0.09F : 0.01F;
    return;
  }
  if (run_ >= 2) usual_run_ += static_cast<float>(run_) > usual_run_ ? 0.3F : -0.3F;
  usual_run_ = std::clamp(usual_run_, 3.0F, 30.0F);
  run_ = 0;
}

// A drawl has no syllables: its level stays.
bool ProsodyTracker::steady(std::size_t first) const {
  float sum = 0, squares = 0;
  for (std::size_t i = 0; i < drawl; ++i) {
    const float level = back(first + i).level;
    sum += level, squares += level * level;
  }
  const float mean = sum / drawl;
  return squares / drawl - mean * mean < 2.25F;  // 1.5 dB
}

Prosody ProsodyTracker::at(base::Time end) const {
  std::size_t first = 0;  // the newest slice that belongs to the speech
  while (first < count_ && back(first).heard > end + base::Millis{10}) ++first;
  while (first < count_ && first < 30 && back(first).pitch == 0) ++first;
  Prosody out;
  if (first >= count_ || back(first).pitch == 0) return out;
  out.heard = true;
  // A straight line through the pitch of the last 250 ms.
  double n = 0, st = 0, sp = 0, stt = 0, stp = 0;
  for (std::size_t i = 0; i < 13 && first + i < count_; ++i) {
    const double pitch = back(first + i).pitch, t = -0.02 * static_cast<double>(i);
    if (pitch == 0) continue;
    n += 1, st += t, sp += pitch, stt += t * t, stp += t * pitch;
  }
  const double spread = n * stt - st * st;
  if (n >= 4 && spread > 1e-9) out.slope = (n * stp - st * sp) / spread;
  out.height = back(first).pitch - low_pitch_;
  std::size_t run = 0;
  while (first + run < count_ && back(first + run).pitch > 0) ++run;
  out.lengthening = std::clamp(static_cast<double>(run) / usual_run_, 0.5, 3.0) - 1;
  const std::size_t before = std::min(first + 10, count_ - 1);
  out.fall = std::clamp(static_cast<double>(back(before).level - back(first).level), 0.0, 30.0);
  out.cut_off = first > 0 && back(first).level - back(first - 1).level > 25;
  out.filled = run >= drawl && std::abs(out.slope) < 6 && steady(first);
  return out;
}

}  // namespace daedap::speech::turn
