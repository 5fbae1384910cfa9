#include "sip/framer.hpp"

#include <algorithm>

#include "sip/grammar.hpp"

namespace daedap::sip {
namespace {

constexpr std::string_view end_of_headers = "\r\n\r\n";

}  // namespace

void StreamFramer::on_bytes(std::string_view bytes) {
  if (broken()) return;
  drop_taken();
  buffer_ += bytes;
}

std::optional<StreamFramer::Frame> StreamFramer::take() {
  if (broken()) return std::nullopt;
  Frame frame;
  if (head_ == 0) {
    if (take_keep_alive(frame)) return frame;
    if (!find_end_of_headers() || !read_content_length()) return std::nullopt;
  }
  if (buffered() < head_ + body_) return std::nullopt;
  frame.message = buffer_.substr(start_, head_ + body_);
  start_ += head_ + body_;
  scanned_ = start_;
  head_ = body_ = 0;
  return frame;
}

/// CRLFs between messages: two are a ping; one alone is the pong to a ping of ours, or padding.
bool StreamFramer::take_keep_alive(Frame& frame) {
  while (buffered() >= 2 && buffer_[start_] == '\r' && buffer_[start_ + 1] == '\n') {
    start_ += 2;
    scanned_ = start_;
    one_crlf_ = !one_crlf_;
    if (one_crlf_) continue;
    frame.ping = true;
    return true;
  }
  if (buffered() > 0 && !is_token_char(buffer_[start_]) && buffer_[start_] != '\r') {
    fail("stream does not start with a message");
  } else if (buffered() > 1 && buffer_[start_] == '\r') {
    fail("CR without LF in a stream");
  }
  return false;
}

bool StreamFramer::find_end_of_headers() {
  if (broken()) return false;
  const auto end = buffer_.find(end_of_headers, scanned_);
  if (end != std::string::npos && end + end_of_headers.size() - start_ <= limits_.message) {
    head_ = end + end_of_headers.size() - start_;
    one_crlf_ = false;
    return true;
  }
  if (buffered() > limits_.message) fail("headers of a message do not end");
  // The last three bytes may be the front of the end mark.
  const auto overlap = std::min(buffer_.size(), end_of_headers.size() - 1);
  scanned_ = std::max(start_, buffer_.size() - overlap);
  return false;
}

/// Every Content-Length or "l" line must say the same; without one the next message is not found.
bool StreamFramer::read_content_length() {
  std::optional<std::uint64_t> length;
  std::string_view head(buffer_.data() + start_, head_ - 2);
  head.remove_prefix(head.find("\r\n") + 2);
  while (!head.empty()) {
    auto end = head.find("\r\n");
    while (end + 2 < head.size() && (head[end + 2] == ' ' || head[end + 2] == '\t')) {
      end = head.find("\r\n", end + 2);  // folded
    }
    const auto line = head.substr(0, end);
    head.remove_prefix(end + 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    if (canonical_name(trim(line.substr(0, colon))) != "Content-Length") continue;
    auto value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t\r\n"), value.size()));
    const auto number = parse_number(trim(value), limits_.message);
    if (!number) fail("bad Content-Length in a stream");
    if (number && length && *length != *number) fail("two different Content-Lengths in a stream");
    length = number;
    if (broken()) return false;
  }
  if (!length) fail("no Content-Length in a stream");
  if (length && head_ + *length > limits_.message) fail("message over the size limit");
  body_ = length.value_or(0);
  return !broken();
}

void StreamFramer::fail(const char* complaint) {
  complaint_ = complaint;
  buffer_.clear();
  start_ = scanned_ = head_ = body_ = 0;
}

/// Moves what is left to the front; on whole buffers only, so that each byte moves at most once per
/// on_bytes that made room.
void StreamFramer::drop_taken() {
  if (start_ == 0) return;
  if (start_ < buffer_.size() && start_ < buffer_.size() / 2) return;
  buffer_.erase(0, start_);
  scanned_ -= start_;
  start_ = 0;
}

}  // namespace daedap::sip
