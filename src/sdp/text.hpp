#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace daedap::sdp {

/// Takes the text before the next `separator` off the front of `rest`, and the separator.
inline std::string_view take(std::string_view& rest, char separator) {
  const std::string_view part = rest.substr(0, rest.find(separator));
  rest.remove_prefix(part.size() < rest.size() ? part.size() + 1 : part.size());
  return part;
}

/// All of `text` as a decimal number without sign.
template <typename T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (text.empty() || text.front() == '-') return std::nullopt;
  return value;
}

/// ASCII comparison without case.
bool same_word(std::string_view a, std::string_view b);

/// A token of RFC 8866 §9, not empty.
bool is_token(std::string_view text);

}  // namespace daedap::sdp
