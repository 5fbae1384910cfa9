#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "audio/wav.hpp"
#include "engines/silero/network.hpp"

namespace daedap::engines::silero::test {

using Bytes = std::vector<std::uint8_t>;

inline std::filesystem::path shared_folder() {
  const char* elsewhere = std::getenv("DAEDAP_SHARED");
  return elsewhere != nullptr ? elsewhere : DAEDAP_SOURCE_DIR "/../shared";
}

/// Empty when it is not there.
inline Bytes file_bytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline Bytes model_file(const std::string& name) {
  return file_bytes(shared_folder() / "models/silero-vad" / name);
}

/// A telephone phrase, 8 kHz; empty when it is not there.
inline std::vector<std::int16_t> phrase(const std::string& name) {
  const Bytes raw = file_bytes(shared_folder() / "audio" / name);
  const auto wav = audio::decode_wav(raw);
  return wav && wav->rate == 8000 ? wav->pcm : std::vector<std::int16_t>{};
}

inline std::vector<std::int16_t> doubled(const std::vector<std::int16_t>& pcm) {
  std::vector<std::int16_t> out;
  for (std::size_t i = 0; i < pcm.size(); ++i) {
    const int next = i + 1 < pcm.size() ? pcm[i + 1] : pcm[i];
    out.push_back(pcm[i]);
    out.push_back(static_cast<std::int16_t>((pcm[i] + next) / 2));
  }
  return out;
}

/// Silence, noise faint and full, extremes, an offset, clicks, a buzz with a pitch: 40 windows made of
/// whole numbers, so that any language makes the same.
inline std::vector<std::int16_t> made_audio(int window) {
  std::vector<std::int16_t> out;
  std::uint32_t seed = 12345;
  const auto random = [&seed] {
    seed = seed * 1664525u + 1013904223u;
    return static_cast<int>(seed >> 16) - 32768;
  };
  const auto add = [&](int windows, auto sample) {
    for (int w = 0; w < windows; ++w) {
      for (int i = 0; i < window; ++i) out.push_back(static_cast<std::int16_t>(sample(w, i)));
    }
  };
  add(4, [](int, int) { return 0; });
  add(6, [&](int, int) { return random() >> 8; });
  add(6, [&](int, int) { return random(); });
  add(4, [](int, int i) { return i % 2 == 1 ? 32767 : -32768; });
  add(4, [](int, int i) { return (i >> 4) % 2 == 1 ? 32767 : -32768; });
  add(4, [](int, int) { return -32768; });
  add(4, [](int, int i) { return i == 7 ? 32767 : 0; });
  add(8, [&](int w, int i) {
    const int phase = (w * window + i) % (96 + w % 3 * 5);
    return (phase < 8 ? 20000 - phase * 4000 : -900) * (1 + w % 4) / 4 + (random() >> 9);
  });
  return out;
}

/// Any numbers in the right places: a network that says nothing, of a true transform.
inline Weights made_weights(const Shape& shape) {
  std::uint32_t seed = 99;
  const auto some = [&seed](std::size_t count, float scale) {
    std::vector<float> out(count);
    for (float& f : out) {
      seed = seed * 1664525u + 1013904223u;
      f = (static_cast<float>(seed >> 8) / 8388608.0f - 1.0f) * scale;
    }
    return out;
  };
  Weights w;
  w.shape = shape;
  for (std::size_t row = 0; row < 2 * shape.bins; ++row) {
    for (std::size_t n = 0; n < shape.taps; ++n) {
      const double turn = 2 * std::numbers::pi / static_cast<double>(shape.taps);
      const double window = 0.5 - 0.5 * std::cos(turn * static_cast<double>(n));
      const double angle = turn * static_cast<double>(row % shape.bins * n % shape.taps);
      w.stft.push_back(static_cast<float>(window * (row < shape.bins ? std::cos(angle) : -std::sin(angle))));
    }
  }
  for (std::size_t c = 0; c < w.conv.size(); ++c) {
    const std::size_t in = c == 0 ? shape.bins : conv_out[c - 1];
    w.conv[c] = {some(conv_out[c] * in * 3, 0.08f), some(conv_out[c], 0.2f)};
  }
  w.input = some(gates * hidden, 0.1f);
  w.recurrent = some(gates * hidden, 0.1f);
  w.input_bias = some(gates, 0.3f);
  w.recurrent_bias = some(gates, 0.3f);
  w.output = some(hidden, 0.5f);
  w.output_bias = -0.4f;
  return w;
}

/// Probabilities of a whole recording, one stream, window by window.
inline std::vector<float> probabilities(const Network& network, std::vector<std::int16_t> pcm,
                                        Forward forward) {
  const std::size_t window = network.shape().window, context = network.shape().context;
  pcm.insert(pcm.begin(), context, 0);
  Floats work(work_size);
  State state;
  std::vector<float> out;
  for (std::size_t at = 0; at + context + window <= pcm.size(); at += window) {
    Item item{.audio = pcm.data() + at, .state = state.values};
    network.run({&item, 1}, work, forward);
    out.push_back(item.probability);
  }
  return out;
}

inline std::vector<Forward> all_forwards() {
  std::vector<Forward> out{portable::forward};
  if (has_avx2()) out.push_back(avx2::forward);
  return out;
}

}  // namespace daedap::engines::silero::test
