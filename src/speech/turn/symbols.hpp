#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace daedap::speech::turn {

/// One letter of the alphabet on which endings are matched: a Hangul syllable is two or three of
/// them (initial, vowel, final), so that an ending may begin in the middle of a syllable.
using Symbol = std::uint8_t;

inline constexpr Symbol first_initial = 1;   // 19 of them
inline constexpr Symbol first_vowel = 20;    // 21
inline constexpr Symbol first_final = 41;    // 27
inline constexpr Symbol space_symbol = 68;
inline constexpr Symbol first_letter = 70;   // a-z
inline constexpr Symbol first_digit = 96;    // 0-9
inline constexpr Symbol other_symbol = 106;

constexpr bool is_syllable(char32_t c) { return c >= 0xAC00 && c <= 0xD7A3; }
/// The syllable ends in a consonant.
constexpr bool has_final(char32_t c) { return is_syllable(c) && (c - 0xAC00) % 28 != 0; }

/// Appends what `c` is written with. A single consonant letter (ㅂ) is taken for a final one.
void append_symbols(char32_t c, std::vector<Symbol>& out);
std::vector<Symbol> symbols_of(std::u32string_view text);

}  // namespace daedap::speech::turn
