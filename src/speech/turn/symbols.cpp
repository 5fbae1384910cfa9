#include "speech/turn/symbols.hpp"

#include <array>

namespace daedap::speech::turn {
namespace {

// U+3131..U+314E, the consonant letters: their number among the finals, 0 when they are never final.
constexpr std::array<Symbol, 30> finals_of_letters = {1,  2,  3,  4,  5,  6,  7,  0,  8,  9,  10, 11, 12, 13, 14,
                                                      15, 16, 17, 0,  18, 19, 20, 21, 22, 0,  23, 24, 25, 26, 27};

Symbol symbol_of(char32_t c) {
  if (c == U' ') return space_symbol;
  if (c >= U'a' && c <= U'z') return static_cast<Symbol>(first_letter + (c - U'a'));
  if (c >= U'0' && c <= U'9') return static_cast<Symbol>(first_digit + (c - U'0'));
  if (c >= 0x314F && c <= 0x3163) return static_cast<Symbol>(first_vowel + (c - 0x314F));
  if (c >= 0x3131 && c <= 0x314E) {
    const Symbol final = finals_of_letters[c - 0x3131];
    return final == 0 ? other_symbol : static_cast<Symbol>(first_final - 1 + final);
  }
  return other_symbol;
}

}  // namespace

void append_symbols(char32_t c, std::vector<Symbol>& out) {
  if (!is_syllable(c)) return out.push_back(symbol_of(c));
  const unsigned index = c - 0xAC00;
  out.push_back(static_cast<Symbol>(first_initial + index / 588));
  out.push_back(static_cast<Symbol>(first_vowel + index % 588 / 28));
  if (index % 28 != 0) out.push_back(static_cast<Symbol>(first_final - 1 + index % 28));
}

std::vector<Symbol> symbols_of(std::u32string_view text) {
  std::vector<Symbol> out;
  out.reserve(text.size() * 3);
  for (const char32_t c : text) append_symbols(c, out);
  return out;
}

}  // namespace daedap::speech::turn
