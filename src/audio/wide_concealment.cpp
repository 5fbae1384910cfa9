#include "audio/wide_concealment.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace daedap::audio {
namespace {

constexpr std::size_t hold = 160, fade_end = 960;  // full level for 10 ms, silent after 60 ms
constexpr std::size_t blend = 80;                  // 5 ms

}  // namespace

void WideConcealment::on_audio(std::span<std::int16_t> pcm) {
  if (missing_ > 0) {
    const std::size_t n = std::min(blend, pcm.size());
    for (std::size_t i = 0; i < n; ++i) {
      const float real = static_cast<float>(i + 1) / static_cast<float>(n);
      pcm[i] = static_cast<std::int16_t>(real * static_cast<float>(pcm[i]) + (1 - real) * next());
    }
    if (n > 0) missing_ = 0;
  }
  const std::size_t n = std::min(pcm.size(), length);
  std::copy(past_.begin() + static_cast<std::ptrdiff_t>(n), past_.end(), past_.begin());
  std::ranges::copy(pcm.last(n), past_.end() - static_cast<std::ptrdiff_t>(n));
}

void WideConcealment::fill(std::span<std::int16_t> pcm) {
  if (missing_ == 0) take_cycle();
  for (std::int16_t& sample : pcm) sample = static_cast<std::int16_t>(next());
}

// The shift at which the last 20 ms resemble what was before them most.
std::size_t WideConcealment::find_period() const {
  const std::int16_t* const now = past_.data() + longest;
  std::size_t best = shortest;
  long least = std::numeric_limits<long>::max();
  for (std::size_t lag = shortest; lag <= longest; ++lag) {
    long sum = 0;
    for (std::size_t i = 0; i < window; i += 2) sum += std::abs(now[i] - now[i - lag]);
    if (sum < least) {
      least = sum;
      best = lag;
    }
  }
  return best;
}

// The last period, its end bent towards what came before its start, so that it can be repeated.
void WideConcealment::take_cycle() {
  period_ = find_period();
  at_ = 0;
  const std::size_t bend = period_ / 4;
  for (std::size_t i = 0; i < period_; ++i) {
    const std::int16_t* const sample = past_.data() + length - period_ + i;
    const std::size_t left = period_ - i;
    const float weight = left > bend ? 0 : static_cast<float>(bend - left + 1) / static_cast<float>(bend + 1);
    cycle_[i] = (1 - weight) * static_cast<float>(*sample) + weight * static_cast<float>(*(sample - period_));
  }
}

float WideConcealment::next() {
  if (missing_ >= fade_end) return 0;
  const std::size_t faded = missing_ > hold ? missing_ - hold : 0;
  ++missing_;
  const float sample = cycle_[at_];
  at_ = at_ + 1 == period_ ? 0 : at_ + 1;
  return sample * (1 - static_cast<float>(faded) / static_cast<float>(fade_end - hold));
}

}  // namespace daedap::audio
