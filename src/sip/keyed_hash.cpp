#include "sip/keyed_hash.hpp"

#include <bit>

namespace daedap::sip {
namespace {

struct State {
  std::uint64_t a, b, c, d;

  void mix() {
    a += b;
    b = std::rotl(b, 13) ^ a;
    a = std::rotl(a, 32);
    c += d;
    d = std::rotl(d, 16) ^ c;
    a += d;
    d = std::rotl(d, 21) ^ a;
    c += b;
    b = std::rotl(b, 17) ^ c;
    c = std::rotl(c, 32);
  }
  void take(std::uint64_t word) {
    d ^= word;
    mix();
    a ^= word;
  }
};

/// Up to eight bytes, the first the lowest.
std::uint64_t word_of(std::string_view bytes) {
  std::uint64_t word = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    word = word << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return word;
}

}  // namespace

std::size_t KeyedHash::operator()(std::string_view text) const {
  State s{seed_0_ ^ 0x736f6d6570736575, seed_1_ ^ 0x646f72616e646f6d,
          seed_0_ ^ 0x6c7967656e657261, seed_1_ ^ 0x7465646279746573};
  const std::uint64_t length = text.size();
  for (; text.size() >= 8; text.remove_prefix(8)) s.take(word_of(text.substr(0, 8)));
  s.take(length << 56 | word_of(text));
  s.c ^= 0xff;
  for (int i = 0; i < 3; ++i) s.mix();
  return static_cast<std::size_t>(s.a ^ s.b ^ s.c ^ s.d);
}

}  // namespace daedap::sip
