#pragma once

#include <cstddef>
#include <cstdint>

namespace daedap::engines::silero {

/// Output rows are computed in panels of so many.
inline constexpr std::size_t panel = 16;
/// So many windows are computed side by side; more come one group after the other.
inline constexpr std::size_t group_size = 12;

/// A matrix as the kernels want it: panel by panel, within it input by input, `panel` values each;
/// rows are filled up with zeros.
struct Matrix {
  const float* values = nullptr;  // 64-byte aligned
  const float* bias = nullptr;    // `rows` values, or null
  std::size_t rows = 0;           // a multiple of `panel`
  std::size_t inputs = 0;
};

/// A network in the kernels' form. Points into the memory of a `Network`.
struct Layers {
  std::size_t window, context, taps, bins;
  /// The transform, folded: cosines and sines of the lower half of the bins, on the samples of even and
  /// of odd index.
  Matrix even_cosines, odd_cosines, even_sines, odd_sines;
  Matrix conv1, conv2, conv3, conv4, cell;
  const float* output;  // [hidden]
  float output_bias;
};

/// One window of one stream.
struct Item {
  const std::int16_t* audio = nullptr;  // context, then window
  float* state = nullptr;               // h, then c: 2 * hidden; changed
  float probability = 0;                // out
};

/// Floats that `forward` works in.
inline constexpr std::size_t work_per_item = 4 * 1024;
inline constexpr std::size_t work_size = group_size * work_per_item;

/// Computes `count` <= group_size windows. `work`: work_size floats, 64-byte aligned.
using Forward = void (*)(const Layers& layers, Item* items, std::size_t count, float* work);

namespace portable {
void forward(const Layers& layers, Item* items, std::size_t count, float* work);
}
namespace avx2 {
/// Only where `has_avx2()`.
void forward(const Layers& layers, Item* items, std::size_t count, float* work);
}

/// Whether this processor has AVX2 and FMA.
bool has_avx2();
/// The fastest that this processor can run.
Forward best_forward();

}  // namespace daedap::engines::silero
