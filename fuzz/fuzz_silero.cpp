#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "engines/silero/weights.hpp"

using namespace daedap;

/// The network's file formats. What is read must be whole and made of numbers.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto networks = engines::silero::read_weights(std::span<const std::uint8_t>(data, size));
  if (!networks) return 0;
  for (const auto& w : *networks) {
    if (w.stft.size() != 2 * w.shape.bins * w.shape.taps || w.output.size() != engines::silero::hidden)
      std::abort();
    for (const float f : w.input) {
      if (!std::isfinite(f)) std::abort();
    }
  }
  return 0;
}
