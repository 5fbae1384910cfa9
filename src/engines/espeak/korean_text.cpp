#include "engines/espeak/korean_text.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/utf8.hpp"

namespace daedap::engines::espeak {
namespace {

using Text = std::u32string_view;

constexpr std::array<Text, 10> native_ones{U"",     U"한",   U"두",   U"세",   U"네",
                                           U"다섯", U"여섯", U"일곱", U"여덟", U"아홉"};
constexpr std::array<Text, 10> native_tens{U"",   U"열",   U"스물", U"서른", U"마흔",
                                           U"쉰", U"예순", U"일흔", U"여든", U"아흔"};
constexpr Text digit_names = U"공일이삼사오육칠팔구";

/// A word that is counted with native numerals up to `most`. Longer words come first, so that
/// "시간" is not taken for "시".
struct Counter {
  Text word;
  unsigned most;
};
constexpr std::array<Counter, 12> counters{{{U"시간", 12},
                                            {U"번째", 99},
                                            {U"가지", 99},
                                            {U"군데", 99},
                                            {U"마리", 99},
                                            {U"사람", 99},
                                            {U"시", 12},
                                            {U"개", 99},
                                            {U"명", 99},
                                            {U"살", 99},
                                            {U"장", 20},
                                            {U"달", 12}}};

bool is_digit(char32_t c) { return c >= U'0' && c <= U'9'; }

std::u32string native(unsigned n) {
  if (n == 20) return U"스무";
  return std::u32string(native_tens[n / 10]).append(native_ones[n % 10]);
}

/// The counter that follows the number, a space allowed before it. "개월" counts months, in Sino
/// numerals.
const Counter* counter_at(Text rest) {
  if (rest.starts_with(U' ')) rest.remove_prefix(1);
  if (rest.starts_with(U"개월")) return nullptr;
  const auto* found = std::ranges::find_if(
      counters, [rest](const Counter& c) { return rest.starts_with(c.word); });
  return found == counters.end() ? nullptr : found;
}

struct Number {
  Text all;            // groups of digits joined by single hyphens
  std::size_t digits;  // without the hyphens
  std::size_t groups;
};

Number number_at(Text rest) {
  std::size_t end = 0, digits = 0, groups = 1;
  while (end < rest.size()) {
    if (is_digit(rest[end])) {
      ++digits;
      ++end;
    } else if (rest[end] == U'-' && end + 1 < rest.size() && is_digit(rest[end + 1])) {
      ++groups;
      ++end;
    } else {
      break;
    }
  }
  return {rest.substr(0, end), digits, groups};
}

/// Telephone numbers, account numbers, codes: not quantities. "9-18" is a range, "2024-01-05" a date.
bool is_spelled(const Number& n) {
  if (n.groups == 1) return n.digits >= 7 || (n.digits >= 3 && n.all.front() == U'0');
  const bool date = n.groups == 3 && n.digits <= 8 && n.all.size() > 4 && n.all[4] == U'-';
  return n.digits >= 7 && !date;
}

void spell(const Number& n, std::u32string& out) {
  for (const char32_t c : n.all) {
    if (c == U'-') {
      out += U", ";
    } else {
      out += digit_names[c - U'0'];
    }
  }
}

/// Whether the digits before belong to an amount such as "25,000".
bool continues_amount(Text before) {
  return before.size() >= 2 && (before.back() == U',' || before.back() == U'.') &&
         is_digit(before[before.size() - 2]);
}

std::optional<unsigned> countable(const Number& n) {
  if (n.groups != 1 || n.digits > 2) return std::nullopt;
  unsigned value = 0;
  for (const char32_t c : n.all) value = value * 10 + (c - U'0');
  return value == 0 ? std::nullopt : std::optional(value);
}

}  // namespace

std::string readable_korean(std::string_view utf8) {
  const std::u32string text = base::to_utf32(utf8);
  std::u32string out;
  out.reserve(text.size() + 16);
  for (std::size_t at = 0; at < text.size();) {
    if (!is_digit(text[at])) {
      out += text[at++];
      continue;
    }
    const Number n = number_at(Text(text).substr(at));
    const auto* counter = counter_at(Text(text).substr(at + n.all.size()));
    const auto value = countable(n);
    const bool amount = continues_amount(Text(text).substr(0, at));
    if (is_spelled(n) && !amount) {
      spell(n, out);
    } else if (counter && value && *value <= counter->most && !amount) {
      out += native(*value);
      if (text[at + n.all.size()] != U' ') out += U' ';
    } else {
      out += n.all;
    }
    at += n.all.size();
  }
  return base::to_utf8(out);
}

}  // namespace daedap::engines::espeak
