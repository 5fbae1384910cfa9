#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace daedap::base {

/// Code points of `text`; each byte that is not valid UTF-8 becomes U+FFFD. spec  RFC 3629
std::u32string to_utf32(std::string_view text);
std::string to_utf8(std::u32string_view text);
/// Number of code points.
std::size_t utf8_length(std::string_view text);
/// `text` with every invalid byte replaced by U+FFFD; JSON and SQLite are only given this.
std::string valid_utf8(std::string_view text);
/// At most `bytes` bytes of `text`, never cutting a character.
std::string_view utf8_prefix(std::string_view text, std::size_t bytes);
/// The same from the end.
std::string_view utf8_suffix(std::string_view text, std::size_t bytes);

}  // namespace daedap::base
