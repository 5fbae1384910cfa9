#pragma once

#include <cstdint>
#include <string_view>

namespace daedap::sip {

/// SipHash-1-3: keys that peers choose (Call-IDs, tags, branches) cannot be made to collide without
/// the seed. For the hash maps of the endpoint.
class KeyedHash {
 public:
  KeyedHash(std::uint64_t seed_0, std::uint64_t seed_1) : seed_0_(seed_0), seed_1_(seed_1) {}

  /// cost  about a nanosecond a byte
  std::size_t operator()(std::string_view text) const;

 private:
  std::uint64_t seed_0_, seed_1_;
};

}  // namespace daedap::sip
