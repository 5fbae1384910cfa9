#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.hpp"

namespace daedap::engines::silero {

/// A file over this is no network of this kind; the authors' largest has 2.8 MB.
inline constexpr std::size_t most_file_bytes = 16 << 20;

/// The sizes of one network; they follow from the sample rate.
struct Shape {
  int rate = 16000;
  std::size_t window = 512;   // samples that one probability is for: 32 ms
  std::size_t context = 64;   // samples of the past that are seen again, and the reflected ones after the end
  std::size_t taps = 256;     // of the short-time Fourier transform, hop taps / 2
  std::size_t bins = 129;

  friend bool operator==(const Shape&, const Shape&) = default;
};
inline constexpr Shape wide{};
inline constexpr Shape narrow{.rate = 8000, .window = 256, .context = 32, .taps = 128, .bins = 65};

inline constexpr std::size_t frames = 4;                                     // of the transform in a window
inline constexpr std::array<std::size_t, 4> conv_out{128, 64, 64, 128};      // channels
inline constexpr std::size_t hidden = 128, gates = 4 * hidden;

/// One network's parameters as its file has them: row-major, output channel first, gates i f g o.
struct Weights {
  struct Conv {
    std::vector<float> weight, bias;  // weight: [out][in][3]
  };
  Shape shape;
  std::vector<float> stft;  // [2 * bins][taps]: cosines, then sines, under the window
  std::array<Conv, 4> conv;
  std::vector<float> input, recurrent;            // [gates][hidden]
  std::vector<float> input_bias, recurrent_bias;  // [gates]
  std::vector<float> output;                      // [hidden]
  float output_bias = 0;
};

/// Reads the networks of a Silero voice activity file: `.onnx` (8 and 16 kHz) or `.safetensors`
/// (one of them). Nothing of the file is run: only the parameters are taken, by name, and their
/// shapes must be those above.
/// in      the whole file, at most `most_file_bytes`
/// errors  too_large, bad_syntax (broken, or of other shapes), not_found (no whole network in it)
base::Result<std::vector<Weights>> read_weights(std::span<const std::uint8_t> file);

}  // namespace daedap::engines::silero
