// SPDX-License-Identifier: GPL-3.0-or-later
#include "channel.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>

namespace espeak_helper {

std::uint32_t u32_at(std::string_view bytes) {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string u32_bytes(std::uint32_t value) {
  std::string out(4, '\0');
  for (int i = 0; i < 4; ++i) out[i] = static_cast<char>(value >> (8 * i));
  return out;
}

std::optional<Frame> Channel::take() {
  if (buffer_.size() < 4) return std::nullopt;
  const std::uint32_t length = u32_at(buffer_);
  if (length < 5 || length > max_length) {
    gone_ = broken_ = true;
    return std::nullopt;
  }
  if (buffer_.size() < 4 + length) return std::nullopt;
  const std::string_view body = std::string_view(buffer_).substr(4, length);
  Frame frame{static_cast<Type>(body[0]), u32_at(body.substr(1)), std::string(body.substr(5))};
  buffer_.erase(0, 4 + length);
  return frame;
}

bool Channel::receive(int flags) {
  std::array<char, 4096> bytes;
  while (true) {
    const ssize_t got = ::recv(fd_, bytes.data(), bytes.size(), flags);
    if (got > 0) {
      buffer_.append(bytes.data(), static_cast<std::size_t>(got));
      return true;
    }
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
    gone_ = true;
    return false;
  }
}

std::optional<Frame> Channel::next() {
  while (!gone_) {
    if (auto frame = take()) return frame;
    if (!gone_) receive(0);
  }
  return std::nullopt;
}

std::optional<Frame> Channel::next_ready() {
  if (auto frame = take()) return frame;
  if (!gone_ && receive(MSG_DONTWAIT)) return take();
  return std::nullopt;
}

bool Channel::send(Type type, std::uint32_t id, std::string_view payload) {
  std::string bytes = u32_bytes(static_cast<std::uint32_t>(5 + payload.size()));
  bytes += static_cast<char>(type);
  bytes += u32_bytes(id);
  bytes += payload;
  std::size_t sent = 0;
  while (sent < bytes.size() && !gone_) {
    const ssize_t n = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n > 0) sent += static_cast<std::size_t>(n);
    if (n < 0 && errno != EINTR) gone_ = true;
  }
  return !gone_;
}

}  // namespace espeak_helper
