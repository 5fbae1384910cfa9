#include "sip/name_addr.hpp"

#include <algorithm>

namespace daedap::sip {
namespace {

using base::Code;

bool is_space(char c) { return c == ' ' || c == '\t'; }

/// *( token LWS ), or a quoted-string; stops before "<". UTF-8 outside quotes is let through: many
/// telephones send Korean names so.
base::Result<std::string> parse_display(Scanner& in) {
  if (in.peek() == '"') {
    const auto quoted = in.take_quoted();
    if (quoted.empty()) return base::fail(Code::bad_syntax, "display name does not end");
    in.skip_space();
    return unquote(quoted);
  }
  const auto words = trim(in.take_until("<"));
  const auto fits = [](char c) {
    return is_token_char(c) || is_space(c) || static_cast<unsigned char>(c) >= 0x80;
  };
  if (!std::all_of(words.begin(), words.end(), fits)) {
    return base::fail(Code::bad_syntax, "display name needs quotes");
  }
  return std::string(words);
}

/// `Display <uri>`
base::Result<void> parse_bracketed(Scanner& in, NameAddr& out) {
  auto display = parse_display(in);
  if (!display) return tl::unexpected(std::move(display.error()));
  out.display = std::move(*display);
  if (in.peek() != '<') return base::fail(Code::bad_syntax, "no < after the display name");
  const auto text = in.take_until(">").substr(1);
  if (in.at_end()) return base::fail(Code::bad_syntax, "no > after the URI");
  in.take('>');
  auto uri = Uri::parse(text);
  if (!uri) return tl::unexpected(std::move(uri.error()));
  out.uri = std::move(*uri);
  return {};
}

/// `uri;params`: what follows the first ";" belongs to the header. spec  RFC 3261 §20
base::Result<void> parse_bare(Scanner& in, NameAddr& out) {
  const auto text = trim(in.take_until(";"));
  if (text.find_first_of("?, \t") != std::string_view::npos) {
    return base::fail(Code::bad_syntax, "URI needs <>");
  }
  auto uri = Uri::parse(text);
  if (!uri) return tl::unexpected(std::move(uri.error()));
  out.uri = std::move(*uri);
  return {};
}

}  // namespace

base::Result<NameAddr> NameAddr::parse(std::string_view value) {
  value = trim(value);
  NameAddr out;
  if (value == "*") {
    out.star = true;
    return out;
  }
  Scanner in(value);
  // A "<" behind the first ";" is none of ours (`sip:a@b;x="<"`).
  const auto mark = value.find_first_of("\"<;");
  const bool bracketed = mark != std::string_view::npos && value[mark] != ';';
  auto ok = bracketed ? parse_bracketed(in, out) : parse_bare(in, out);
  if (!ok) return tl::unexpected(std::move(ok.error()));
  auto params = Params::parse(in);
  if (!params) return tl::unexpected(std::move(params.error()));
  out.params = std::move(*params);
  in.skip_space();
  if (!in.at_end()) return base::fail(Code::bad_syntax, "text after the address");
  return out;
}

std::string NameAddr::write() const {
  if (star) return "*";
  std::string out;
  if (!display.empty()) out = quote(display) + ' ';
  out += '<';
  out += uri.write();
  out += '>';
  return out += params.write();
}

}  // namespace daedap::sip
