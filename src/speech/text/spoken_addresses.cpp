#include <algorithm>

#include "speech/text/spoken_passes.hpp"

namespace daedap::speech {
namespace {

struct Sign {
  char32_t sign;
  std::u32string_view ko, en;
};
constexpr Sign signs[] = {{U'.', U" 점 ", U" dot "},          {U'@', U" 골뱅이 ", U" at "},
                          {U'-', U" 하이픈 ", U" dash "},     {U'_', U" 언더바 ", U" underscore "},
                          {U'/', U" 슬래시 ", U" slash "},    {U':', U" 콜론 ", U" colon "}};

bool ascii_word(char32_t c) { return c > U' ' && c < 0x7F; }

// How many characters of `word` are a web or mail address; 0 = it is none.
std::size_t address_length(std::u32string_view word) {
  std::size_t n = 0;
  while (n < word.size() && ascii_word(word[n]) && word[n] != U'<' && word[n] != U'"' && word[n] != U')') ++n;
  while (n > 0 && !is_latin(word[n - 1]) && !is_digit(word[n - 1])) --n;
  const auto part = word.substr(0, n);
  const std::size_t at = part.find(U'@');
  const bool mail = at != part.npos && at > 0 && part.find(U'.', at) != part.npos;
  const bool web = part.find(U"://") != part.npos || part.substr(0, 4) == U"www.";
  return mail || web ? n : 0;
}

std::u32string spelled(std::u32string_view address, bool korean) {
  if (const std::size_t scheme = address.find(U"://"); scheme != address.npos) address.remove_prefix(scheme + 3);
  if (address.substr(0, 4) == U"www.") address.remove_prefix(4);
  if (const std::size_t query = address.find_first_of(U"?#"); query != address.npos) address = address.substr(0, query);
  std::u32string out;
  for (const char32_t c : address) {
    const auto* sign = std::find_if(std::begin(signs), std::end(signs), [&](const Sign& s) { return s.sign == c; });
    if (sign != std::end(signs)) {
      out += korean ? sign->ko : sign->en;
    } else if (is_latin(c) || is_digit(c)) {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace

std::u32string with_addresses_spelled(std::u32string_view text, bool korean) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    const bool word_start = i == 0 || !ascii_word(text[i - 1]) || text[i - 1] == U'(' || text[i - 1] == U'<';
    const std::size_t n = word_start && ascii_word(text[i]) ? address_length(text.substr(i)) : 0;
    if (n > 0) {
      out += spelled(text.substr(i, n), korean);
      i += n;
      if (i < text.size() && is_hangul(text[i])) out.push_back(U' ');
    } else {
      out.push_back(text[i++]);
    }
  }
  return out;
}

}  // namespace daedap::speech
