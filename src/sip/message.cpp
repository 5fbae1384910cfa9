#include "sip/message.hpp"

#include <algorithm>

#include "sip/grammar.hpp"

namespace daedap::sip {
namespace {

/// Appends the elements of a comma list; commas inside quotes and <> do not count. Empty elements
/// are left out. One pass.
void split_list(std::string_view value, std::vector<std::string_view>& out) {
  const auto push = [&out](std::string_view element) {
    element = trim(element);
    if (!element.empty()) out.push_back(element);
  };
  std::size_t from = 0;
  bool quoted = false;
  bool angle = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (angle) {
      if (c == '>') angle = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '<') {
      angle = true;
    } else if (c == ',') {
      push(value.substr(from, i - from));
      from = i + 1;
    }
  }
  push(value.substr(std::min(from, value.size())));
}

/// A value that came from outside (a display name, an operator's text) never ends its line.
void append_line_safe(std::string& out, std::string_view text) {
  for (;;) {
    const auto cut = text.find_first_of("\r\n");
    out += text.substr(0, cut);
    if (cut == std::string_view::npos) return;
    out += ' ';
    text.remove_prefix(cut + 1);
  }
}

}  // namespace

std::optional<std::string_view> Message::header(std::string_view name) const {
  for (const Header& h : headers) {
    if (same_word(h.name, name)) return std::string_view(h.value);
  }
  return std::nullopt;
}

std::vector<std::string_view> Message::all(std::string_view name) const {
  std::vector<std::string_view> out;
  const bool list = is_list_header(name);
  for (const Header& h : headers) {
    if (!same_word(h.name, name)) continue;
    if (list) {
      split_list(h.value, out);
    } else {
      out.push_back(h.value);
    }
  }
  return out;
}

void Message::add(std::string_view name, std::string value) {
  headers.push_back({std::string(canonical_name(name)), std::move(value)});
}

void Message::set(std::string_view name, std::string value) {
  const auto named = [name](const Header& h) { return same_word(h.name, name); };
  const auto first = std::find_if(headers.begin(), headers.end(), named);
  if (first == headers.end()) return add(name, std::move(value));
  first->value = std::move(value);
  headers.erase(std::remove_if(first + 1, headers.end(), named), headers.end());
}

void Message::remove(std::string_view name) {
  std::erase_if(headers, [name](const Header& h) { return same_word(h.name, name); });
}

std::string Message::write() const {
  std::size_t size = 64 + method.size() + request_uri.size() + reason.size() + body.size();
  for (const Header& h : headers) size += h.name.size() + h.value.size() + 4;
  std::string out;
  out.reserve(size);
  if (is_request()) {
    append_line_safe(out, method);
    out += ' ';
    append_line_safe(out, request_uri);
    out += " SIP/2.0\r\n";
  } else {
    out += "SIP/2.0 " + std::to_string(status) + ' ';
    append_line_safe(out, reason);
    out += "\r\n";
  }
  for (const Header& h : headers) {
    if (same_word(h.name, "Content-Length")) continue;
    append_line_safe(out, h.name);
    out += ": ";
    append_line_safe(out, h.value);
    out += "\r\n";
  }
  out += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  return out += body;
}

}  // namespace daedap::sip
