// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace espeak_helper {

enum class Type : std::uint8_t {
  speak = 1,
  cancel = 2,
  ready = 16,
  audio = 17,
  end = 18,
  error = 19,
};

struct Frame {
  Type type;
  std::uint32_t id;
  std::string payload;
};

/// Frames over one stream socket.
class Channel {
 public:
  /// Longest frame accepted, without its length field.
  static constexpr std::uint32_t max_length = 16 * 1024;

  explicit Channel(int fd) : fd_(fd) {}
  /// Waits for the next frame; nothing when the peer is gone or broke the rules.
  std::optional<Frame> next();
  /// The next frame if it is already there.
  std::optional<Frame> next_ready();
  /// False when the peer is gone.
  bool send(Type type, std::uint32_t id, std::string_view payload);
  /// The peer is gone, or cannot be understood any more.
  bool gone() const { return gone_; }
  /// The peer sent a malformed frame.
  bool broken() const { return broken_; }

 private:
  std::optional<Frame> take();
  bool receive(int flags);

  int fd_;
  bool gone_ = false;
  bool broken_ = false;
  std::string buffer_;
};

std::uint32_t u32_at(std::string_view bytes);
std::string u32_bytes(std::uint32_t value);

}  // namespace espeak_helper
