#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

namespace daedap::audio::testing {

/// `n` samples of a sine, starting at sample `from` of its own time line.
inline std::vector<std::int16_t> sine(double hz, int rate, std::size_t n, double amplitude = 8000,
                                      std::int64_t from = 0) {
  std::vector<std::int16_t> out(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double t = static_cast<double>(from + static_cast<std::int64_t>(i)) / rate;
    out[i] = static_cast<std::int16_t>(
        std::lround(amplitude * std::sin(2 * std::numbers::pi * hz * t)));
  }
  return out;
}

/// Signal to noise of `pcm` against the best fitting sine of `hz`, in dB; phase and level are free.
inline double sine_snr(std::span<const std::int16_t> pcm, double hz, int rate) {
  double re = 0, im = 0, energy = 0;
  for (std::size_t i = 0; i < pcm.size(); ++i) {
    const double w = 2 * std::numbers::pi * hz * static_cast<double>(i) / rate;
    re += pcm[i] * std::cos(w);
    im += pcm[i] * std::sin(w);
    energy += static_cast<double>(pcm[i]) * pcm[i];
  }
  const double n = static_cast<double>(pcm.size());
  const double tone = 2 * (re * re + im * im) / n;
  const double noise = std::max(energy - tone, 1e-9);
  return 10 * std::log10(tone / noise);
}

/// Amplitude of the part of `pcm` that is a sine of `hz`.
inline double sine_amplitude(std::span<const std::int16_t> pcm, double hz, int rate) {
  double re = 0, im = 0;
  for (std::size_t i = 0; i < pcm.size(); ++i) {
    const double w = 2 * std::numbers::pi * hz * static_cast<double>(i) / rate;
    re += pcm[i] * std::cos(w);
    im += pcm[i] * std::sin(w);
  }
  return 2 * std::hypot(re, im) / static_cast<double>(pcm.size());
}

/// `level` against `reference`, in dB.
inline double db(double level, double reference) {
  return 20 * std::log10(std::max(level, 1e-9) / reference);
}

}  // namespace daedap::audio::testing
