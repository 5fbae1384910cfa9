#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "audio/codec.hpp"
#include "base/random.hpp"

namespace daedap::audio::testing {

using Payload = std::vector<std::uint8_t>;

/// Speech-like 16 kHz audio: harmonics of a gliding pitch in swells of 200 ms, with a little noise.
inline std::vector<std::int16_t> buzz(std::size_t frames, double level = 6000) {
  auto random = base::Random(base::seeded(11));
  std::vector<std::int16_t> pcm(frames * frame_samples);
  double phase = 0;
  for (std::size_t i = 0; i < pcm.size(); ++i) {
    const double t = static_cast<double>(i) / sample_rate;
    phase += 2 * std::numbers::pi * (130 + 20 * std::sin(3 * t)) / sample_rate;
    double v = 0;
    for (int h = 1; h <= 20; ++h) v += std::sin(h * phase) / h;
    const double swell = 0.1 + std::abs(std::sin(5 * std::numbers::pi * t));
    const double noise = (random.u32() % 2001 / 1000.0 - 1) * 0.02;
    pcm[i] = static_cast<std::int16_t>(level * 0.5 * (v * swell + noise));
  }
  return pcm;
}

inline Frame frame_at(std::span<const std::int16_t> pcm, std::size_t index) {
  Frame f;
  std::copy_n(pcm.begin() + static_cast<std::ptrdiff_t>(index * frame_samples), frame_samples, f.begin());
  return f;
}

/// One payload per 20 ms; empty = nothing to be sent.
inline std::vector<Payload> encoded(const Codec& codec, std::span<const std::int16_t> pcm,
                                    std::string_view parameters = {}) {
  Encoder encoder(codec);
  encoder.select(codec, parameters);
  std::vector<Payload> all;
  for (std::size_t i = 0; i < pcm.size() / frame_samples; ++i) {
    std::array<std::uint8_t, Encoder::max_payload> payload;
    const std::size_t n = encoder.encode(frame_at(pcm, i), payload);
    all.emplace_back(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(n));
  }
  return all;
}

}  // namespace daedap::audio::testing
