#include "sip/uri.hpp"

#include <algorithm>
#include <array>

namespace daedap::sip {
namespace {

using base::Code;

constexpr std::string_view mark = "-_.!~*'()";
constexpr std::string_view user_extra = "&=+$,;?/";
constexpr std::string_view password_extra = "&=+$,";
constexpr std::string_view param_extra = "[]/:&+$";
constexpr std::string_view header_extra = "[]/?:+$";

bool is_plain(char c, std::string_view extra) {
  return is_alnum(c) || mark.find(c) != std::string_view::npos ||
         extra.find(c) != std::string_view::npos;
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Checks the characters and undoes %XX. Bytes over 0x7f pass: UTF-8 that somebody forgot to escape.
base::Result<std::string> unescape(std::string_view text, std::string_view extra) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      if (!is_plain(text[i], extra) && static_cast<unsigned char>(text[i]) < 0x80) {
        return base::fail(Code::bad_syntax, "character not allowed in a URI");
      }
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) return base::fail(Code::bad_syntax, "half an escape in a URI");
    if (high == 0 && low == 0) return base::fail(Code::bad_syntax, "%00 in a URI");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

void append_escaped(std::string& out, std::string_view text, std::string_view extra) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (char c : text) {
    if (is_plain(c, extra)) {
      out += c;
    } else {
      const auto u = static_cast<unsigned char>(c);
      out += {'%', digits[u >> 4], digits[u & 15]};
    }
  }
}

/// `a=b<separator>c` without its leading character.
base::Result<Params> parse_pairs(std::string_view text, char separator, std::string_view extra) {
  Params pairs;
  for (;;) {
    const auto end = text.find(separator);
    const auto pair = text.substr(0, end);
    const auto eq = pair.find('=');
    auto name = unescape(pair.substr(0, eq), extra);
    if (!name) return tl::unexpected(std::move(name.error()));
    if (name->empty()) return base::fail(Code::bad_syntax, "URI parameter without name");
    if (pairs.list().size() >= Params::max_count) {
      return base::fail(Code::too_large, "URI parameters");
    }
    std::optional<std::string> value;
    if (eq != std::string_view::npos) {
      auto unescaped = unescape(pair.substr(eq + 1), extra);
      if (!unescaped) return tl::unexpected(std::move(unescaped.error()));
      value = std::move(*unescaped);
    }
    pairs.add(*name, std::move(value));
    if (end == std::string_view::npos) return pairs;
    text.remove_prefix(end + 1);
  }
}

void append_pairs(std::string& out, const Params& pairs, std::string_view separators,
                  std::string_view extra) {
  bool first = true;
  for (const Param& p : pairs.list()) {
    out += first ? separators[0] : separators[1];
    first = false;
    append_escaped(out, p.name, extra);
    if (!p.value) continue;
    out += '=';
    append_escaped(out, *p.value, extra);
  }
}

base::Result<void> parse_user_info(std::string_view text, Uri& uri) {
  const auto colon = text.find(':');
  auto user = unescape(text.substr(0, colon), user_extra);
  if (!user) return tl::unexpected(std::move(user.error()));
  if (user->empty()) return base::fail(Code::bad_syntax, "empty user in a URI");
  uri.user = std::move(*user);
  if (colon == std::string_view::npos) return {};
  auto password = unescape(text.substr(colon + 1), password_extra);
  if (!password) return tl::unexpected(std::move(password.error()));
  uri.password = std::move(*password);
  return {};
}

base::Result<void> parse_host_port(std::string_view text, Uri& uri) {
  Scanner in(text);
  uri.host = lower(in.take_host());
  if (uri.host.empty()) return base::fail(Code::bad_syntax, "host of a URI");
  if (in.at_end()) return {};
  const auto rest = in.rest();
  const auto port = rest[0] == ':' ? parse_number(rest.substr(1), 65'535) : std::nullopt;
  if (!port) return base::fail(Code::bad_syntax, "port of a URI");
  uri.port = static_cast<std::uint16_t>(*port);
  return {};
}

/// [user[:password]@]host[:port][;params][?headers]
base::Result<void> parse_sip(std::string_view text, Uri& uri) {
  const auto at = text.find('@');
  if (at != std::string_view::npos) {
    if (auto ok = parse_user_info(text.substr(0, at), uri); !ok) return ok;
    text.remove_prefix(at + 1);
  }
  const auto question = text.find('?');
  const auto before = text.substr(0, question);
  const auto semicolon = before.find(';');
  if (auto ok = parse_host_port(before.substr(0, semicolon), uri); !ok) return ok;
  if (semicolon != std::string_view::npos) {
    auto params = parse_pairs(before.substr(semicolon + 1), ';', param_extra);
    if (!params) return tl::unexpected(std::move(params.error()));
    uri.params = std::move(*params);
  }
  if (question != std::string_view::npos) {
    auto headers = parse_pairs(text.substr(question + 1), '&', header_extra);
    if (!headers) return tl::unexpected(std::move(headers.error()));
    uri.headers = std::move(*headers);
  }
  return {};
}

/// Visual separators of a telephone number. spec  RFC 3966 §5.1.1
bool is_separator(char c) { return c == '-' || c == '.' || c == '(' || c == ')'; }

/// "+" or hexadecimal digits, "*", "#" with visual separators.
base::Result<void> parse_tel(std::string_view text, Uri& uri) {
  const auto semicolon = text.find(';');
  uri.user = text.substr(0, semicolon);
  bool any = false;
  for (std::size_t i = 0; i < uri.user.size(); ++i) {
    const char c = uri.user[i];
    const bool counts = hex_value(c) >= 0 || c == '*' || c == '#';
    any |= counts;
    const bool fits = counts || (c == '+' && i == 0) || is_separator(c);
    if (!fits) return base::fail(Code::bad_syntax, "tel number");
  }
  if (!any) return base::fail(Code::bad_syntax, "tel number");
  if (semicolon == std::string_view::npos) return {};
  auto params = parse_pairs(text.substr(semicolon + 1), ';', param_extra);
  if (!params) return tl::unexpected(std::move(params.error()));
  uri.params = std::move(*params);
  return {};
}

base::Result<void> parse_opaque(std::string_view text, Uri& uri) {
  const auto bad = [](char c) {
    return is_control(c) || std::string_view(" \t<>\"").find(c) != std::string_view::npos;
  };
  if (text.empty() || std::any_of(text.begin(), text.end(), bad)) {
    return base::fail(Code::bad_syntax, "URI");
  }
  uri.opaque = text;
  return {};
}

bool is_scheme(std::string_view text) {
  const auto fits = [](char c) { return is_alnum(c) || c == '+' || c == '-' || c == '.'; };
  return !text.empty() && text.size() <= 64 && is_alpha(text[0]) &&
         std::all_of(text.begin(), text.end(), fits);
}

std::string without_separators(std::string_view number) {
  std::string out;
  for (char c : number) {
    if (!is_separator(c)) out += c;
  }
  return lower(out);
}

/// These count also when only one side has them. spec  RFC 3261 §19.1.4
constexpr std::array<std::string_view, 4> decisive{"user", "ttl", "method", "maddr"};

bool params_match(const Params& a, const Params& b) {
  for (const Param& p : a.list()) {
    const Param* other = b.find(p.name);
    const bool must = std::any_of(decisive.begin(), decisive.end(),
                                  [&p](std::string_view d) { return same_word(d, p.name); });
    if (!other && must) return false;
    if (other && !same_word(p.value.value_or(""), other->value.value_or(""))) return false;
  }
  return true;
}

bool headers_match(const Params& a, const Params& b) {
  if (a.list().size() != b.list().size()) return false;
  return std::all_of(a.list().begin(), a.list().end(), [&b](const Param& p) {
    const Param* other = b.find(p.name);
    return other && other->value == p.value;
  });
}

}  // namespace

base::Result<Uri> Uri::parse(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || !is_scheme(text.substr(0, colon))) {
    return base::fail(Code::bad_syntax, "URI scheme");
  }
  Uri uri;
  uri.scheme = lower(text.substr(0, colon));
  text.remove_prefix(colon + 1);
  const auto ok = uri.is_sip()   ? parse_sip(text, uri)
                  : uri.is_tel() ? parse_tel(text, uri)
                                 : parse_opaque(text, uri);
  if (!ok) return tl::unexpected(ok.error());
  return uri;
}

std::string Uri::write() const {
  std::string out = scheme + ':';
  if (!is_sip() && !is_tel()) return out += opaque;
  if (is_tel()) {
    out += user;
  } else {
    if (!user.empty()) {
      append_escaped(out, user, user_extra);
      if (!password.empty()) append_escaped(out += ':', password, password_extra);
      out += '@';
    }
    const bool v6 = host.find(':') != std::string::npos;
    out += v6 ? '[' + host + ']' : host;
    if (port) out += ':' + std::to_string(*port);
  }
  append_pairs(out, params, ";;", param_extra);
  append_pairs(out, headers, "?&", header_extra);
  return out;
}

bool Uri::matches(const Uri& other) const {
  if (scheme != other.scheme) return false;
  if (is_tel()) {
    const auto context = [](const Uri& u) { return u.params.value("phone-context").value_or(""); };
    return without_separators(user) == without_separators(other.user) &&
           same_word(context(*this), context(other));
  }
  if (!is_sip()) return opaque == other.opaque;
  return user == other.user && password == other.password && host == other.host &&
         port == other.port &&
         (params == other.params ||  // also when a name stands twice
          (params_match(params, other.params) && params_match(other.params, params))) &&
         (headers == other.headers || headers_match(headers, other.headers));
}

}  // namespace daedap::sip
