#include <algorithm>

#include "sip/endpoint.hpp"
#include "sip/grammar.hpp"

namespace daedap::sip {
namespace {

constexpr std::size_t reach = 8'192;

/// The value at the front of `text`: behind spaces and folds, up to the end of its line.
std::string_view first_line_of_value(std::string_view text) {
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    if (!text.starts_with("\r\n ") && !text.starts_with("\r\n\t")) break;
    text.remove_prefix(3);
  }
  const auto end = text.find("\r\n");
  return end == std::string_view::npos ? std::string_view{} : trim(text.substr(0, end));
}

}  // namespace

std::string_view peek_call_id(std::string_view bytes) {
  bytes = bytes.substr(0, reach);
  while (bytes.starts_with("\r\n")) bytes.remove_prefix(2);
  for (;;) {
    const auto end = bytes.find("\r\n");
    if (end == std::string_view::npos) return {};
    bytes.remove_prefix(end + 2);
    if (bytes.empty() || bytes.starts_with("\r\n")) return {};
    // Only names that can be Call-ID are looked at closely.
    const char c = bytes.front();
    if (c != 'C' && c != 'c' && c != 'I' && c != 'i') continue;
    const auto colon = bytes.substr(0, 64).find(':');
    if (colon == std::string_view::npos) continue;
    const auto name = trim(bytes.substr(0, colon));
    if (same_word(name, "Call-ID") || same_word(name, "i")) {
      return first_line_of_value(bytes.substr(colon + 1));
    }
  }
}

}  // namespace daedap::sip
