// The floor for a relay in user space: epoll, recvfrom, sendto, one socket per leg, and nothing else.
// bare_loop CALLS: prints the ports of both legs of each call, then relays until it is killed. A leg
// sends to where its last packet came from.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

struct Leg {
  int fd = -1;
  sockaddr_in peer{};
};

std::uint16_t open_leg(Leg& leg) {
  leg.fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  const int buffer = 1 << 20;
  ::setsockopt(leg.fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof a;
  if (leg.fd < 0 || ::bind(leg.fd, reinterpret_cast<sockaddr*>(&a), size) != 0) std::exit(1);
  ::getsockname(leg.fd, reinterpret_cast<sockaddr*>(&a), &size);
  return ntohs(a.sin_port);
}

void relay_one(Leg& from, const Leg& to) {
  std::array<std::uint8_t, 2048> packet;
  socklen_t size = sizeof from.peer;
  const ssize_t got = ::recvfrom(from.fd, packet.data(), packet.size(), 0, reinterpret_cast<sockaddr*>(&from.peer), &size);
  if (got <= 0 || to.peer.sin_port == 0) return;
  ::sendto(to.fd, packet.data(), static_cast<std::size_t>(got), 0, reinterpret_cast<const sockaddr*>(&to.peer), sizeof to.peer);
}

}  // namespace

int main(int argc, char** argv) {
  const int calls = argc > 1 ? std::atoi(argv[1]) : 0;
  if (calls < 1 || calls > 5000) return 2;
  const sched_param lowest{.sched_priority = 1};  // as our server's media threads
  (void)::sched_setscheduler(0, SCHED_RR, &lowest);
  std::vector<Leg> legs(2UL * static_cast<std::size_t>(calls));
  const int epoll = ::epoll_create1(0);
  for (std::size_t i = 0; i < legs.size(); ++i) {
    std::printf("%u%c", unsigned{open_leg(legs[i])}, i % 2 == 0 ? ' ' : '\n');
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, legs[i].fd, &event);
  }
  std::printf("ready\n");
  std::fflush(stdout);
  std::array<epoll_event, 128> events;
  for (;;) {
    const int ready = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const std::size_t leg = events[static_cast<std::size_t>(i)].data.u64;
      relay_one(legs[leg], legs[leg ^ 1]);
    }
  }
}
