#include "net/udp_socket.hpp"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "net/clock.hpp"
#include "net/loop.hpp"
#include "net/socket_address.hpp"

namespace daedap::net {

namespace asio = boost::asio;

namespace {

constexpr int receive_buffer_bytes = 1 << 20;
// A socket that still has datagrams after everyone had one may hand over so many more per wake-up.
constexpr int burst = 32;

base::Error io_error(const char* text) {
  const int number = errno;
  const auto code = number == EADDRINUSE ? base::Code::no_port : base::Code::io;
  return {code, text, std::system_category().message(number)};
}

}  // namespace

struct UdpOpener::Impl : std::enable_shared_from_this<UdpOpener::Impl> {
  struct Slot {
    UdpSocket* socket = nullptr;
    std::uint32_t generation = 0;
  };

  explicit Impl(Loop& l) : loop(l), epoll(l.context(), ::epoll_create1(EPOLL_CLOEXEC)) {}

  void wait() {
    epoll.async_wait(asio::posix::descriptor_base::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& ec) {
                       if (ec || !self->epoll.is_open()) return;
                       self->on_ready();
                       if (self->epoll.is_open()) self->wait();
                     });
  }

  void on_ready() {
    const Loop::Watch watch(loop, "udp");
    time = watch.started();
    if (receive_round(1) && epoll.is_open()) {
      time = now();
      receive_round(burst);
    }
    gone.clear();
  }

  bool receive_round(int datagrams);
  UdpSocket* find(std::uint64_t key) const {
    const Slot& slot = slots[key & 0xffffffff];
    return slot.generation == key >> 32 ? slot.socket : nullptr;
  }
  std::uint64_t add(UdpSocket* socket);
  void remove(std::uint64_t key);

  Loop& loop;
  asio::posix::stream_descriptor epoll;
  std::vector<Slot> slots;
  std::vector<std::uint32_t> free_slots;
  std::vector<base::UdpSocket::Receive> gone;  // callbacks of sockets that died while in use
  UdpSocket* receiving = nullptr;
  static constexpr std::uint64_t no_key = ~std::uint64_t{0};
  std::uint64_t alone = no_key;  // the key of the one socket of the last wake-up, if it was one
  base::Time time{};        // of this round: no clock is asked per datagram
  UdpFigures figures;
  std::array<std::uint8_t, 65536> buffer;
  std::array<epoll_event, 128> events;
};

class UdpSocket final : public base::UdpSocket {
 public:
  UdpSocket(UdpOpener::Impl& opener, int fd, base::Address local, Receive receive)
      : opener_(opener), fd_(fd), local_(local), receive_(std::move(receive)), key_(opener.add(this)) {}
  ~UdpSocket() override {
    if (opener_.receiving == this) opener_.gone.push_back(std::move(receive_));
    opener_.remove(key_);
    ::close(fd_);
  }

  bool send(std::span<const std::uint8_t> bytes, const base::Address& to) override;
  base::Address local() const override { return local_; }
  /// One datagram to the callback. False when none is there.
  bool receive_one();
  int fd() const { return fd_; }
  std::uint64_t key() const { return key_; }

 private:
  UdpOpener::Impl& opener_;
  int fd_;
  base::Address local_;
  Receive receive_;
  std::uint64_t key_;
};

// @path reply-out 8/8
bool UdpSocket::send(std::span<const std::uint8_t> bytes, const base::Address& to) {
  sockaddr_storage peer;
  const socklen_t length = to_system(to, peer);
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (::sendto(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&peer), length) >= 0) {
      ++opener_.figures.sent;
      return true;
    }
    if (errno != ECONNREFUSED) break;  // that one speaks of an earlier datagram
    ++opener_.figures.refused;
  }
  ++opener_.figures.send_failures;
  return false;
}

// @path rtp-in 1/8
bool UdpSocket::receive_one() {
  sockaddr_storage peer;
  socklen_t length = sizeof peer;
  const ssize_t size = ::recvfrom(fd_, opener_.buffer.data(), opener_.buffer.size(),
                                  MSG_DONTWAIT | MSG_TRUNC, reinterpret_cast<sockaddr*>(&peer), &length);
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
  opener_.receiving = this;
  receive_({opener_.buffer.data(), static_cast<std::size_t>(size)}, from_system(peer), opener_.time);
  return true;
}

// True when more may wait: then a second round saves a turn of the loop. One datagram for one socket
// is the rule with one stream per socket, and there looking again would cost a system call for nothing.
bool UdpOpener::Impl::receive_round(int datagrams) {
  const int ready = ::epoll_wait(epoll.native_handle(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < ready; ++i) {
    const std::uint64_t key = events[static_cast<std::size_t>(i)].data.u64;
    for (int n = 0; n < datagrams; ++n) {
      UdpSocket* socket = find(key);
      if (!socket || !socket->receive_one()) break;
    }
    receiving = nullptr;
  }
  const std::uint64_t before = std::exchange(alone, ready == 1 ? events[0].data.u64 : no_key);
  return ready > 1 || (ready == 1 && alone == before);
}

std::uint64_t UdpOpener::Impl::add(UdpSocket* socket) {
  if (free_slots.empty()) {
    free_slots.push_back(static_cast<std::uint32_t>(slots.size()));
    slots.emplace_back();
  }
  const std::uint32_t index = free_slots.back();
  free_slots.pop_back();
  slots[index].socket = socket;
  const std::uint64_t key = (std::uint64_t{slots[index].generation} << 32) | index;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = key;
  ::epoll_ctl(epoll.native_handle(), EPOLL_CTL_ADD, socket->fd(), &event);
  return key;
}

void UdpOpener::Impl::remove(std::uint64_t key) {
  const auto index = static_cast<std::uint32_t>(key);
  slots[index].socket = nullptr;
  ++slots[index].generation;
  free_slots.push_back(index);
}

UdpOpener::UdpOpener(Loop& loop) : impl_(std::make_shared<Impl>(loop)) { impl_->wait(); }

UdpOpener::~UdpOpener() { impl_->epoll.close(); }

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
  return std::make_unique<UdpSocket>(*impl_, fd, from_system(name), std::move(receive));
}

}  // namespace daedap::net
