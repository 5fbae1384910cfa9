#include "base/random.hpp"

#include <algorithm>

namespace daedap::base {

std::string Random::hex(unsigned digits) {
  static constexpr char alphabet[] = "0123456789abcdef";
  std::string out;
  std::uint64_t bits = 0;
  digits = std::min(digits, 64U);
  for (unsigned i = 0; i < digits; ++i) {
    if (i % 16 == 0) bits = u64();
    out += alphabet[bits & 15];
    bits >>= 4;
  }
  return out;
}

std::string Random::uuid() {
  std::string h = hex(32);
  h[12] = '4';
  h[16] = "89ab"[u64() >> 62];
  return h.substr(0, 8) + "-" + h.substr(8, 4) + "-" + h.substr(12, 4) + "-" + h.substr(16, 4) + "-" + h.substr(20);
}

Random::Source seeded(std::uint64_t seed) {
  return [state = seed]() mutable {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  };
}

}  // namespace daedap::base
