#include "sdp/text.hpp"

#include <algorithm>

namespace daedap::sdp {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

constexpr std::string_view separators = "\"(),/:;<=>?@[\\]";

bool token_char(char c) {
  return c > ' ' && c < 0x7F && separators.find(c) == std::string_view::npos;
}

}  // namespace

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), token_char);
}

}  // namespace daedap::sdp
