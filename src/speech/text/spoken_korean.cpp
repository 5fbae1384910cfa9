#include <array>
#include <cstdint>

#include "speech/text/spoken_passes.hpp"

namespace daedap::speech {
namespace {

using View = std::u32string_view;

constexpr View digit_names[] = {U"공", U"일", U"이", U"삼", U"사", U"오", U"육", U"칠", U"팔", U"구"};
constexpr View native_ones[] = {U"", U"한", U"두", U"세", U"네", U"다섯", U"여섯", U"일곱", U"여덟", U"아홉"};
constexpr View native_tens[] = {U"", U"열", U"스물", U"서른", U"마흔", U"쉰", U"예순", U"일흔", U"여든", U"아흔"};

struct Counter {
  View word;
  std::array<View, 3> unless;  // longer words that begin alike and count in Sino-Korean, or do not count
};
constexpr Counter counters[] = {
    {U"시간", {}},  {U"번째", {}},   {U"사람", {}},  {U"마리", {}},  {U"가지", {}},  {U"군데", {}},
    {U"켤레", {}},  {U"송이", {}},   {U"그루", {}},  {U"개", {U"개월", U"개국", U"개년"}},
    {U"명", {}},    {U"살", {}},     {U"잔", {}},    {U"권", {}},    {U"병", {U"병동", U"병상"}},
    {U"통", {}},    {U"곳", {}},     {U"달", {U"달러"}}, {U"배", {}}, {U"장", {}},   {U"채", {}}};
// What may follow the "시" of an hour.
constexpr View hour_tails = U"에까부이은는로전경쯤반정가를도와후입면";

std::u32string native(unsigned n, bool ordinal) {
  if (n == 1 && ordinal) return U"첫";
  if (n == 20) return U"스무";
  return std::u32string(native_tens[n / 10]) + std::u32string(native_ones[n % 10]);
}

std::u32string sino(unsigned n) {  // 0..9999
  if (n == 0) return U"영";
  constexpr std::pair<unsigned, View> places[] = {{1000, U"천"}, {100, U"백"}, {10, U"십"}};
  std::u32string out;
  for (const auto& [place, name] : places) {
    const unsigned d = n / place % 10;
    if (d > 1) out += digit_names[d];
    if (d > 0) out += name;
  }
  if (n % 10 > 0) out += digit_names[n % 10];
  return out;
}

std::u32string by_digit(View groups) {
  std::u32string out;
  for (const char32_t c : groups) {
    if (c == U'+') {
      out += U"플러스 ";
    } else if (c == U' ') {
      out += U", ";
    } else {
      out += digit_names[c - U'0'];
    }
  }
  return out;
}

// A short plain number at the start of `text`.
struct Number {
  std::size_t length = 0;
  unsigned value = 0;
};
Number number(View text) {
  Number n;
  while (n.length < text.size() && is_digit(text[n.length]) && n.length < 5) {
    n.value = n.value * 10 + (text[n.length++] - U'0');
  }
  return n;
}
bool starts(View text, View word) { return text.substr(0, word.size()) == word; }

// Replaces what stands at the start of `text`; the length taken, 0 = not this rule's.
using Rule = std::size_t (*)(View text, std::u32string& out);

std::u32string hour(unsigned h) { return h >= 1 && h <= 12 ? native(h, false) : sino(h); }

std::size_t clock_time(View text, std::u32string& out) {  // 15:30
  const Number h = number(text);
  if (h.length == 0 || h.length > 2 || h.value > 24 || text.size() < h.length + 3 || text[h.length] != U':') return 0;
  const Number m = number(text.substr(h.length + 1));
  if (m.length != 2 || m.value > 59) return 0;
  const std::size_t end = h.length + 3;
  if (end < text.size() && (is_digit(text[end]) || text[end] == U':')) return 0;
  if (h.value > 12 && h.value < 24) out += U"오후 ";
  out += hour(h.value > 12 && h.value < 24 ? h.value - 12 : h.value) + U" 시";
  if (m.value > 0) out += U" " + sino(m.value) + U" 분";
  return end;
}

std::size_t date(View text, std::u32string& out) {  // 2026-01-29
  const Number y = number(text);
  if (y.length != 4 || text.size() < 8) return 0;
  const char32_t mark = text[4];
  if (mark != U'-' && mark != U'.' && mark != U'/') return 0;
  const Number m = number(text.substr(5));
  const std::size_t second = 5 + m.length;
  if (m.length == 0 || m.value < 1 || m.value > 12 || second >= text.size() || text[second] != mark) return 0;
  const Number d = number(text.substr(second + 1));
  const std::size_t end = second + 1 + d.length;
  if (d.length == 0 || d.value < 1 || d.value > 31) return 0;
  out += sino(y.value) + U"년 " + (m.value == 6 ? U"유" : m.value == 10 ? U"시" : sino(m.value)) + U"월 " +
         sino(d.value) + U"일";
  return end;
}

std::size_t long_number(View text, std::u32string& out) {
  const DigitRun run = digit_run(text);
  if (!read_digit_by_digit(run, text.substr(run.length))) return 0;
  out += by_digit(run.digits);
  return run.length;
}

std::size_t counted(View text, std::u32string& out) {
  const Number n = number(text);
  std::size_t unit = n.length;
  if (n.length == 0 || n.value < 1 || n.value > 99 || text[0] == U'0') return 0;
  if (unit < text.size() && text[unit] == U' ') ++unit;
  const View behind = text.substr(unit);
  for (const Counter& c : counters) {
    if (!starts(behind, c.word)) continue;
    for (const View longer : c.unless) {
      if (!longer.empty() && starts(behind, longer)) return 0;
    }
    out += native(n.value, c.word == U"번째") + U" " + std::u32string(c.word);
    return unit + c.word.size();
  }
  return 0;
}

std::size_t hour_or_minute(View text, std::u32string& out) {
  const Number n = number(text);
  std::size_t unit = n.length;
  if (n.length == 0 || n.length > 2) return 0;
  if (unit < text.size() && text[unit] == U' ') ++unit;
  if (unit >= text.size()) return 0;
  const char32_t next = unit + 1 < text.size() ? text[unit + 1] : U' ';
  if (text[unit] == U'시' && n.value <= 24 && (!is_hangul(next) || hour_tails.find(next) != View::npos)) {
    out += hour(n.value) + U" 시";
  } else if (text[unit] == U'분' && n.value <= 59 && next != U'기') {
    out += sino(n.value) + U" 분";
  } else if (text[unit] == U'월' && (n.value == 6 || n.value == 10)) {
    out += n.value == 6 ? U"유월" : U"시월";
  } else {
    return 0;
  }
  return unit + 1;
}

std::size_t decimal(View text, std::u32string& out) {
  const Number whole = number(text);
  if (whole.length == 0 || whole.length > 4 || whole.length + 1 >= text.size() || text[whole.length] != U'.') return 0;
  std::size_t at = whole.length + 1;
  if (!is_digit(text[at])) return 0;
  std::u32string places;
  while (at < text.size() && is_digit(text[at])) places += text[at] == U'0' ? U"영" : digit_names[text[at] - U'0'], ++at;
  if (at + 1 < text.size() && text[at] == U'.' && is_digit(text[at + 1])) return 0;  // 192.0.2.1
  out += sino(whole.value) + U" 점 " + places;
  return at;
}

constexpr Rule rules[] = {clock_time, date, long_number, decimal, counted, hour_or_minute};

std::size_t sign(View text, char32_t before, std::u32string& out) {
  if (text[0] == U'%') return out += U" 퍼센트", 1;
  if (text[0] == U'&') return out += U" 앤드 ", 1;
  if (text[0] == U'₩') return 1;
  if (text[0] == U'~' || text[0] == 0x301C) {
    const bool range = (is_digit(before) || is_hangul(before)) && text.size() > 1 && is_digit(text[1]);
    if (range) out += U"에서 ";
    return 1;
  }
  return 0;
}

}  // namespace

std::u32string korean_numbers(std::u32string_view text) {
  return rewritten(text, [](char32_t before, View rest, bool fresh, std::u32string& out) -> std::size_t {
    if (const std::size_t taken = sign(rest, before, out)) return taken;
    for (const Rule rule : rules) {
      if (!fresh) break;
      if (const std::size_t taken = rule(rest, out)) return taken;
    }
    return 0;
  });
}

}  // namespace daedap::speech
