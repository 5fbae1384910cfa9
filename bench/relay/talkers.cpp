#include "bench/relay/talkers.hpp"

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "bench/relay/process.hpp"

namespace daedap::bench {
namespace {

constexpr std::int64_t frame_ns = 20'000'000, longest_ns = 2'000'000'000;
constexpr std::size_t packet_size = 172, stamp_at = 12;

std::int64_t wall_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_REALTIME, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

}  // namespace

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  a.sin_port = htons(port);
  return a;
}

int open_udp(std::uint16_t& port, int buffer_bytes) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in a = loopback(0);
  socklen_t size = sizeof a;
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&a), sizeof a) != 0) return -1;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&a), &size);
  port = ntohs(a.sin_port);
  return fd;
}

void Traffic::add(const Traffic& more) {
  sent += more.sent;
  received += more.received;
  latency_us.insert(latency_us.end(), more.latency_us.begin(), more.latency_us.end());
}

double Traffic::lost_pct() const {
  return sent == 0 || received >= sent ? 0 : 100.0 * static_cast<double>(sent - received) / static_cast<double>(sent);
}

Talkers::Talkers(std::size_t legs) : legs_(legs), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  for (std::size_t i = 0; i < legs; ++i) {
    legs_[i].fd = open_udp(legs_[i].port, 1 << 18);
    const int on = 1;
    ::setsockopt(legs_[i].fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = legs_[i].fd;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, legs_[i].fd, &event);
  }
}

Talkers::~Talkers() {
  for (const Leg& leg : legs_) ::close(leg.fd);
  ::close(epoll_);
}

void Talkers::aim(std::size_t leg, std::uint16_t remote_port) {
  legs_[leg].to = loopback(remote_port);
  legs_[leg].key.reset();
}

void Talkers::aim(std::size_t leg, const sdp::Negotiated& media) {
  aim(leg, media.remote_rtp.port);
  if (media.srtp_send) legs_[leg].key = media::SrtpStream::make(*media.srtp_send, media::SrtpStream::Way::send).value();
}

void Talkers::send(Leg& leg) {
  if (leg.to.sin_port == 0) return;
  alignas(8) std::array<std::uint8_t, packet_size + media::SrtpStream::tail> packet;
  packet.fill(0xD5);
  packet[0] = 0x80, packet[1] = 0;
  const std::uint16_t seq = htons(leg.seq);
  const std::uint32_t time = htonl(leg.seq * 160U), ssrc = htonl(leg.port);
  std::memcpy(packet.data() + 2, &seq, sizeof seq);
  std::memcpy(packet.data() + 4, &time, sizeof time);
  std::memcpy(packet.data() + 8, &ssrc, sizeof ssrc);
  ++leg.seq;
  const std::int64_t now = wall_ns();
  std::memcpy(packet.data() + stamp_at, &now, sizeof now);
  const std::size_t size = leg.key ? leg.key->protect(packet, packet_size) : packet_size;
  if (::sendto(leg.fd, packet.data(), size, 0, reinterpret_cast<const sockaddr*>(&leg.to), sizeof leg.to) > 0) ++now_.sent;
}

// What a server says of itself while nobody talks is no relayed packet: it carries no time of ours.
void Talkers::drain(int fd) {
  std::array<std::uint8_t, 512> packet;
  alignas(cmsghdr) std::array<char, 128> control;
  iovec io{packet.data(), packet.size()};
  msghdr m{};
  m.msg_iov = &io, m.msg_iovlen = 1, m.msg_control = control.data(), m.msg_controllen = control.size();
  const ssize_t got = ::recvmsg(fd, &m, 0);
  if (got > static_cast<ssize_t>(packet_size)) ++now_.received;  // encrypted
  if (got != static_cast<ssize_t>(packet_size)) return;
  std::int64_t sent = 0;
  std::memcpy(&sent, packet.data() + stamp_at, sizeof sent);
  for (cmsghdr* c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec t;
    std::memcpy(&t, CMSG_DATA(c), sizeof t);
    const std::int64_t passed = t.tv_sec * 1'000'000'000LL + t.tv_nsec - sent;
    if (passed < 0 || passed > longest_ns) return;
    ++now_.received;
    now_.latency_us.push_back(static_cast<float>(static_cast<double>(passed) / 1e3));
  }
}

void Talkers::receive(std::int64_t wait_ns) {
  std::array<epoll_event, 128> events;
  const timespec wait{0, std::clamp<long>(wait_ns, 0, frame_ns)};
  const int n = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &wait, nullptr);
  for (int i = 0; i < n; ++i) drain(events[static_cast<std::size_t>(i)].data.fd);
}

// Behind its time it catches up: a relay is asked for the same packets whatever else the machine does.
Traffic Talkers::talk(double seconds) {
  now_ = {};
  const auto gap = frame_ns / static_cast<std::int64_t>(legs_.size());
  const std::int64_t end = steady_ns() + static_cast<std::int64_t>(seconds * 1e9);
  std::int64_t due = steady_ns();
  for (std::size_t next = 0; due < end;) {
    for (std::int64_t now = steady_ns(); due <= now && due < end; due += gap) {
      send(legs_[next]);
      next = (next + 1) % legs_.size();
    }
    receive(due - steady_ns());
  }
  return std::move(now_);
}

std::uint64_t Talkers::listen(double seconds) {
  now_ = {};
  for (const std::int64_t end = steady_ns() + static_cast<std::int64_t>(seconds * 1e9); steady_ns() < end;) receive(1'000'000);
  return now_.received;
}

double percentile(std::vector<float> values, double p) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::min(values.size() - 1, static_cast<std::size_t>(p * static_cast<double>(values.size()))));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace daedap::bench
