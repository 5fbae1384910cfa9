#include "audio/tone.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "audio/frame.hpp"
#include "audio/level.hpp"

namespace daedap::audio {

std::vector<std::int16_t> make_tone(const Tone& tone) {
  const auto length = std::clamp(tone.length, base::Millis{0}, base::Millis{60'000});
  const auto size = static_cast<std::size_t>(samples_in(length));
  const auto wanted = static_cast<std::size_t>(samples_in(std::max(tone.ramp, base::Millis{0})));
  const std::size_t ramp = std::min(wanted, size / 2);
  const double top = amplitude_of(tone.peak_dbfs);
  const double step = 2 * std::numbers::pi * tone.hz / sample_rate;
  std::vector<std::int16_t> pcm(size);
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t edge = std::min(i, size - 1 - i);
    const double x = edge >= ramp ? 1.0 : static_cast<double>(edge) / static_cast<double>(ramp);
    const double gain = 0.5 - 0.5 * std::cos(std::numbers::pi * x);
    pcm[i] = static_cast<std::int16_t>(
        std::lround(top * gain * std::sin(step * static_cast<double>(i))));
  }
  return pcm;
}

std::vector<std::int16_t> message_beep() { return make_tone(Tone{}); }

}  // namespace daedap::audio
