#include "audio/half_band.hpp"

#include <algorithm>

namespace daedap::audio {
namespace {

// Of the 47 taps every second one is zero but the middle one, which is 1/2. What is left is this
// phase: a sinc under a Kaiser window (beta 5.5), Q14, of gain one.
constexpr std::array<std::int16_t, 24> taps{-18,  43,    -84,   147,  -238,  366,  -548, 808,
                                            -1202, 1872,  -3346, 10392, 10392, -3346, 1872, -1202,
                                            808,  -548,  366,   -238, 147,   -84,  43,   -18};
constexpr int shift = 14;
constexpr std::size_t past = taps.size() - 1;
constexpr std::size_t block = 160;  // outgoing samples of the filtered phase at a time
constexpr std::size_t lanes = 8;
static_assert(block % lanes == 0);

// The largest sum, with the middle tap and the rounding, stays inside 32 bits.
constexpr std::int64_t largest_sum() {
  std::int64_t sum = std::int64_t{1} << shift;
  for (const std::int64_t tap : taps) sum += tap < 0 ? -tap : tap;
  return sum * 32768 + (1 << shift);
}
static_assert(largest_sum() < INT32_MAX);

using Window = std::array<std::int16_t, past + block + lanes>;
using Sums = std::array<std::int32_t, block>;

// `lanes` sums side by side: the compiler makes one vector of them.
void filter(const Window& window, std::size_t n, Sums& sums) {
  for (std::size_t at = 0; at < n; at += lanes) {
    std::int32_t sum[lanes] = {};
    const std::int16_t* from = window.data() + at;
    for (const std::int16_t tap : taps) {
      for (std::size_t i = 0; i < lanes; ++i) sum[i] += tap * from[i];
      ++from;
    }
    std::copy_n(sum, lanes, sums.data() + at);
  }
}

std::int16_t rounded(std::int32_t sum, int bits) {
  return static_cast<std::int16_t>(std::clamp((sum + (1 << (bits - 1))) >> bits, -32768, 32767));
}

}  // namespace

std::size_t Doubler::run(std::span<const std::int16_t> in, std::span<std::int16_t> out) {
  in = in.first(std::min(in.size(), out.size() / 2));
  const std::size_t written = 2 * in.size();
  while (!in.empty()) {
    const std::size_t n = std::min(in.size(), block);
    Window window{};
    Sums sums;
    std::ranges::copy(past_, window.begin());
    std::ranges::copy(in.first(n), window.begin() + past);
    filter(window, n, sums);
    for (std::size_t i = 0; i < n; ++i) {
      out[2 * i] = rounded(sums[i], shift);
      out[2 * i + 1] = window[i + taps.size() / 2];
    }
    std::copy_n(window.begin() + static_cast<std::ptrdiff_t>(n), past, past_.begin());
    in = in.subspan(n);
    out = out.subspan(2 * n);
  }
  return written;
}

std::size_t Halver::run(std::span<const std::int16_t> in, std::span<std::int16_t> out) {
  std::size_t written = 0;
  while (!in.empty() && written < out.size()) {
    const std::size_t waiting = odd_ ? 1 : 0;
    const std::size_t room = 2 * std::min(block, out.size() - written) - waiting;
    const std::size_t n = std::min(in.size(), room);
    written += run_some(in.first(n), out.subspan(written));
    in = in.subspan(n);
  }
  return written;
}

std::size_t Halver::run_some(std::span<const std::int16_t> in, std::span<std::int16_t> out) {
  std::array<std::int16_t, 2 * (past + block)> all;
  const std::size_t kept = 2 * past + (odd_ ? 1 : 0);
  std::copy_n(past_.begin(), kept, all.begin());
  std::ranges::copy(in, all.begin() + static_cast<std::ptrdiff_t>(kept));
  const std::size_t pairs = (kept + in.size()) / 2, n = pairs - past;
  Window middle, window{};
  for (std::size_t i = 0; i < pairs; ++i) {
    middle[i] = all[2 * i];
    window[i] = all[2 * i + 1];
  }
  Sums sums;
  filter(window, n, sums);
  for (std::size_t i = 0; i < n; ++i)
    out[i] = rounded(sums[i] + middle[i + taps.size() / 2] * (1 << shift), shift + 1);
  odd_ = (kept + in.size()) % 2 != 0;
  std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(2 * n), 2 * past + (odd_ ? 1 : 0), past_.begin());
  return n;
}

}  // namespace daedap::audio
