#pragma once
// The arithmetic of the forward pass on vectors. As all of it compiled once for each instruction set,
// with internal linkage and nothing of the standard library: see forward.hpp.

#include "engines/silero/kernel.hpp"

namespace daedap::engines::silero {
namespace {

// Of 16 registers 12 hold the sums of 6 columns where one takes 8 floats, 8 those of 2 where it takes 4.
#ifdef __AVX2__
constexpr int lanes = 8, widest = 6;
#else
constexpr int lanes = 4, widest = 2;
#endif
constexpr int vectors = static_cast<int>(panel) / lanes;  // in a panel's column
using Lanes [[gnu::vector_size(lanes * sizeof(float)), gnu::aligned(4), gnu::may_alias]] = float;
using Whole [[gnu::vector_size(lanes * sizeof(float)), gnu::aligned(4), gnu::may_alias]] = std::int32_t;

inline Lanes& at(float* p) { return *reinterpret_cast<Lanes*>(p); }
inline const Lanes& at(const float* p) { return *reinterpret_cast<const Lanes*>(p); }

enum class After { nothing, relu };

// `columns` results of `panels` panels at once.
template <int panels, int columns>
inline void tile(const Matrix& m, std::size_t row, const float* const* in, float* const* out, After after) {
  constexpr int rows = vectors * panels;
  Lanes sum[rows][columns];
  for (int r = 0; r < rows; ++r) {
    const Lanes start = m.bias ? at(m.bias + row + static_cast<std::size_t>(r * lanes)) : Lanes{};
    for (int c = 0; c < columns; ++c) sum[r][c] = start;
  }
  const float* weights = m.values + row * m.inputs;
  const std::size_t inputs = m.inputs, stride = panel * inputs;
  const float* from[columns];
  for (int c = 0; c < columns; ++c) from[c] = in[c];
  for (std::size_t k = 0; k < inputs; ++k) {
    Lanes weight[rows];
    for (int r = 0; r < rows; ++r) {
      const float* column = weights + static_cast<std::size_t>(r / vectors) * stride + k * panel;
      weight[r] = at(column + static_cast<std::size_t>(r % vectors * lanes));
    }
    for (int c = 0; c < columns; ++c) {
      const float x = from[c][k];
      for (int r = 0; r < rows; ++r) sum[r][c] += weight[r] * x;
    }
  }
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) {
      const Lanes s = sum[r][c];
      at(out[c] + row + static_cast<std::size_t>(r * lanes)) = after == After::relu ? (s > 0 ? s : Lanes{}) : s;
    }
  }
}

// All rows for `columns` columns, `panels` panels at a time.
template <int panels, int columns>
void strip(const Matrix& m, const float* const* in, float* const* out, After after) {
  std::size_t row = 0;
  for (; row + panels * panel <= m.rows; row += panels * panel) tile<panels, columns>(m, row, in, out, after);
  for (; row < m.rows; row += panel) tile<1, columns>(m, row, in, out, after);
}

// out[c] = m * in[c] for each column; few columns take more rows at once to keep the adders busy.
void multiply(const Matrix& m, const float* const* in, float* const* out, std::size_t columns, After after) {
  if constexpr (widest == 6) {
    while (columns >= 6) {
      if (columns == 8) break;  // 4 + 4
      strip<1, 6>(m, in, out, after);
      in += 6, out += 6, columns -= 6;
    }
    while (columns >= 4) {
      strip<1, 4>(m, in, out, after);
      in += 4, out += 4, columns -= 4;
    }
    if (columns == 3) return strip<2, 3>(m, in, out, after);
  }
  while (columns >= 2) {
    strip<widest == 6 ? 2 : 1, 2>(m, in, out, after);
    in += 2, out += 2, columns -= 2;
  }
  if (columns == 1) strip<widest == 6 ? 4 : 2, 1>(m, in, out, after);
}

// e^x to about 1e-7 of its value.
[[gnu::always_inline]] inline Lanes exponential(Lanes x) {
  constexpr float magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number
  x = x < -87.0f ? Lanes{} - 87.0f : x;
  x = x > 87.0f ? Lanes{} + 87.0f : x;
  const Lanes shifted = x * 1.44269504f + magic;
  const Lanes whole = shifted - magic;
  const Lanes r = x - whole * 0.693359375f + whole * 2.12194440e-4f;  // ln 2 in two pieces
  Lanes p = r * (1 / 5040.0f) + (1 / 720.0f);
  p = p * r + (1 / 120.0f);
  p = p * r + (1 / 24.0f);
  p = p * r + (1 / 6.0f);
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  Whole power = reinterpret_cast<const Whole&>(shifted) - 0x4b400000;
  power = (power + 127) << 23;
  return p * reinterpret_cast<const Lanes&>(power);
}

inline Lanes sigmoid(Lanes x) { return 1.0f / (1.0f + exponential(-x)); }
inline Lanes hyperbolic_tangent(Lanes x) { return 2.0f * sigmoid(2.0f * x) - 1.0f; }

}  // namespace
}  // namespace daedap::engines::silero
