#include "speech/text/spoken_passes.hpp"

namespace daedap::speech {
namespace {

using View = std::u32string_view;

constexpr View digit_names[] = {U"zero", U"one", U"two",   U"three", U"four",
                                U"five", U"six", U"seven", U"eight", U"nine"};
struct Short {
  View written, said;
};
constexpr Short shorts[] = {{U"e.g.", U"for example"}, {U"i.e.", U"that is"},  {U"etc.", U"and so on"},
                            {U"Mr.", U"Mister"},       {U"Mrs.", U"Missis"},   {U"Dr.", U"Doctor"},
                            {U"approx.", U"about"},    {U"vs.", U"versus"},    {U"No.", U"number"}};

std::u32string by_digit(View groups) {
  std::u32string out;
  for (const char32_t c : groups) {
    if (c == U'+') {
      out += U"plus";
    } else if (c == U' ') {
      out += U",";
    } else {
      if (!out.empty()) out += U" ";
      out += digit_names[c - U'0'];
    }
  }
  return out;
}

// "$25.50", "$1,200": the length taken.
std::size_t dollars(View text, std::u32string& out) {
  std::size_t at = 1;
  while (at < text.size() && (is_digit(text[at]) || (text[at] == U',' && at + 1 < text.size() && is_digit(text[at + 1])))) ++at;
  if (at == 1) return 0;
  const View whole = text.substr(1, at - 1);
  out += std::u32string(whole) + (whole == U"1" ? U" dollar" : U" dollars");
  if (at + 2 < text.size() && text[at] == U'.' && is_digit(text[at + 1]) && is_digit(text[at + 2])) {
    const View cents = text.substr(at + 1, 2);
    if (cents != U"00") out += U" and " + std::u32string(cents[0] == U'0' ? cents.substr(1) : cents) + U" cents";
    at += 3;
  }
  return at;
}

std::size_t sign(View text, char32_t before, std::u32string& out) {
  switch (text[0]) {
    case U'%': return out += U" percent", 1;
    case U'&': return out += U" and ", 1;
    case U'$': return dollars(text, out);
    case U'#':
      if (text.size() > 1 && is_digit(text[1])) return out += U"number ", 1;
      return 1;
    case U'~':
    case 0x2013:
      if (text.size() > 1 && is_digit(before) && is_digit(text[1])) return out += U" to ", 1;
      return 0;
    default: return 0;
  }
}

std::size_t shortened(View text, std::u32string& out) {
  for (const Short& s : shorts) {
    if (text.substr(0, s.written.size()) != s.written) continue;
    out += s.said;
    return s.written.size();
  }
  return 0;
}

}  // namespace

std::u32string english_numbers(std::u32string_view text) {
  return rewritten(text, [](char32_t before, View rest, bool fresh, std::u32string& out) -> std::size_t {
    if (const std::size_t taken = sign(rest, before, out)) return taken;
    if (fresh) {
      const DigitRun run = digit_run(rest);
      if (read_digit_by_digit(run, rest.substr(run.length))) return out += by_digit(run.digits), run.length;
    }
    return !is_latin(before) && is_latin(rest[0]) ? shortened(rest, out) : 0;
  });
}

}  // namespace daedap::speech
