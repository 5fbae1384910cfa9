#include "bench/relay/rtpengine.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace daedap::bench {
namespace {

std::string text(const std::string& s) { return std::to_string(s.size()) + ":" + s; }
std::string entry(const std::string& key, const std::string& value) { return text(key) + text(value); }

/// The port of the audio line in a reply, 0 when there is none.
std::uint16_t audio_port(const std::string& reply) {
  const std::size_t at = reply.find("m=audio ");
  return at == reply.npos ? 0 : static_cast<std::uint16_t>(std::strtoul(reply.c_str() + at + 8, nullptr, 10));
}

}  // namespace

bool Rtpengine::installed() { return ::access("/usr/bin/rtpengine", X_OK) == 0; }

Rtpengine::Rtpengine(const Folder& folder) : control_port_(free_port()) {
  process_ = std::make_unique<Process>(
      std::vector<std::string>{"/usr/bin/rtpengine", "--config-file=none", "--foreground", "--log-stderr", "--log-level=3",
                               "--table=-1", "--interface=127.0.0.1", "--listen-ng=127.0.0.1:" + std::to_string(control_port_),
                               "--num-threads=1", "--scheduling=rr", "--priority=1", "--port-min=20000", "--port-max=31999", "--timeout=600", "--delete-delay=0"},
      folder.path("rtpengine.log"));
  std::uint16_t ignored = 0;
  fd_ = open_udp(ignored, 1 << 20);
}

Rtpengine::~Rtpengine() { ::close(fd_); }

std::string Rtpengine::ask(const std::string& command) {
  const std::string cookie = "b" + std::to_string(++cookie_), bytes = cookie + " " + command;
  const sockaddr_in to = loopback(control_port_);
  for (int attempt = 0; attempt < 10; ++attempt) {
    (void)::sendto(fd_, bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    pollfd one{.fd = fd_, .events = POLLIN, .revents = 0};
    std::array<char, 8192> reply;
    while (::poll(&one, 1, 500) > 0) {
      const ssize_t got = ::recv(fd_, reply.data(), reply.size(), 0);
      if (got <= 0) break;
      std::string answer(reply.data(), static_cast<std::size_t>(got));
      if (answer.starts_with(cookie + " ")) return answer;
    }
    if (!process_->running()) break;
    pause(0.1);  // it is still starting, perhaps
  }
  return {};
}

std::uint16_t Rtpengine::port_for(const std::string& command, std::size_t call, std::uint16_t port) {
  const std::string sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio " + std::to_string(port) +
                          " RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";
  std::string ask_for = "d" + entry("ICE", "remove") + entry("call-id", std::to_string(call) + "-bench") + entry("command", command) +
                        entry("from-tag", "a") + entry("sdp", sdp);
  if (command == "answer") ask_for += entry("to-tag", "b");
  return audio_port(ask(ask_for + "e"));
}

bool Rtpengine::set_up(Talkers& talkers) {
  if (ask("d" + entry("command", "ping") + "e").find("pong") == std::string::npos) {
    process_->wait_for([](const std::string&) { return false; }, 0.1);
    return false;
  }
  for (std::size_t leg = 0; leg + 1 < talkers.size(); leg += 2) {
    const std::uint16_t for_second = port_for("offer", leg, talkers.port(leg));
    const std::uint16_t for_first = port_for("answer", leg, talkers.port(leg + 1));
    if (for_first == 0 || for_second == 0) return false;
    talkers.aim(leg, for_first);
    talkers.aim(leg + 1, for_second);
  }
  return true;
}

}  // namespace daedap::bench
