#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"

namespace daedap::sip {

/// Spoils messages in the ways that networks, bugs and attackers do. Repeatable by its seed.
class Mutator {
 public:
  Mutator(std::uint64_t seed, std::vector<std::string> seeds)
      : random_(base::seeded(seed)), seeds_(std::move(seeds)) {}

  std::string next() {
    std::string text = seeds_[below(seeds_.size())];
    for (std::size_t n = 1 + below(4); n > 0; --n) spoil(text);
    text.resize(std::min<std::size_t>(text.size(), 70'000));
    return text;
  }

  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_.u64() % n; }

 private:
  void spoil(std::string& text) {
    const std::size_t at = below(text.size() + 1);
    const std::size_t length = below(std::min<std::size_t>(text.size() - at, 200) + 1);
    switch (below(10)) {
      case 0: if (at < text.size()) text[at] ^= static_cast<char>(1u << below(8)); break;
      case 1: if (at < text.size()) text[at] = static_cast<char>(random_.u64()); break;
      case 2: text.erase(at, length); break;
      case 3: text.insert(at, text.substr(at, length)); break;
      case 4: splice(text, at); break;
      case 5: text.insert(at, below(20) == 0 ? below(20'000) : below(300), odd()); break;
      case 6: text.resize(at); break;
      case 7: repeat_line(text, at); break;
      case 8: text.insert(at, words[below(std::size(words))]); break;
      default: text.insert(at, 1 + below(8), odd()); break;
    }
  }

  void splice(std::string& text, std::size_t at) {
    const std::string& other = seeds_[below(seeds_.size())];
    const std::size_t from = below(other.size() + 1);
    text = text.substr(0, at) + other.substr(from);
  }

  void repeat_line(std::string& text, std::size_t at) {
    const auto before = text.rfind("\r\n", at);
    const auto end = before == std::string::npos ? before : text.find("\r\n", before + 2);
    if (end == std::string::npos) return;
    const std::string line = text.substr(before, end - before);
    std::string many;
    for (std::size_t n = below(20) == 0 ? below(300) : below(6); n > 0 && many.size() < 60'000; --n) many += line;
    text.insert(before, many);
  }

  char odd() {
    using namespace std::string_view_literals;
    static constexpr auto bytes = ";,:<>\"\\@%=?&/ \t\r\n()[]*.0Aa\x00\x7f\xff"sv;
    return bytes[below(bytes.size())];
  }

  static constexpr std::string_view words[] = {
      "\r\n ", "\r\n\r\n", ";;", ";a=b", "<sip:a@b>,", "\"", "\\\"", "%00", "%4", "4294967296", "-1",
      "SIP/2.0", "sip:", "tel:+1", "[::1]", ";tag=x", ", ", "Content-Length: 5\r\n", "l:0\r\n",
      "Via: SIP/2.0/UDP x;rport\r\n", "Contact: *\r\n", "Digest nonce=\"x\",qop=\"auth\""};

  base::Random random_;
  std::vector<std::string> seeds_;
};

}  // namespace daedap::sip
