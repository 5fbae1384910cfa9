#include "tests/sofia/tone.hpp"

#include <cmath>
#include <numbers>

namespace sofia_phone {
namespace {

constexpr std::size_t window_samples = sample_rate / 10;
constexpr int lowest = 300, highest = 1500, step = 10;  // Hz; one bin each of the window
constexpr double quiet_rms = 100;
constexpr double pure = 0.8;  // share of the energy

double energy_of(std::span<const std::int16_t> pcm) {
  double sum = 0;
  for (const double sample : pcm) sum += sample * sample;
  return sum;
}

/// Goertzel: share of `energy` at `hz`.
double share(std::span<const std::int16_t> pcm, int hz, double energy) {
  const double turn = 2 * std::cos(2 * std::numbers::pi * hz / sample_rate);
  double one = 0, two = 0;
  for (const double sample : pcm) {
    const double now = sample + turn * one - two;
    two = one;
    one = now;
  }
  return 2 * (one * one + two * two - turn * one * two) / (static_cast<double>(pcm.size()) * energy);
}

}  // namespace

std::int16_t ToneMaker::next() {
  const double t = static_cast<double>(played_++) / sample_rate;
  return static_cast<std::int16_t>(9000 * std::sin(2 * std::numbers::pi * hz_ * t));
}

void ToneMeter::hear(std::span<const std::int16_t> pcm) {
  for (const std::int16_t sample : pcm) {
    window_.push_back(sample);
    if (window_.size() == window_samples) judge();
  }
}

void ToneMeter::judge() {
  const double energy = energy_of(window_);
  if (energy < window_samples * quiet_rms * quiet_rms) {
    ++silent_;
  } else {
    int found = 0;
    for (int hz = lowest; hz <= highest && found == 0; hz += step)
      if (share(window_, hz, energy) > pure) found = hz;
    if (found != 0)
      ++tones_[found];
    else
      ++other_;
  }
  window_.clear();
}

void ToneMeter::clear() {
  window_.clear();
  tones_.clear();
  silent_ = other_ = 0;
}

}  // namespace sofia_phone
