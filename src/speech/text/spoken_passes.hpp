#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace daedap::speech {

/// The steps of `spoken_text`, in their order.
std::u32string without_markup(std::u32string_view text);
std::u32string with_addresses_spelled(std::u32string_view text, bool korean);
std::u32string korean_numbers(std::u32string_view text);
std::u32string english_numbers(std::u32string_view text);

inline bool is_digit(char32_t c) { return c >= U'0' && c <= U'9'; }
inline bool is_hangul(char32_t c) { return c >= 0xAC00 && c <= 0xD7A3; }
inline bool is_latin(char32_t c) { return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z'); }
inline bool is_space(char32_t c) { return c == U' ' || c == U'\t' || c == U'\n' || c == U'\r'; }

/// Reads the text once from its start. At each place `say(before, rest, fresh, out)` may append what is said for
/// the start of `rest` and returns how many characters it took; 0 = the character stays. `before`: the character
/// in front (a space at the start). `fresh`: a number may begin here.
template <class Say>
std::u32string rewritten(std::u32string_view text, Say say) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    const char32_t before = i > 0 ? text[i - 1] : U' ';
    const bool inside = is_digit(before) || is_latin(before) || before == U'.' || before == U',';
    const bool fresh = !inside && (is_digit(text[i]) || text[i] == U'+');
    std::size_t taken = say(before, text.substr(i), fresh, out);
    if (taken == 0) {
      out.push_back(text[i]);
      taken = 1;
    }
    i += taken;
  }
  return out;
}

/// A run of digits in groups: "010-1234-5678", "+82 10 1234 5678", "110234567890".
struct DigitRun {
  std::size_t length = 0;  // characters of the text; 0 = none stands here
  std::u32string digits;   // groups parted by one space each, '+' kept
  std::size_t count = 0;   // digits
  std::size_t groups = 0;
};
DigitRun digit_run(std::u32string_view text);
/// The run is a telephone, card or account number, not an amount.
bool read_digit_by_digit(const DigitRun& run, std::u32string_view behind);

}  // namespace daedap::speech
