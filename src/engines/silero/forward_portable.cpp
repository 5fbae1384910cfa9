#include "engines/silero/forward.hpp"

namespace daedap::engines::silero {

void portable::forward(const Layers& layers, Item* items, std::size_t count, float* work) {
  compute(layers, items, count, work);
}

}  // namespace daedap::engines::silero
