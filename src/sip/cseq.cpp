#include "sip/cseq.hpp"

#include <limits>

#include "sip/grammar.hpp"
#include "sip/params.hpp"

namespace daedap::sip {
namespace {

constexpr std::uint64_t u32_max = std::numeric_limits<std::uint32_t>::max();

/// The comment of Retry-After; parentheses may be nested, quoted-pairs skip one character.
bool skip_comment(Scanner& in) {
  int depth = 0;
  std::string_view text = in.rest();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '(') {
      ++depth;
    } else if (text[i] == ')' && --depth == 0) {
      in = Scanner(text.substr(i + 1));
      return true;
    }
  }
  return false;
}

}  // namespace

base::Result<CSeq> CSeq::parse(std::string_view value) {
  value = trim(value);
  const auto gap = value.find_first_of(" \t");
  if (gap == std::string_view::npos) return base::fail(base::Code::bad_syntax, "CSeq without method");
  const auto number = parse_number(value.substr(0, gap), u32_max);
  if (!number) return base::fail(base::Code::bad_syntax, "CSeq number");
  const auto method = trim(value.substr(gap));
  if (!is_token(method)) return base::fail(base::Code::bad_syntax, "CSeq method");
  return CSeq{static_cast<std::uint32_t>(*number), std::string(method)};
}

std::string CSeq::write() const { return std::to_string(number) + ' ' + method; }

base::Result<int> parse_max_forwards(std::string_view value) {
  const auto hops = parse_number(trim(value), 255);
  if (!hops) return base::fail(base::Code::bad_syntax, "Max-Forwards");
  return static_cast<int>(*hops);
}

base::Result<std::uint32_t> parse_expires(std::string_view value) {
  const auto seconds = parse_number(trim(value), u32_max);
  if (!seconds) return base::fail(base::Code::bad_syntax, "Expires");
  return static_cast<std::uint32_t>(*seconds);
}

base::Result<std::uint32_t> parse_retry_after(std::string_view value) {
  Scanner in(trim(value));
  const auto seconds = parse_number(in.take_token(), u32_max);
  if (!seconds) return base::fail(base::Code::bad_syntax, "Retry-After");
  in.skip_space();
  if (in.peek() == '(' && !skip_comment(in)) {
    return base::fail(base::Code::bad_syntax, "Retry-After comment does not end");
  }
  if (!Params::parse(in) || !in.at_end()) return base::fail(base::Code::bad_syntax, "Retry-After");
  return static_cast<std::uint32_t>(*seconds);
}

}  // namespace daedap::sip
