// Compiled with -mavx2 -mfma on x86-64 (CMakeLists.txt).
#include "engines/silero/forward.hpp"

namespace daedap::engines::silero {

void avx2::forward(const Layers& layers, Item* items, std::size_t count, float* work) {
  compute(layers, items, count, work);
}

}  // namespace daedap::engines::silero
