#include "call/waiting.hpp"

#include <algorithm>

#include "audio/frame.hpp"
#include "audio/tone.hpp"

namespace daedap::call {
namespace {

constexpr std::int64_t kept_ahead = 2 * static_cast<std::int64_t>(audio::frame_samples);

/// 440 + 480 Hz, one second on, two off, as Korea's exchanges give it. spec  ITU-T E.180 supplement 2
const std::vector<std::int16_t>& ringing_tone() {
  static const std::vector<std::int16_t> tone = [] {
    const audio::Tone low{.hz = 440, .length = base::Millis{1000}, .peak_dbfs = -19};
    const audio::Tone high{.hz = 480, .length = base::Millis{1000}, .peak_dbfs = -19};
    std::vector<std::int16_t> sum = audio::make_tone(low);
    const std::vector<std::int16_t> other = audio::make_tone(high);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = static_cast<std::int16_t>(sum[i] + other[i]);
    sum.resize(3 * static_cast<std::size_t>(audio::sample_rate), 0);
    return sum;
  }();
  return tone;
}

}  // namespace

void Waiting::play(audio::Player& player) {
  const std::span<const std::int16_t> source = music_.empty() ? ringing_tone() : music_;
  while (player.queued() < kept_ahead) {
    const std::size_t n = std::min(audio::frame_samples, source.size() - at_);
    if (!player.enqueue(source.subspan(at_, n))) return;
    at_ = (at_ + n) % source.size();
  }
}

}  // namespace daedap::call
