#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

#include "net/socket_address.hpp"

namespace daedap::test {

/// A blocking TCP client that says exactly what the test wants; gives up after 10 s.
class RawClient {
 public:
  explicit RawClient(const base::Address& server, int receive_buffer = 0) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    const timeval limit{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    sockaddr_storage name;
    const socklen_t length = net::to_system(server, name);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&name), length) != 0)
      throw std::runtime_error("cannot connect");
  }
  ~RawClient() { close(); }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool send(const std::string& bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t n = ::send(fd_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
      if (n <= 0) return false;
      done += static_cast<std::size_t>(n);
    }
    return true;
  }
  /// Everything until the server closes.
  std::string read_all() {
    while (read_some()) {
    }
    return std::exchange(pending_, {});
  }
  /// One HTTP response with a Content-Length (or without a body, for HEAD).
  std::string read_response(bool head = false) {
    std::size_t end;
    while ((end = pending_.find("\r\n\r\n")) == std::string::npos) {
      if (!read_some()) return std::exchange(pending_, {});
    }
    std::size_t size = end + 4;
    const std::size_t field = pending_.find("Content-Length: ");
    if (!head && field < end) size += std::stoul(pending_.substr(field + 16));
    while (pending_.size() < size && read_some()) {
    }
    std::string out = pending_.substr(0, size);
    pending_.erase(0, out.size());
    return out;
  }
  bool read_some() {
    char buffer[65536];
    const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
    if (n <= 0) return false;
    pending_.append(buffer, static_cast<std::size_t>(n));
    return true;
  }
  const std::string& pending() const { return pending_; }
  int descriptor() const { return fd_; }

 private:
  int fd_ = -1;
  std::string pending_;
};

}  // namespace daedap::test
