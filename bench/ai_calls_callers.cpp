// The load: bare SIP and RTP over plain sockets in one thread, so that it costs little beside the server.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstring>

#include "audio/g711.hpp"
#include "audio/resampler.hpp"
#include "bench/ai_calls.hpp"
#include "sim/voice.hpp"

namespace daedap::bench {
namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t frame = 20 * ms;

std::int64_t clock_ns(clockid_t id) {
  timespec t{};
  ::clock_gettime(id, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  a.sin_port = htons(port);
  return a;
}

int udp_socket(std::uint16_t& port) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  sockaddr_in a = loopback(0);
  socklen_t size = sizeof a;
  const int on = 1, buffer = 1 << 20;
  ::setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&a), sizeof a) != 0) return -1;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&a), &size);
  port = ntohs(a.sin_port);
  return fd;
}

/// 1.2 s of speech, then silence, in 20 ms mu-law packets; the whole is said every eight seconds.
std::vector<std::array<std::uint8_t, 160>> spoken_packets() {
  const auto pcm = audio::resample(sim::speak("영업 시간이 어떻게 되나요 지금요"), 16'000, 8'000).value();
  std::vector<std::array<std::uint8_t, 160>> out(400);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].fill(0xFF);
    const std::size_t at = i * 160;
    if (at + 160 <= pcm.size()) audio::encode_g711(audio::Law::mu, std::span(pcm).subspan(at, 160), out[i]);
  }
  return out;
}

struct Caller {
  int fd = -1;
  std::uint16_t port = 0, remote = 0;
  std::int64_t invited = 0, next = 0, last_arrival = 0;
  std::uint16_t seq = 0;
  std::size_t packet = 0;
  bool got_100 = false, answered = false;
  std::string to;
};

class Load {
 public:
  Load(const ServerProcess& server, int calls) : server_(server), to_(loopback(server.sip_port)), callers_(static_cast<std::size_t>(calls)) {
    sip_ = udp_socket(sip_port_);
    epoll_ = ::epoll_create1(0);
    watch(sip_, 0);
    for (std::size_t i = 0; i < callers_.size(); ++i) {
      callers_[i].fd = udp_socket(callers_[i].port);
      watch(callers_[i].fd, i + 1);
    }
  }
  ~Load() {
    for (const Caller& c : callers_) ::close(c.fd);
    ::close(sip_);
    ::close(epoll_);
  }

  Seen run(int rate, int steady) {
    seen_.rss_before_kb = resident_kb(server_.pid);
    const std::int64_t start = clock_ns(CLOCK_MONOTONIC);
    const std::int64_t ramp = static_cast<std::int64_t>(callers_.size()) * 1'000'000'000 / rate;
    const std::int64_t from = start + ramp + 6'000 * ms, to = from + steady * 1'000 * ms;
    std::size_t invited = 0;
    std::int64_t cpu = 0;
    for (std::int64_t now = start; now < to; now = clock_ns(CLOCK_MONOTONIC)) {
      while (invited < callers_.size() && now >= start + static_cast<std::int64_t>(invited) * 1'000'000'000 / rate) invite(invited++);
      if (cpu == 0 && now >= from) {
        cpu = cpu_ns(server_.pid);
        measuring_ = true;
      }
      send_due(now);
      receive();
    }
    seen_.cpu_ns = cpu_ns(server_.pid) - cpu;
    seen_.seconds = steady;
    seen_.rss_in_play_kb = resident_kb(server_.pid);
    hang_up_all(rate);
    for (const Caller& c : callers_) seen_.answered += c.answered;
    return std::move(seen_);
  }

 private:
  void watch(int fd, std::uint64_t id) {
    epoll_event e{};
    e.events = EPOLLIN;
    e.data.u64 = id;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &e);
  }

  void request(const char* method, std::size_t i, int cseq, const std::string& to, const std::string& body) {
    char text[2048];
    const int n = std::snprintf(text, sizeof text,
                                "%s sip:1001@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKb%zu%s%d;rport\r\n"
                                "From: <sip:bench@127.0.0.1>;tag=b%zu\r\nTo: %s\r\nCall-ID: %zu-bench\r\nCSeq: %d %s\r\n"
                                "Contact: <sip:bench@127.0.0.1:%u>\r\nMax-Forwards: 70\r\n%sContent-Length: %zu\r\n\r\n%s",
                                method, sip_port_, i, method, cseq, i, to.c_str(), i, cseq, method, sip_port_,
                                body.empty() ? "" : "Content-Type: application/sdp\r\n", body.size(), body.c_str());
    ::sendto(sip_, text, static_cast<std::size_t>(n), 0, reinterpret_cast<const sockaddr*>(&to_), sizeof to_);
  }

  /// At the pace at which they came: people do not hang up all at once.
  void hang_up_all(int rate) {
    const std::int64_t start = clock_ns(CLOCK_MONOTONIC);
    for (std::size_t i = 0; i < callers_.size();) {
      const std::int64_t now = clock_ns(CLOCK_MONOTONIC);
      if (now < start + static_cast<std::int64_t>(i) * 1'000'000'000 / rate) {
        send_due(now);
        receive();
        continue;
      }
      if (callers_[i].answered) request("BYE", i, 2, callers_[i].to, "");
      ++i;
    }
    for (int i = 0; i < 300; ++i) receive();
  }

  void invite(std::size_t i) {
    const std::string body = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio " +
                             std::to_string(callers_[i].port) + " RTP/AVP 0\r\n";
    callers_[i].invited = clock_ns(CLOCK_REALTIME);
    request("INVITE", i, 1, "<sip:1001@127.0.0.1>", body);
  }

  void receive() {
    epoll_event events[64];
    const int n = ::epoll_wait(epoll_, events, 64, 1);
    for (int e = 0; e < n; ++e) drain(events[e].data.u64);
  }

  void drain(std::uint64_t id) {
    char bytes[4096], control[128];
    for (;;) {
      iovec io{bytes, sizeof bytes};
      msghdr m{};
      m.msg_iov = &io, m.msg_iovlen = 1, m.msg_control = control, m.msg_controllen = sizeof control;
      const ssize_t got = ::recvmsg(id == 0 ? sip_ : callers_[id - 1].fd, &m, 0);
      if (got <= 0) return;
      std::int64_t at = 0;
      for (cmsghdr* c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
          timespec t;
          std::memcpy(&t, CMSG_DATA(c), sizeof t);
          at = t.tv_sec * 1'000'000'000LL + t.tv_nsec;
        }
      if (id == 0) on_sip(std::string_view(bytes, static_cast<std::size_t>(got)), at);
      else on_rtp(callers_[id - 1], at);
    }
  }

  void on_rtp(Caller& c, std::int64_t at) {
    if (measuring_ && c.last_arrival != 0) seen_.pacing_ms.push_back(std::abs(static_cast<double>(at - c.last_arrival - frame)) / ms);
    c.last_arrival = at;
  }

  void on_sip(std::string_view text, std::int64_t at) {
    const std::size_t id = text.find("Call-ID: ");
    if (!text.starts_with("SIP/2.0 ") || id == text.npos) return;
    const std::size_t i = std::strtoul(text.data() + id + 9, nullptr, 10);
    if (i >= callers_.size() || text.find("INVITE\r\n") == text.npos) return;
    Caller& c = callers_[i];
    const double passed = static_cast<double>(at - c.invited) / ms;
    if (text.starts_with("SIP/2.0 100") && !c.got_100) c.got_100 = true, seen_.first_100_ms.push_back(passed);
    if (!text.starts_with("SIP/2.0 200")) return;
    const std::size_t to = text.find("To: "), media = text.find("m=audio ");
    if (to == text.npos || media == text.npos) return;
    c.to = std::string(text.substr(to + 4, text.find("\r\n", to) - to - 4));
    request("ACK", i, 1, c.to, "");
    if (c.answered) return;
    c.answered = true;
    seen_.first_200_ms.push_back(passed);
    c.remote = static_cast<std::uint16_t>(std::strtoul(text.data() + media + 8, nullptr, 10));
    c.next = clock_ns(CLOCK_MONOTONIC);
    c.packet = 400 - 250 - i % 100;  // greeting first, then the calls talk at different times
  }

  void send_due(std::int64_t now) {
    for (std::size_t i = 0; i < callers_.size(); ++i) {
      Caller& c = callers_[i];
      if (!c.answered || now < c.next) continue;
      std::uint8_t rtp[172] = {0x80, 0};
      rtp[2] = static_cast<std::uint8_t>(c.seq >> 8), rtp[3] = static_cast<std::uint8_t>(c.seq);
      const std::uint32_t stamp = htonl(c.seq * 160U), ssrc = htonl(static_cast<std::uint32_t>(i + 1));
      std::memcpy(rtp + 4, &stamp, 4);
      std::memcpy(rtp + 8, &ssrc, 4);
      std::memcpy(rtp + 12, packets_[c.packet].data(), 160);
      const sockaddr_in to = loopback(c.remote);
      ::sendto(c.fd, rtp, sizeof rtp, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
      ++c.seq;
      c.packet = (c.packet + 1) % packets_.size();
      c.next += frame;
    }
  }

  const ServerProcess& server_;
  sockaddr_in to_;
  std::vector<Caller> callers_;
  std::vector<std::array<std::uint8_t, 160>> packets_ = spoken_packets();
  int sip_ = -1, epoll_ = -1;
  std::uint16_t sip_port_ = 0;
  bool measuring_ = false;
  Seen seen_;
};

}  // namespace

Seen place_calls(const ServerProcess& server, int calls, int rate, int steady) { return Load(server, calls).run(rate, steady); }

}  // namespace daedap::bench
