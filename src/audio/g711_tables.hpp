#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace daedap::audio::g711 {

// mu-law is defined on 14-bit, A-law on 13-bit samples, so the encoders index with the upper bits
// of the 16-bit sample alone: 16 KiB and 8 KiB that stay in the cache, where 64 KiB would not.

/// 16-bit sample of a mu-law byte. spec  G.711 table 2 (all bits are sent inverted)
constexpr std::int16_t expand_mu(std::uint8_t code) {
  const int bits = ~code & 0xFF;
  const int segment = (bits >> 4) & 7;
  const int magnitude = (((bits & 15) * 2 + 33) << segment) - 33;
  return static_cast<std::int16_t>((bits & 0x80) != 0 ? -magnitude * 4 : magnitude * 4);
}

/// 16-bit sample of an A-law byte. spec  G.711 table 1 (even bits are sent inverted)
constexpr std::int16_t expand_a(std::uint8_t code) {
  const int bits = code ^ 0x55;
  const int segment = (bits >> 4) & 7;
  int magnitude = (bits & 15) * 2 + 1;
  if (segment > 0) magnitude = (magnitude + 32) << (segment - 1);
  return static_cast<std::int16_t>((bits & 0x80) != 0 ? magnitude * 8 : -magnitude * 8);
}

constexpr int highest_bit(int value) {
  int bit = 0;
  while (value > 1) {
    value >>= 1;
    ++bit;
  }
  return bit;
}

/// mu-law byte of a 14-bit sample (-8192..8191).
constexpr std::uint8_t compress_mu(int sample) {
  const bool negative = sample < 0;
  int biased = (negative ? ~sample : sample) + 33;
  if (biased > 8191) biased = 8191;
  const int segment = highest_bit(biased) - 5;
  const int mantissa = (biased >> (segment + 1)) & 15;
  return static_cast<std::uint8_t>(~((negative ? 0x80 : 0) | segment << 4 | mantissa));
}

/// A-law byte of a 13-bit sample (-4096..4095).
constexpr std::uint8_t compress_a(int sample) {
  const bool negative = sample < 0;
  const int magnitude = negative ? ~sample : sample;
  const int segment = magnitude < 32 ? 0 : highest_bit(magnitude) - 4;
  const int mantissa = (segment == 0 ? magnitude >> 1 : magnitude >> segment) & 15;
  return static_cast<std::uint8_t>(((negative ? 0 : 0x80) | segment << 4 | mantissa) ^ 0x55);
}

template <std::size_t N, typename Of>
constexpr auto table(Of of) {
  std::array<decltype(of(0)), N> t{};
  for (std::size_t i = 0; i < N; ++i) t[i] = of(static_cast<int>(i));
  return t;
}

inline constexpr auto from_mu =
    table<256>([](int code) { return expand_mu(static_cast<std::uint8_t>(code)); });
inline constexpr auto from_a =
    table<256>([](int code) { return expand_a(static_cast<std::uint8_t>(code)); });
inline constexpr auto to_mu = table<16384>([](int i) { return compress_mu(i - 8192); });
inline constexpr auto to_a = table<8192>([](int i) { return compress_a(i - 4096); });

}  // namespace daedap::audio::g711
