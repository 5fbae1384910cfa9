#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace daedap::base {

/// Where the core's random numbers come from. The server hands it libsodium's generator, because
/// tags, branches and SSRCs must not be guessed; the simulation a seeded one.
class Random {
 public:
  using Source = std::function<std::uint64_t()>;
  explicit Random(Source source) : source_(std::move(source)) {}
  std::uint64_t u64() { return source_(); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(source_() >> 32); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(source_() >> 48); }
  /// `digits` lower-case hexadecimal digits, at most 64.
  std::string hex(unsigned digits);
  /// RFC 4122 version 4 UUID.
  std::string uuid();

 private:
  Source source_;
};

/// A repeatable source (SplitMix64) for tests and simulations.
Random::Source seeded(std::uint64_t seed);

}  // namespace daedap::base
