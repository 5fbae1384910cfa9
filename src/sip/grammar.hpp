#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daedap::sip {

// ---- characters and words of RFC 3261 §25.1 ------------------------------------------------------

bool is_digit(char c);
bool is_alpha(char c);
bool is_alnum(char c);
/// token = 1*(alphanum / "-" / "." / "!" / "%" / "*" / "_" / "+" / "`" / "'" / "~")
bool is_token_char(char c);
bool is_token(std::string_view text);
/// callid = word [ "@" word ]
bool is_call_id(std::string_view text);
/// A control character that no header value may hold outside a quoted-pair (all but HTAB).
bool is_control(char c);

/// Equal without regard to the case of ASCII letters.
bool same_word(std::string_view a, std::string_view b);
std::string lower(std::string_view text);
/// Without spaces and tabs at both ends.
std::string_view trim(std::string_view text);
/// Decimal digits only, at most `max`; nullopt when empty, signed, or too big for `max`.
std::optional<std::uint64_t> parse_number(std::string_view digits, std::uint64_t max);

/// `"a \"b\""` -> `a "b"`. Text without quotes comes back as it is.
std::string unquote(std::string_view quoted);
/// `a "b"` -> `"a \"b\""`.
std::string quote(std::string_view text);

// ---- header names --------------------------------------------------------------------------------

/// "v" and "VIA" -> "Via"; a name we do not know comes back as it is. spec  RFC 3261 §7.3.3, §20
std::string_view canonical_name(std::string_view name);
/// Whether the header's values may be joined by commas. spec  RFC 3261 §7.3.1
bool is_list_header(std::string_view name);

// ---- a cursor ------------------------------------------------------------------------------------

/// Reads one unfolded header value from left to right; never goes back. `text` must outlive it.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  void skip_space();
  /// Takes `c` with spaces and tabs around it; false (and only spaces taken) when it is not next.
  bool take(char c);
  /// The longest token here, perhaps empty.
  std::string_view take_token();
  /// A quoted-string with its quotes; empty when there is none or it does not end.
  std::string_view take_quoted();
  /// Everything up to one of `stops` or the end.
  std::string_view take_until(std::string_view stops);
  /// "example.com", "192.0.2.1" or "[2001:db8::1]" (brackets dropped); empty when there is none.
  std::string_view take_host();

  bool at_end() const { return pos_ >= text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[pos_]; }
  std::string_view rest() const { return text_.substr(pos_); }

 private:
  std::string_view text_;
  std::size_t pos_ = 0;
};

}  // namespace daedap::sip
