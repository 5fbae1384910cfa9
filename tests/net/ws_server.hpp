#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace daedap::test {

/// A WebSocket server of the tests' own, on plain sockets and by hand, so that it shares no code with what
/// is tested: takes text frames, answers pings, can stop reading, die, refuse and come back on its port.
class WsServer {
 public:
  struct Settings {
    std::string certificate, key;         // PEM files; with them it speaks TLS
    std::string answer;                   // instead of the upgrade
    std::size_t die_after = 0;            // messages; 0 = never
    bool pongs = true;
    std::uint16_t port = 0;
  };
  WsServer() : WsServer(Settings{}) {}
  explicit WsServer(Settings settings) : settings_(std::move(settings)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(settings_.port);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&a), sizeof a);
    ::listen(listener_, 16);
    socklen_t size = sizeof a;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&a), &size);
    port_ = ntohs(a.sin_port);
    if (!settings_.certificate.empty()) {
      tls_ = SSL_CTX_new(TLS_server_method());
      SSL_CTX_use_certificate_chain_file(tls_, settings_.certificate.c_str());
      SSL_CTX_use_PrivateKey_file(tls_, settings_.key.c_str(), SSL_FILETYPE_PEM);
    }
    thread_ = std::thread([this] { accept(); });
  }
  ~WsServer() {
    stopped_ = true;
    stalled_ = false;
    ::shutdown(listener_, SHUT_RDWR);
    drop();
    thread_.join();
    ::close(listener_);
    SSL_CTX_free(tls_);
  }
  WsServer(const WsServer&) = delete;
  WsServer& operator=(const WsServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::vector<std::string> messages() const {
    const std::lock_guard lock(mutex_);
    return messages_;
  }
  std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return messages_.size();
  }
  /// The request of the last upgrade.
  std::string request() const {
    const std::lock_guard lock(mutex_);
    return request_;
  }
  int connections() const { return connections_; }
  int pings() const { return pings_; }
  bool closed_well() const { return closed_well_; }
  void stall(bool on) { stalled_ = on; }
  void pong(bool on) {
    const std::lock_guard lock(mutex_);
    settings_.pongs = on;
  }
  void refuse(std::string answer) {
    const std::lock_guard lock(mutex_);
    settings_.answer = std::move(answer);
  }
  /// The running connection is cut.
  void drop() {
    const std::lock_guard lock(mutex_);
    if (fd_ >= 0) ::shutdown(fd_, SHUT_RDWR);
  }

 private:
  struct Link {
    int fd;
    SSL* tls;
    bool read(void* to, std::size_t size) {
      auto* at = static_cast<char*>(to);
      while (size > 0) {
        const ssize_t got = tls ? SSL_read(tls, at, static_cast<int>(size)) : ::recv(fd, at, size, 0);
        if (got <= 0) return false;
        at += got, size -= static_cast<std::size_t>(got);
      }
      return true;
    }
    bool write(const std::string& bytes) {
      const int size = static_cast<int>(bytes.size());
      return (tls ? SSL_write(tls, bytes.data(), size) : static_cast<int>(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL))) == size;
    }
  };

  void accept() {
    while (!stopped_) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      {
        const std::lock_guard lock(mutex_);
        fd_ = fd;
      }
      if (!stopped_) serve(fd);
      const std::lock_guard lock(mutex_);
      fd_ = -1;
      ::close(fd);
    }
  }

  void serve(int fd) {
    SSL* tls = nullptr;
    if (tls_) {
      tls = SSL_new(tls_);
      SSL_set_fd(tls, fd);
    }
    Link link{fd, tls};
    if ((!tls || SSL_accept(tls) == 1) && upgrade(link)) {
      ++connections_;
      read_frames(link);
    }
    SSL_free(tls);
  }

  bool upgrade(Link& link) {
    std::string head;
    for (char c = 0; !head.ends_with("\r\n\r\n"); head += c)
      if (head.size() > 16'384 || !link.read(&c, 1)) return false;
    std::string answer;
    {
      const std::lock_guard lock(mutex_);
      request_ = head;
      answer = settings_.answer;
    }
    if (!answer.empty()) return link.write(answer), false;
    const std::size_t at = head.find("Sec-WebSocket-Key: ");
    if (at == head.npos) return false;
    const std::string key = head.substr(at + 19, head.find("\r\n", at) - at - 19) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char hash[SHA_DIGEST_LENGTH], text[64];
    SHA1(reinterpret_cast<const unsigned char*>(key.data()), key.size(), hash);
    EVP_EncodeBlock(text, hash, sizeof hash);
    return link.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
                      std::string(reinterpret_cast<char*>(text)) + "\r\n\r\n");
  }

  static std::string frame(int opcode, const std::string& body) {
    std::string out(1, static_cast<char>(0x80 | opcode));
    out += static_cast<char>(body.size());  // control frames: at most 125
    return out + body;
  }

  bool answers_pings() const {
    const std::lock_guard lock(mutex_);
    return settings_.pongs;
  }

  void read_frames(Link& link) {
    std::size_t taken = 0;
    for (;;) {
      while (stalled_ && !stopped_) std::this_thread::yield();
      std::uint8_t head[2], longer[8], mask[4];
      if (!link.read(head, 2)) return;
      std::uint64_t size = head[1] & 0x7f;
      if (size >= 126) {
        const std::size_t bytes = size == 126 ? 2 : 8;
        if (!link.read(longer, bytes)) return;
        size = 0;
        for (std::size_t i = 0; i < bytes; ++i) size = size << 8 | longer[i];
      }
      std::string body(size, '\0');
      if (!(head[1] & 0x80) || !link.read(mask, 4) || !link.read(body.data(), size)) return;
      for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(body[i] ^ mask[i % 4]);
      const int opcode = head[0] & 0x0f;
      if (opcode == 9) {
        ++pings_;
        if (answers_pings() && !link.write(frame(10, body))) return;
      } else if (opcode == 8) {
        link.write(frame(8, body));
        closed_well_ = true;
        return;
      } else {
        const std::lock_guard lock(mutex_);
        messages_.push_back(std::move(body));
        if (settings_.die_after != 0 && ++taken >= settings_.die_after) return;
      }
    }
  }

  Settings settings_;
  SSL_CTX* tls_ = nullptr;
  int listener_ = -1, fd_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> messages_;
  std::string request_;
  std::atomic<int> connections_{0}, pings_{0};
  std::atomic<bool> stopped_{false}, stalled_{false}, closed_well_{false};
  std::thread thread_;
};

}  // namespace daedap::test
