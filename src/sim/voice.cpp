#include "sim/voice.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "audio/frame.hpp"
#include "base/random.hpp"
#include "base/utf8.hpp"

namespace daedap::sim {
namespace {

/// A formant: two poles.
struct Resonator {
  Resonator(double hz, double width)
      : r(std::exp(-std::numbers::pi * width / audio::sample_rate)),
        a(2 * r * std::cos(2 * std::numbers::pi * hz / audio::sample_rate)) {}
  double run(double x) {
    const double y = x + a * y1 - r * r * y2;
    y2 = y1;
    y1 = y;
    return y;
  }
  double r, a, y1 = 0, y2 = 0;
};

std::int16_t sample_of(double value) { return static_cast<std::int16_t>(std::clamp(value, -32000.0, 32000.0)); }

double noise(const base::Random::Source& random) {
  return static_cast<double>(static_cast<std::int64_t>(random() >> 40)) / 8388608.0 - 1;
}

/// Pulses whose pitch wanders, sent through formants that differ from character to character: two
/// people never make the same wave, so that an echo detector does not take one for the other.
class Mouth {
 public:
  Mouth(const Voice& voice, std::string_view text)
      : voice_(voice), random_(base::seeded(std::hash<std::string_view>{}(text) + static_cast<std::uint64_t>(voice.period))) {}

  void silence(base::Duration length) {
    pcm_.resize(pcm_.size() + static_cast<std::size_t>(audio::samples_in(length)));
  }
  void swell(base::Duration length, char32_t c) {
    const auto n = static_cast<std::size_t>(audio::samples_in(length));
    auto shape = base::seeded(c * 131 + static_cast<std::uint64_t>(voice_.period));
    const auto within = [&](double low, double high) { return low + (high - low) * (noise(shape) + 1) / 2; };
    std::array formants{Resonator(within(300, 800), 90), Resonator(within(1000, 2200), 120), Resonator(within(2400, 3200), 160)};
    std::vector<double> wave(n);
    double power = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double in = pulse() + 0.02 * noise(random_);
      const double out = formants[0].run(in) + 0.5 * formants[1].run(in) + 0.3 * formants[2].run(in);
      wave[i] = out * (0.12 + std::sin(std::numbers::pi * static_cast<double>(i) / static_cast<double>(n)));
      power += wave[i] * wave[i];
    }
    const double scale = voice_.level / std::sqrt(power / static_cast<double>(n) + 1e-9);
    for (const double v : wave) pcm_.push_back(sample_of(v * scale));
  }
  std::vector<std::int16_t> take() { return std::move(pcm_); }

 private:
  double pulse() {
    if (--to_next_ > 0) return 0;
    const double melody = 1 + 0.15 * std::sin(2 * std::numbers::pi * static_cast<double>(pcm_.size()) / (0.7 * audio::sample_rate));
    to_next_ = static_cast<int>(voice_.period * melody * (1 + 0.04 * noise(random_)));
    return 1;
  }

  const Voice& voice_;
  base::Random::Source random_;
  std::vector<std::int16_t> pcm_;
  int to_next_ = 0;
};

}  // namespace

std::vector<std::int16_t> speak(std::string_view text, const Voice& voice) {
  Mouth mouth(voice, text);
  mouth.silence(voice.leading);
  for (const char32_t c : base::to_utf32(text)) {
    const bool quiet = c == U' ' || c == U'.' || c == U',' || c == U'!' || c == U'?' || c == U'\n';
    quiet ? mouth.silence(voice.per_character) : mouth.swell(voice.per_character, c);
  }
  mouth.silence(voice.trailing);
  return mouth.take();
}

std::vector<std::int16_t> vowel(base::Duration length, const Voice& voice) {
  Mouth mouth(voice, "a");
  mouth.swell(length, U'a');
  return mouth.take();
}

std::vector<std::int16_t> cough(base::Duration length, double level) {
  const auto random = base::seeded(7);
  std::vector<std::int16_t> pcm(static_cast<std::size_t>(audio::samples_in(length)));
  for (std::int16_t& sample : pcm) sample = sample_of(noise(random) * level * 1.7);
  return pcm;
}

}  // namespace daedap::sim
