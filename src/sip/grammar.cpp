#include "sip/grammar.hpp"

#include <algorithm>
#include <array>

namespace daedap::sip {
namespace {

enum Class : std::uint8_t { digit = 1, alpha = 2, token = 4, word = 8 };

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[c] = digit | token | word;
  for (int c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = alpha | token | word;
  for (unsigned char c : std::string_view("-.!%*_+`'~")) table[c] |= token | word;
  for (unsigned char c : std::string_view("()<>:\\\"/[]?{}")) table[c] |= word;
  return table;
}
constexpr auto classes = make_classes();

bool is(char c, int mask) { return (classes[static_cast<unsigned char>(c)] & mask) != 0; }

bool is_blank(char c) { return c == ' ' || c == '\t'; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

struct Name {
  std::string_view text;
  char compact = 0;
  bool list = false;
};

constexpr Name names[] = {
    {"Via", 'v', true}, {"From", 'f'}, {"To", 't'}, {"Call-ID", 'i'}, {"CSeq"}, {"Max-Forwards"},
    {"Contact", 'm', true}, {"Content-Length", 'l'}, {"Content-Type", 'c'}, {"Route", 0, true},
    {"Record-Route", 0, true}, {"Allow", 0, true}, {"Supported", 'k', true}, {"User-Agent"},
    {"Require", 0, true}, {"Proxy-Require", 0, true}, {"Unsupported", 0, true},
    {"Accept", 0, true}, {"Accept-Contact", 'a', true}, {"Accept-Encoding", 0, true},
    {"Accept-Language", 0, true}, {"Alert-Info", 0, true}, {"Allow-Events", 'u', true},
    {"Authentication-Info"}, {"Authorization"}, {"Call-Info", 0, true}, {"Content-Disposition"},
    {"Content-Encoding", 'e', true}, {"Content-Language", 0, true}, {"Date"},
    {"Diversion", 0, true}, {"Error-Info", 0, true}, {"Event", 'o'}, {"Expires"},
    {"History-Info", 0, true}, {"Identity", 'y'}, {"In-Reply-To", 0, true}, {"MIME-Version"},
    {"Min-Expires"}, {"Min-SE"}, {"Organization"}, {"P-Asserted-Identity", 0, true},
    {"P-Preferred-Identity", 0, true}, {"Path", 0, true}, {"Priority"}, {"Privacy"},
    {"Proxy-Authenticate"}, {"Proxy-Authorization"}, {"RAck"}, {"RSeq"}, {"Reason", 0, true},
    {"Refer-To", 'r'}, {"Referred-By", 'b'}, {"Reject-Contact", 'j', true}, {"Replaces"},
    {"Reply-To"}, {"Request-Disposition", 'd', true}, {"Retry-After"}, {"SIP-ETag"},
    {"SIP-If-Match"}, {"Server"}, {"Service-Route", 0, true}, {"Session-Expires", 'x'},
    {"Subject", 's'}, {"Subscription-State"}, {"Timestamp"}, {"WWW-Authenticate"},
    {"Warning", 0, true}};

const Name* find_name(std::string_view text) {
  if (text.size() == 1) {
    const char c = lower(text[0]);
    const auto* it = std::find_if(std::begin(names), std::end(names),
                                  [c](const Name& n) { return n.compact == c; });
    return it == std::end(names) ? nullptr : it;
  }
  const auto* it = std::find_if(std::begin(names), std::end(names),
                                [text](const Name& n) { return same_word(n.text, text); });
  return it == std::end(names) ? nullptr : it;
}

}  // namespace

bool is_digit(char c) { return is(c, digit); }
bool is_alpha(char c) { return is(c, alpha); }
bool is_alnum(char c) { return is(c, digit | alpha); }
bool is_token_char(char c) { return is(c, token); }

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool is_call_id(std::string_view text) {
  const auto is_word = [](std::string_view w) {
    return !w.empty() && std::all_of(w.begin(), w.end(), [](char c) { return is(c, word); });
  };
  const auto at = text.find('@');
  if (at == std::string_view::npos) return is_word(text);
  return is_word(text.substr(0, at)) && is_word(text.substr(at + 1));
}

bool is_control(char c) {
  const auto u = static_cast<unsigned char>(c);
  return (u < 0x20 && u != '\t') || u == 0x7f;
}

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return x == y || lower(x) == lower(y);
         });
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<std::uint64_t> parse_number(std::string_view digits, std::uint64_t max) {
  if (digits.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (char c : digits) {
    if (!is_digit(c)) return std::nullopt;
    const auto d = static_cast<std::uint64_t>(c - '0');
    if (d > max || value > (max - d) / 10) return std::nullopt;
    value = value * 10 + d;
  }
  return value;
}

std::string unquote(std::string_view quoted) {
  if (quoted.size() < 2 || quoted.front() != '"' || quoted.back() != '"') {
    return std::string(quoted);
  }
  quoted = quoted.substr(1, quoted.size() - 2);
  std::string out;
  out.reserve(quoted.size());
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    if (quoted[i] == '\\' && i + 1 < quoted.size()) ++i;
    out += quoted[i];
  }
  return out;
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '\r' || c == '\n') c = ' ';  // has no form inside a quoted-pair
    if (c == '"' || c == '\\' || is_control(c)) out += '\\';
    out += c;
  }
  return out += '"';
}

std::string_view canonical_name(std::string_view name) {
  const Name* known = find_name(name);
  return known ? known->text : name;
}

bool is_list_header(std::string_view name) {
  const Name* known = find_name(name);
  return known && known->list;
}

void Scanner::skip_space() {
  while (!at_end() && is_blank(text_[pos_])) ++pos_;
}

bool Scanner::take(char c) {
  skip_space();
  if (peek() != c || at_end()) return false;
  ++pos_;
  skip_space();
  return true;
}

std::string_view Scanner::take_token() {
  const std::size_t from = pos_;
  while (!at_end() && is_token_char(text_[pos_])) ++pos_;
  return text_.substr(from, pos_ - from);
}

std::string_view Scanner::take_quoted() {
  if (peek() != '"') return {};
  for (std::size_t i = pos_ + 1; i < text_.size(); ++i) {
    if (text_[i] == '\\') {
      ++i;
    } else if (text_[i] == '"') {
      const auto found = text_.substr(pos_, i + 1 - pos_);
      pos_ = i + 1;
      return found;
    }
  }
  return {};
}

std::string_view Scanner::take_until(std::string_view stops) {
  const std::size_t from = pos_;
  pos_ = std::min(text_.find_first_of(stops, pos_), text_.size());
  return text_.substr(from, pos_ - from);
}

std::string_view Scanner::take_host() {
  const std::size_t from = pos_;
  if (peek() == '[') {
    const auto close = text_.find_first_not_of("0123456789abcdefABCDEF:.", pos_ + 1);
    if (close == std::string_view::npos || text_[close] != ']') return {};
    const auto inside = text_.substr(from + 1, close - from - 1);
    if (inside.size() > 45 || std::count(inside.begin(), inside.end(), ':') < 2) return {};
    pos_ = close + 1;
    return inside;
  }
  // "_" is no host character by the grammar, but names of machines are full of it.
  while (!at_end() && (is_alnum(peek()) || peek() == '-' || peek() == '.' || peek() == '_')) ++pos_;
  const auto host = text_.substr(from, pos_ - from);
  const bool bad_front = host.starts_with('.') || host.starts_with('-');
  return bad_front || host.size() > 255 ? std::string_view{} : host;
}

}  // namespace daedap::sip
