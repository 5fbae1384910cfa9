#include "speech/text/same_words.hpp"

#include <string>

#include "base/utf8.hpp"

namespace daedap::speech {
namespace {

constexpr std::u32string_view separators = U" \t\r\n.,?!;:~\u2026\"\u201C\u201D\u2018\u00B7\u3001\u3002";

bool digit(char32_t c) { return c >= U'0' && c <= U'9'; }

/// What is left of the separators between two characters.
std::u32string_view kept_of(std::u32string_view gap, bool in_number, bool spaces_count) {
  if (gap.empty() || (in_number && gap == U",")) return {};
  if (in_number) return gap == U"." ? U"." : U" ";
  return spaces_count ? U" " : U"";
}

std::u32string words_of(std::string_view text, bool spaces_count) {
  std::u32string out, gap;
  for (char32_t c : base::to_utf32(text)) {
    if (c == U'\'' || c == 0x2019) continue;
    if (separators.find(c) != separators.npos) {
      if (gap.size() < 2) gap.push_back(c);  // more of them mean the same
      continue;
    }
    if (c >= U'A' && c <= U'Z') c += U'a' - U'A';
    if (!out.empty()) out += kept_of(gap, digit(out.back()) && digit(c), spaces_count);
    gap.clear();
    out.push_back(c);
  }
  return out;
}

}  // namespace

bool same_words(std::string_view a, std::string_view b, std::string_view language) {
  const bool spaces_count = language.substr(0, 2) != "ko";
  return a == b || words_of(a, spaces_count) == words_of(b, spaces_count);
}

}  // namespace daedap::speech
