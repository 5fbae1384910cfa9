#include "speech/text/sentences.hpp"

#include <algorithm>
#include <array>

#include "base/utf8.hpp"

namespace daedap::speech {
namespace {

constexpr std::size_t cap = 8192 / 3;       // characters that may wait
constexpr std::size_t unmarked_min = 24;    // from here on a Korean ending alone is a cut
constexpr std::size_t early_min = 8;        // the first piece may end at a comma after this many

constexpr std::u32string_view abbreviations[] = {
    U"mr", U"mrs", U"ms", U"dr", U"prof", U"st", U"jr", U"sr", U"vs", U"etc", U"e.g", U"i.e", U"inc",
    U"ltd", U"co", U"corp", U"no", U"tel", U"ext", U"a.m", U"p.m", U"u.s", U"approx", U"dept"};

bool hangul(char32_t c) { return c >= 0xAC00 && c <= 0xD7A3; }
bool digit(char32_t c) { return c >= U'0' && c <= U'9'; }
bool space(char32_t c) { return c == U' ' || c == U'\t' || c == U'\n' || c == U'\r' || c == 0x3000; }
bool closing(char32_t c) {
  return c == U'"' || c == U'\'' || c == U')' || c == U']' || c == 0x201D || c == 0x2019 || c == 0x300D || c == U'*';
}
bool hard_stop(char32_t c) { return c == U'?' || c == U'!' || c == 0x3002 || c == 0xFF01 || c == 0xFF1F; }
char32_t lower(char32_t c) { return c >= U'A' && c <= U'Z' ? c + 32 : c; }

bool abbreviation(std::u32string_view before_dot) {
  std::size_t at = before_dot.size();
  while (at > 0 && !space(before_dot[at - 1])) --at;
  std::u32string word;
  for (const char32_t c : before_dot.substr(at)) {
    if (c != U'(' && c != U'"') word.push_back(lower(c));
  }
  if (word.size() == 1 && word[0] >= U'a' && word[0] <= U'z') return true;  // an initial
  return std::find(std::begin(abbreviations), std::end(abbreviations), word) != std::end(abbreviations);
}

bool list_number(std::u32string_view before_dot) {
  std::size_t at = before_dot.size();
  while (at > 0 && digit(before_dot[at - 1])) --at;
  if (at == before_dot.size()) return false;
  while (at > 0 && space(before_dot[at - 1]) && before_dot[at - 1] != U'\n') --at;
  return at == 0 || before_dot[at - 1] == U'\n';
}

// How many characters the sentence has that ends with the mark at `i`; 0 = it does not end there,
// or the character behind it is needed to tell.
std::size_t end_at_dot(std::u32string_view text, std::size_t i, bool finished) {
  const bool last = i + 1 >= text.size();
  const char32_t before = i > 0 ? text[i - 1] : U' ';
  if (hangul(before)) {
    if (last) return i + 1;
    return text[i + 1] == U'.' || (text[i + 1] >= U'a' && text[i + 1] <= U'z') ? 0 : i + 1;
  }
  if (last) return finished ? i + 1 : 0;
  if (!space(text[i + 1]) && !closing(text[i + 1])) return 0;  // 3.5, www.daedap.kr, ...
  if (abbreviation(text.substr(0, i)) || list_number(text.substr(0, i))) return 0;
  return i + 1;
}

bool korean_ending(char32_t c) { return c == U'요' || c == U'다' || c == U'까' || c == U'죠'; }

std::size_t with_closing(std::u32string_view text, std::size_t end) {
  while (end < text.size() && closing(text[end])) ++end;
  return end;
}

std::size_t sentence_length(std::u32string_view text, bool first, bool finished) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    if (c == U'\n') return i + 1;
    if (hard_stop(c) && !(i + 1 < text.size() && hard_stop(text[i + 1]))) return with_closing(text, i + 1);
    if (c == U'.' || c == 0x2026) {
      if (const std::size_t end = c == U'.' ? end_at_dot(text, i, finished) : i + 1) return with_closing(text, end);
    }
    const bool gap = i + 1 < text.size() && space(text[i + 1]);
    if (gap && korean_ending(c) && i + 1 >= unmarked_min) return i + 1;
    if (gap && first && c == U',' && i + 1 >= early_min) return i + 1;
  }
  return 0;
}

std::size_t forced_length(std::u32string_view text) {
  const std::u32string_view head = text.substr(0, Sentences::max_chars);
  const std::size_t comma = head.rfind(U", ");
  if (comma != head.npos && comma > Sentences::max_chars / 2) return comma + 1;
  const std::size_t gap = head.find_last_of(U" \t");
  if (gap != head.npos && gap > 0) return gap;
  std::size_t cut = head.size();
  while (cut > Sentences::max_chars / 2 && digit(text[cut - 1])) --cut;
  return cut;
}

std::string trimmed(std::u32string_view piece) {
  while (!piece.empty() && space(piece.front())) piece.remove_prefix(1);
  while (!piece.empty() && space(piece.back())) piece.remove_suffix(1);
  return base::to_utf8(piece);
}

// Bytes at the end of `bytes` that begin a character and do not finish it.
std::size_t unfinished_bytes(std::string_view bytes) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, bytes.size()); ++back) {
    const auto b = static_cast<unsigned char>(bytes[bytes.size() - back]);
    if ((b & 0xC0) == 0x80) continue;
    const std::size_t needed = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : b >= 0xC0 ? 2 : 1;
    return needed > back ? back : 0;
  }
  return 0;
}

}  // namespace

void Sentences::push(std::string_view token) {
  tail_ += token;
  const std::size_t keep = unfinished_bytes(tail_);
  const std::size_t whole = tail_.size() - keep;
  const std::u32string more = base::to_utf32(std::string_view(tail_).substr(0, whole));
  tail_.erase(0, whole);
  text_.append(more, 0, cap - std::min(cap, text_.size()));
}

std::optional<std::string> Sentences::take() {
  if (finished_ && !tail_.empty()) {
    text_ += base::to_utf32(tail_);
    tail_.clear();
  }
  while (!text_.empty()) {
    const std::u32string_view window = std::u32string_view(text_).substr(0, max_chars + 2);
    std::size_t length = sentence_length(window, first_, finished_ && text_.size() <= window.size());
    if (length == 0 || length > max_chars) {
      if (text_.size() > max_chars) {
        length = forced_length(text_);
      } else if (finished_) {
        length = text_.size();
      } else {
        return std::nullopt;
      }
    }
    std::string piece = trimmed(std::u32string_view(text_).substr(0, length));
    text_.erase(0, length);
    if (piece.empty()) continue;
    first_ = false;
    return piece;
  }
  return std::nullopt;
}

}  // namespace daedap::speech
