#include "speech/turn/words.hpp"

#include "base/utf8.hpp"

namespace daedap::speech::turn {
namespace {

constexpr std::size_t most_bytes = 400;

bool digit(char32_t c) { return c >= U'0' && c <= U'9'; }

// The end of the text, cut where a character begins.
std::string_view tail(std::string_view text) {
  if (text.size() <= most_bytes) return text;
  text.remove_prefix(text.size() - most_bytes);
  while (!text.empty() && (static_cast<unsigned char>(text.front()) & 0xC0) == 0x80) text.remove_prefix(1);
  return text;
}

bool mark(char32_t c) { return c == U'.' || c == U'?' || c == U'!' || c == U',' || c == 0x2026 || c == 0x3002; }

// Letters, digits and single spaces; `last` gets the mark that the text ends with.
std::u32string plain(std::string_view text, bool apostrophes, char32_t& last) {
  const std::u32string in = base::to_utf32(text);
  std::u32string out;
  for (std::size_t i = 0; i < in.size(); ++i) {
    char32_t c = in[i];
    if (c >= U'A' && c <= U'Z') c += U'a' - U'A';
    if (c == U'\'' || c == 0x2019) {
      if (apostrophes && !out.empty() && out.back() != U' ') out.push_back(U'\'');
      continue;
    }
    const bool inside = i > 0 && i + 1 < in.size() && digit(in[i - 1]) && digit(in[i + 1]);
    if ((c == U',' || c == U'.') && inside) continue;
    if (c == U'%' || is_syllable(c) || (c >= U'a' && c <= U'z') || digit(c)) {
      out.push_back(c);
      last = 0;
      continue;
    }
    if (mark(c)) last = c == 0x2026 ? U',' : c;
    if (!out.empty() && out.back() != U' ') out.push_back(U' ');
  }
  if (!out.empty() && out.back() == U' ') out.pop_back();
  return out;
}

void mend(std::u32string& text, const Rules& rules) {
  for (const auto& [wrong, right] : rules.replaced()) {
    for (std::size_t at = 0; (at = text.find(wrong, at)) != std::u32string::npos; at += right.size()) {
      text.replace(at, wrong.size(), right);
    }
  }
}

void append(Words& out, std::u32string_view word, const Rules& rules) {
  std::string utf8 = base::to_utf8(word);
  ++out.count;
  // "했 어요": the ending belongs to the word before.
  if (!out.words.empty() && rules.in(ListId::bound, utf8)) {
    Word& before = out.words.back();
    before.text += word;
    before.utf8 += utf8;
  } else {
    out.symbols.push_back(space_symbol);
    out.words.push_back({std::u32string(word), std::move(utf8), 0});
  }
  for (const char32_t c : word) append_symbols(c, out.symbols);
  out.words.back().end = out.symbols.size();
}

}  // namespace

Words words_of(const Rules& rules, std::string_view text) {
  Words out;
  std::u32string all = plain(tail(text), rules.language() == "en", out.mark);
  mend(all, rules);
  std::u32string_view rest = all;
  std::size_t words = 0;
  for (const char32_t c : rest) words += c == U' ';
  out.symbols.reserve(rest.size() * 3 + 1);
  for (std::size_t skipped = 0; skipped + Words::most < words + 1; ++skipped) {
    rest.remove_prefix(rest.find(U' ') + 1);
    ++out.count;
  }
  while (!rest.empty()) {
    const std::size_t space = std::min(rest.find(U' '), rest.size());
    if (space > 0) append(out, rest.substr(0, space), rules);
    rest.remove_prefix(std::min(space + 1, rest.size()));
  }
  return out;
}

}  // namespace daedap::speech::turn
