#include "net/http_message.hpp"

#include <algorithm>
#include <charconv>

namespace daedap::net {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool leaves_the_root(std::string_view path) {
  return path == "/.." || path.find("/../") != path.npos || path.ends_with("/..");
}

bool read_query(std::string_view query, std::map<std::string, std::string>& out) {
  while (!query.empty()) {
    const std::size_t amp = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, amp);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto key = percent_decoded(pair.substr(0, equals), true);
    const auto value = percent_decoded(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!key || !value) return false;
    if (!key->empty()) out[*key] = *value;
    query.remove_prefix(std::min(amp + 1, query.size()));
  }
  return true;
}

}  // namespace

std::string_view HttpRequest::header(std::string_view lower_name) const {
  const auto found = headers.find(std::string(lower_name));
  return found == headers.end() ? std::string_view{} : found->second;
}

std::string_view HttpRequest::cookie(std::string_view cookie_name) const {
  std::string_view rest = header("cookie");
  while (!rest.empty()) {
    const std::size_t semicolon = std::min(rest.find(';'), rest.size());
    std::string_view pair = rest.substr(0, semicolon);
    rest.remove_prefix(std::min(semicolon + 1, rest.size()));
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    if (pair.starts_with(cookie_name) && pair.substr(cookie_name.size()).starts_with('='))
      return pair.substr(cookie_name.size() + 1);
  }
  return {};
}

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

bool split_target(HttpRequest& request) {
  std::string_view target = request.target;
  if (!target.starts_with('/')) return false;
  target = target.substr(0, target.find('#'));
  const std::size_t mark = std::min(target.find('?'), target.size());
  const auto path = percent_decoded(target.substr(0, mark), false);
  if (!path || path->find('\0') != path->npos || leaves_the_root(*path)) return false;
  request.path = *path;
  return mark == target.size() || read_query(target.substr(mark + 1), request.query);
}

RangeAnswer byte_range(std::string_view header, std::uint64_t size, ByteRange& out) {
  out = {0, size};
  if (!header.starts_with("bytes=") || header.find(',') != header.npos) return RangeAnswer::whole;
  header.remove_prefix(6);
  const std::size_t dash = header.find('-');
  if (dash == header.npos) return RangeAnswer::whole;
  const auto first = number(header.substr(0, dash));
  const auto last = number(header.substr(dash + 1));
  if (dash == 0) {  // the last N bytes
    if (!last) return RangeAnswer::whole;
    if (*last == 0 || size == 0) return RangeAnswer::unsatisfiable;
    const std::uint64_t length = std::min(*last, size);
    out = {size - length, length};
    return RangeAnswer::part;
  }
  const bool open_ended = dash + 1 == header.size();
  if (!first || (!last && !open_ended) || (last && *last < *first)) return RangeAnswer::whole;
  if (*first >= size) return RangeAnswer::unsatisfiable;
  const std::uint64_t end = open_ended ? size : std::min(*last, size - 1) + 1;
  out = {*first, end - *first};
  return RangeAnswer::part;
}

}  // namespace daedap::net
