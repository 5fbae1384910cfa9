#include "net/udp_socket.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "net/loop.hpp"
#include "net/poller.hpp"
#include "net/socket_address.hpp"

namespace daedap::net {

namespace {

constexpr int receive_buffer_bytes = 1 << 20;
// A socket that was read so shortly before may hand over so many datagrams at once.
constexpr base::Duration shortly = std::chrono::microseconds{200};
constexpr int burst = 32;

// Past the C library's own functions: in a process with threads they may be cancelled, and getting ready
// for that is a tenth of what a datagram costs outside of the system.
ssize_t receive_from(int fd, std::span<std::uint8_t> buffer, sockaddr_storage& peer) {
  socklen_t length = sizeof peer;
  return ::syscall(SYS_recvfrom, fd, buffer.data(), buffer.size(), MSG_DONTWAIT | MSG_TRUNC, &peer, &length);
}
ssize_t send_to(int fd, std::span<const std::uint8_t> bytes, const sockaddr_storage& peer, socklen_t length) {
  return ::syscall(SYS_sendto, fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL, &peer, length);
}

base::Error io_error(const char* text) {
  const int number = errno;
  const auto code = number == EADDRINUSE ? base::Code::no_port : base::Code::io;
  return {code, text, std::system_category().message(number)};
}

}  // namespace

struct UdpOpener::Impl {
  explicit Impl(Loop& l) : poller(l.poller()) {}

  Poller& poller;
  std::vector<base::UdpSocket::Receive> gone;  // callbacks of sockets that died while in use
  UdpSocket* receiving = nullptr;
  UdpFigures figures;
  std::array<std::uint8_t, 65536> buffer;
};

class UdpSocket final : public base::UdpSocket, private Poller::Reader {
 public:
  UdpSocket(UdpOpener::Impl& opener, int fd, base::Address local, Receive receive)
      : opener_(opener), fd_(fd), local_(local), receive_(std::move(receive)), key_(opener.poller.add(fd, *this)) {}
  ~UdpSocket() override {
    if (opener_.receiving == this) opener_.gone.push_back(std::move(receive_));
    opener_.receiving = opener_.receiving == this ? nullptr : opener_.receiving;
    opener_.poller.remove(key_);
    ::close(fd_);
  }

  bool send(std::span<const std::uint8_t> bytes, const base::Address& to) override;
  base::Address local() const override { return local_; }
  bool watched() const { return key_ != Poller::no_key; }

 private:
  void on_readable(base::Time now) override;
  bool receive_one(base::Time now);

  UdpOpener::Impl& opener_;
  int fd_;
  base::Address local_;
  Receive receive_;
  Poller::Key key_;
  base::Time last_{};  // when it had something to read
};

// @path reply-out 8/8
bool UdpSocket::send(std::span<const std::uint8_t> bytes, const base::Address& to) {
  sockaddr_storage peer;
  const socklen_t length = to_system(to, peer);
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (send_to(fd_, bytes, peer, length) >= 0) {
      ++opener_.figures.sent;
      return true;
    }
    if (errno != ECONNREFUSED) break;  // that one speaks of an earlier datagram
    ++opener_.figures.refused;
  }
  ++opener_.figures.send_failures;
  return false;
}

// With one stream per socket one datagram is all there is, and looking again would cost a system call
// for nothing. A socket that was read just now has more to come.
void UdpSocket::on_readable(base::Time now) {
  UdpOpener::Impl& opener = opener_;
  const int datagrams = now - std::exchange(last_, now) < shortly ? burst : 1;
  opener.receiving = this;
  for (int i = 0; i < datagrams && opener.receiving == this && receive_one(now); ++i) {
  }
  opener.receiving = nullptr;
  opener.gone.clear();
}

// False when none is there.
// @path rtp-in 1/8
bool UdpSocket::receive_one(base::Time now) {
  sockaddr_storage peer;
  const ssize_t size = receive_from(fd_, opener_.buffer, peer);
  if (size < 0) {
    if (errno != ECONNREFUSED) return false;
    ++opener_.figures.refused;
    return true;
  }
  if (static_cast<std::size_t>(size) > opener_.buffer.size()) {
    ++opener_.figures.truncated;
    return true;
  }
  ++opener_.figures.received;
  receive_({opener_.buffer.data(), static_cast<std::size_t>(size)}, from_system(peer), now);
  return true;
}

UdpOpener::UdpOpener(Loop& loop) : impl_(std::make_unique<Impl>(loop)) {}

UdpOpener::~UdpOpener() = default;

const UdpFigures& UdpOpener::figures() const { return impl_->figures; }

base::Result<std::unique_ptr<base::UdpSocket>> UdpOpener::open(const base::Address& local,
                                                               base::UdpSocket::Receive receive) {
  const int fd = ::socket(local.v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return tl::unexpected(io_error("no UDP socket"));
  if (const int on = 1; local.v6) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  sockaddr_storage name;
  socklen_t length = to_system(local, name);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&name), length) != 0) {
    auto error = io_error("UDP address not free");
    error.detail = local.text() + ": " + error.detail;
    ::close(fd);
    return tl::unexpected(std::move(error));
  }
  length = sizeof name;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length);
  auto socket = std::make_unique<UdpSocket>(*impl_, fd, from_system(name), std::move(receive));
  if (!socket->watched()) return tl::unexpected(io_error("no UDP socket"));
  return socket;
}

}  // namespace daedap::net
