#include "speech/text/spoken_text.hpp"

#include "base/utf8.hpp"
#include "speech/text/spoken_passes.hpp"

namespace daedap::speech {
namespace {

constexpr std::u32string_view amount_units[] = {U"원", U"만", U"천", U"억", U"달러", U"명", U"개", U"년"};

bool pictogram(char32_t c) {
  return c >= 0x1F000 || (c >= 0x2600 && c <= 0x27BF) || (c >= 0x2190 && c <= 0x21FF) ||
         (c >= 0x2B00 && c <= 0x2BFF) || (c >= 0xFE00 && c <= 0xFE0F) || c == 0x200D || c == 0x20E3 ||
         c == 0xFFFD || (c >= 0x2500 && c <= 0x25FF);
}

// "[text](address)" at `at`: where the text ends; npos when it is no link.
std::size_t link_text_end(std::u32string_view text, std::size_t at) {
  const std::size_t end = text.find(U"](", at);
  return end != text.npos && text.find(U')', end) != text.npos && text.substr(at, end - at).find(U'\n') == text.npos
             ? end
             : text.npos;
}

// Marks that open a line: "# ", "- ", "* ", "> ".
std::size_t line_mark(std::u32string_view text) {
  std::size_t at = 0;
  while (at < text.size() && (text[at] == U'#' || text[at] == U'>' || text[at] == U'-' || text[at] == U'*' ||
                              text[at] == U'+' || text[at] == 0x2022)) {
    ++at;
  }
  return at > 0 && at < text.size() && text[at] == U' ' ? at + 1 : 0;
}

std::u32string squeezed(std::u32string_view text) {
  std::u32string out;
  for (const char32_t c : text) {
    if (!is_space(c)) {
      out.push_back(c);
    } else if (!out.empty() && out.back() != U' ') {
      out.push_back(U' ');
    }
  }
  while (!out.empty() && out.back() == U' ') out.pop_back();
  return out;
}

bool speakable(std::u32string_view text) {
  for (const char32_t c : text) {
    if (is_digit(c) || is_latin(c) || c >= 0xC0) return true;
  }
  return false;
}

}  // namespace

std::u32string without_markup(std::u32string_view text) {
  std::u32string out;
  std::size_t link_end = text.npos;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 0 || text[i - 1] == U'\n') i += line_mark(text.substr(i));
    if (i >= text.size()) break;
    const char32_t c = text[i];
    if (c == U'[' && link_end == text.npos && link_text_end(text, i) != text.npos) {
      link_end = link_text_end(text, i);
      continue;
    }
    if (i == link_end) {
      i = text.find(U')', i);
      link_end = text.npos;
      continue;
    }
    if (c == U'*' || c == U'`' || c == U'|' || pictogram(c) || c < U' ') {
      if (c == U'|' || c < U' ') out.push_back(U' ');
      continue;
    }
    const bool inside = i > 0 && i + 1 < text.size() && !is_space(text[i - 1]) && !is_space(text[i + 1]);
    if (c == U'_' && !(inside && (is_latin(text[i - 1]) || is_digit(text[i - 1])))) continue;
    out.push_back(c);
  }
  return out;
}

DigitRun digit_run(std::u32string_view text) {
  DigitRun run;
  std::size_t at = 0;
  if (at < text.size() && text[at] == U'+') run.digits.push_back(text[at++]);
  while (at < text.size() && is_digit(text[at])) {
    if (run.groups++ > 0) run.digits.push_back(U' ');
    for (; at < text.size() && is_digit(text[at]); ++at, ++run.count) run.digits.push_back(text[at]);
    run.length = at;
    const bool more = at + 1 < text.size() && is_digit(text[at + 1]);
    const bool hyphen = at < text.size() && (text[at] == U'-' || text[at] == 0x2011 || text[at] == 0x2013);
    // Blanks part the groups of a number only when it begins like one.
    const bool blank = at < text.size() && text[at] == U' ' && (run.digits[0] == U'0' || run.digits[0] == U'+');
    if (!more || !(hyphen || blank)) break;
    ++at;
  }
  return run;
}

bool read_digit_by_digit(const DigitRun& run, std::u32string_view behind) {
  if (run.length == 0) return false;
  if (run.digits[0] == U'+') return run.count >= 7;
  if (run.groups > 1) return run.count >= 7;
  if (!behind.empty() && behind[0] == U' ') behind.remove_prefix(1);
  for (const auto unit : amount_units) {
    if (behind.substr(0, unit.size()) == unit) return false;
  }
  if (!behind.empty() && (behind[0] == U',' || behind[0] == U'.') && behind.size() > 1 && is_digit(behind[1])) {
    return false;
  }
  return run.count >= 7 || (run.count >= 3 && run.digits[0] == U'0');
}

std::string spoken_text(std::string_view text, std::string_view language) {
  const bool korean = language.substr(0, 2) == "ko";
  const std::u32string plain = with_addresses_spelled(without_markup(base::to_utf32(text)), korean);
  const std::u32string read = squeezed(korean ? korean_numbers(plain) : english_numbers(plain));
  return speakable(read) ? base::to_utf8(read) : std::string();
}

}  // namespace daedap::speech
