#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "sip/message.hpp"

namespace daedap::sip {

/// Cuts a byte stream (TCP, TLS) into whole messages by their Content-Length.
/// in      on_bytes, in pieces of any size, then take() until it is empty
/// out     messages as they came; pings, which the caller answers with CRLF
/// errors  broken(): the stream cannot be trusted any more, close it; nothing comes out after it
/// cost    linear in the bytes; holds at most `limits.message` plus what one on_bytes brought
/// spec    RFC 3261 §18.3, RFC 5626 §3.5.1
class StreamFramer {
 public:
  struct Frame {
    bool ping = false;    // double CRLF between messages: answer with CRLF
    std::string message;  // for Endpoint::on_message, unless it is a ping
  };

  explicit StreamFramer(const Limits& limits = {}) : limits_(limits) {}

  void on_bytes(std::string_view bytes);
  std::optional<Frame> take();

  bool broken() const { return complaint_ != nullptr; }
  /// Why it broke, for the log; empty while it is sound.
  std::string_view complaint() const { return complaint_ ? complaint_ : ""; }
  /// Bytes waiting for their rest.
  std::size_t buffered() const { return buffer_.size() - start_; }

 private:
  bool take_keep_alive(Frame& frame);
  bool find_end_of_headers();
  bool read_content_length();
  void fail(const char* complaint);
  void drop_taken();

  // given
  Limits limits_;
  // state
  std::string buffer_;
  std::size_t start_ = 0;    // first byte not taken yet
  std::size_t scanned_ = 0;  // where the search for the end of the headers goes on
  std::size_t head_ = 0;     // size of start line and headers with the empty line; 0 = not known yet
  std::size_t body_ = 0;     // valid when head_ is
  bool one_crlf_ = false;    // half of a ping was taken
  const char* complaint_ = nullptr;
};

}  // namespace daedap::sip
