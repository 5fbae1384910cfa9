#include "audio/g711.hpp"

#include <algorithm>

#include "audio/g711_tables.hpp"

namespace daedap::audio {

// @path rtp-in 6/8
void decode_g711(Law law, std::span<const std::uint8_t> in, std::span<std::int16_t> out) {
  const auto& table = law == Law::mu ? g711::from_mu : g711::from_a;
  const std::size_t n = std::min(in.size(), out.size());
  const std::int16_t* of = table.data();
  for (std::size_t i = 0; i < n; ++i) out[i] = of[in[i]];
}

// @path reply-out 5/8
void encode_g711(Law law, std::span<const std::int16_t> in, std::span<std::uint8_t> out) {
  const std::size_t n = std::min(in.size(), out.size());
  if (law == Law::mu) {
    for (std::size_t i = 0; i < n; ++i) out[i] = g711::to_mu[(in[i] >> 2) + 8192];
  } else {
    for (std::size_t i = 0; i < n; ++i) out[i] = g711::to_a[(in[i] >> 3) + 4096];
  }
}

}  // namespace daedap::audio
