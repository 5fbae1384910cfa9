#include <algorithm>

#include "sip/grammar.hpp"
#include "sip/message.hpp"
#include "sip/validate.hpp"

namespace daedap::sip {
namespace {

using base::Code;
using Status = base::Result<void>;

constexpr std::uint64_t max_content_length = 1'000'000'000;

/// Reads one message from front to back. `lenient` steps over header lines that break the grammar
/// and lets the body go: for finding the way back of an answer to a broken request.
class Reader {
 public:
  Reader(std::string_view bytes, const Limits& limits, bool lenient)
      : rest_(bytes), limits_(limits), lenient_(lenient) {}

  base::Result<Message> read();
  /// The first trouble that `lenient` stepped over.
  const std::optional<base::Error>& trouble() const { return trouble_; }

 private:
  Status read_start_line();
  Status read_status_line(std::string_view line);
  Status read_request_line(std::string_view line);
  Status read_request_line_leniently(std::string_view line, Status trouble);
  Status read_headers();
  Status read_header();
  Status read_value(Header& header);
  Status note_content_length(std::string_view value);
  Status read_body();
  base::Result<std::string_view> take_line();

  // given
  std::string_view rest_;
  const Limits& limits_;
  bool lenient_;
  // state
  Message message_;
  std::optional<std::uint64_t> content_length_;
  std::optional<base::Error> trouble_;
};

/// A header value is text of any encoding; control characters stand only in quoted-pairs
/// (RFC 4475 §3.1.1.2).
bool is_clean_value(std::string_view value) {
  bool escaped = false;
  for (char c : value) {
    if (is_control(c) && (!escaped || c == '\r' || c == '\n')) return false;
    escaped = c == '\\' && !escaped;
  }
  return true;
}

bool is_version(std::string_view text) {
  return text.size() == 7 && same_word(text.substr(0, 4), "SIP/") && is_digit(text[4]) &&
         text[5] == '.' && is_digit(text[6]);
}

/// Up to the next CRLF, which is taken too; looks no further than a line may be long.
base::Result<std::string_view> Reader::take_line() {
  const auto end = rest_.substr(0, limits_.line + 2).find("\r\n");
  if (end == std::string_view::npos) {
    if (rest_.size() > limits_.line) return base::fail(Code::too_large, "line");
    return base::fail(Code::bad_syntax, "line does not end");
  }
  const auto line = rest_.substr(0, end);
  rest_.remove_prefix(end + 2);
  return line;
}

Status Reader::read_status_line(std::string_view line) {
  // "SIP/2.0 200 OK"; the space before an empty reason is often forgotten.
  const auto version = line.substr(0, line.find(' '));
  if (!is_version(version)) return base::fail(Code::bad_syntax, "status line");
  if (version.substr(4) != "2.0") return base::fail(Code::unsupported, "not SIP/2.0");
  const auto rest = line.substr(std::min(version.size() + 1, line.size()));
  const auto digits = rest.substr(0, rest.find(' '));
  const auto code = parse_number(digits, 699);
  if (!code || *code < 100 || digits.size() != 3) return base::fail(Code::bad_syntax, "status code");
  message_.status = static_cast<int>(*code);
  message_.reason = rest.size() > 4 ? rest.substr(4) : std::string_view{};
  if (!is_clean_value(message_.reason)) return base::fail(Code::bad_syntax, "reason phrase");
  return {};
}

Status Reader::read_request_line(std::string_view line) {
  // Exactly two spaces (RFC 3261 §7.1, RFC 4475 §3.1.2.8 and .9).
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == last) return base::fail(Code::bad_syntax, "request line");
  const auto uri = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  message_.method = line.substr(0, first);
  message_.request_uri = uri;
  if (!is_token(message_.method)) return base::fail(Code::bad_syntax, "method");
  if (!is_version(version)) return base::fail(Code::bad_syntax, "SIP version");
  if (version.substr(4) != "2.0") return base::fail(Code::unsupported, "not SIP/2.0");
  const auto bad = [](char c) {
    return is_control(c) || std::string_view(" \t<>").find(c) != std::string_view::npos;
  };
  if (uri.empty() || std::any_of(uri.begin(), uri.end(), bad)) {
    return base::fail(Code::bad_syntax, "Request-URI");
  }
  return {};
}

/// A method at the front and something like a version at the end are enough to know a request.
Status Reader::read_request_line_leniently(std::string_view line, Status trouble) {
  message_.method = line.substr(0, line.find_first_of(" \t"));
  if (!is_token(message_.method) || line.find("SIP/") == std::string_view::npos) return trouble;
  trouble_ = std::move(trouble.error());
  return {};
}

Status Reader::read_start_line() {
  while (rest_.starts_with("\r\n")) rest_.remove_prefix(2);  // RFC 3261 §7.5
  const auto line = take_line();
  if (!line) return tl::unexpected(line.error());
  if (same_word(line->substr(0, 4), "SIP/")) return read_status_line(*line);
  auto ok = read_request_line(*line);
  if (ok || !lenient_) return ok;
  return read_request_line_leniently(*line, std::move(ok));
}

/// The value of `header`, with its folded lines joined by one space each.
Status Reader::read_value(Header& header) {
  std::size_t raw = 0;
  for (bool more = true; more;) {
    const auto line = take_line();
    if (!line) return tl::unexpected(line.error());
    raw += line->size() + 2;
    if (raw > limits_.line) return base::fail(Code::too_large, "header line");
    const auto part = trim(*line);
    if (!part.empty() && !header.value.empty()) header.value += ' ';
    header.value += part;
    more = rest_.starts_with(' ') || rest_.starts_with('\t');
  }
  return {};
}

Status Reader::note_content_length(std::string_view value) {
  const auto length = parse_number(value, max_content_length);
  if (!length) return base::fail(Code::bad_syntax, "Content-Length");
  if (content_length_ && *content_length_ != *length) {
    return base::fail(Code::bad_syntax, "Content-Length differs from Content-Length");
  }
  content_length_ = length;
  return {};
}

Status Reader::read_header() {
  const auto colon = rest_.substr(0, limits_.line).find_first_of(":\r");
  const bool found = colon != std::string_view::npos && rest_[colon] == ':';
  const auto name = found ? trim(rest_.substr(0, colon)) : std::string_view{};
  const bool good = is_token(name) && is_token_char(rest_.front());
  if (found) rest_.remove_prefix(colon + 1);
  Header header;
  if (auto ok = read_value(header); !ok) return ok;
  if (!good) return base::fail(Code::bad_syntax, "header name");
  if (!is_clean_value(header.value)) {
    return base::fail(Code::bad_syntax, "control character in a header", std::string(name));
  }
  header.name = canonical_name(name);
  if (header.name == "Content-Length") {
    if (auto ok = note_content_length(header.value); !ok) return ok;
  }
  message_.headers.push_back(std::move(header));
  return {};
}

Status Reader::read_headers() {
  for (std::size_t lines = 0; !rest_.starts_with("\r\n"); ++lines) {
    if (rest_.empty()) return base::fail(Code::bad_syntax, "no empty line after the headers");
    if (lines >= limits_.headers) return base::fail(Code::too_large, "headers");
    auto ok = read_header();
    if (ok) continue;
    // Over a cap, or at a line without end, the lenient reader stops too.
    const bool more = rest_.substr(0, limits_.line + 2).find("\r\n") != std::string_view::npos;
    if (!lenient_ || !more || ok.error().code != Code::bad_syntax) return ok;
    if (!trouble_) trouble_ = std::move(ok.error());
  }
  rest_.remove_prefix(2);
  return {};
}

Status Reader::read_body() {
  if (!content_length_) {
    message_.body = rest_;
    return {};
  }
  if (*content_length_ > rest_.size()) {
    return base::fail(Code::bad_syntax, "body shorter than Content-Length");
  }
  message_.body = rest_.substr(0, *content_length_);
  return {};
}

base::Result<Message> Reader::read() {
  if (rest_.size() > limits_.message) return base::fail(Code::too_large, "message");
  for (const auto step : {&Reader::read_start_line, &Reader::read_headers, &Reader::read_body}) {
    if (auto ok = (this->*step)(); !ok) {
      if (!lenient_ || step == &Reader::read_start_line) return tl::unexpected(std::move(ok.error()));
      if (!trouble_) trouble_ = std::move(ok.error());
      break;
    }
  }
  return std::move(message_);
}

Complaint complaint_for(const base::Error& error) {
  if (error.code == Code::unsupported) return {505, "Version Not Supported", error.text, {}};
  if (error.code == Code::too_large) return {513, "Message Too Large", error.text, {}};
  return {400, "Bad Request", error.text, {}};
}

}  // namespace

// @path invite-ai 2/6
base::Result<Message> Message::parse(std::string_view bytes, const Limits& limits) {
  return Reader(bytes, limits, false).read();
}

std::optional<Salvaged> salvage(std::string_view bytes, const Limits& limits) {
  Reader reader(bytes.substr(0, limits.message), limits, true);
  auto message = reader.read();
  if (!message || !message->is_request() || message->method == "ACK") return std::nullopt;
  if (!reader.trouble() && bytes.size() <= limits.message) return std::nullopt;
  for (const char* name : {"Via", "From", "To", "Call-ID", "CSeq"}) {
    if (!message->header(name)) return std::nullopt;
  }
  message->body.clear();
  const bool cut = bytes.size() > limits.message;
  const auto trouble = cut ? base::Error{Code::too_large, "message", {}} : *reader.trouble();
  return Salvaged{std::move(*message), complaint_for(trouble)};
}

}  // namespace daedap::sip
