// Whether ports are free, and whether SIP answers on them.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "net/socket_address.hpp"
#include "server/doctor/surroundings.hpp"

namespace daedap::server {
namespace {

constexpr int answer_ms = 1000;
constexpr int attempts = 3;

/// A socket that closes itself.
class Socket {
 public:
  Socket(const base::Address& like, int type)
      : fd_(::socket(like.v6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

/// 0 or the reason why `local` cannot be opened.
int bind_error(const base::Address& local, int type) {
  const Socket socket(local, type);
  sockaddr_storage to{};
  const socklen_t length = net::to_system(local, to);
  const int on = 1;
  if (type == SOCK_STREAM) ::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (socket.fd() < 0 || ::bind(socket.fd(), reinterpret_cast<const sockaddr*>(&to), length) != 0)
    return errno;
  return type == SOCK_STREAM && ::listen(socket.fd(), 1) != 0 ? errno : 0;
}

Finding free_finding(const std::string& item, const base::Address& local, int type) {
  const int error = bind_error(local, type);
  if (error == 0) return good(item, local.text() + " is free");
  const std::string what = local.text() + " cannot be opened: " + std::strerror(error);
  if (error == EADDRINUSE)
    return problem(item, what,
                   "another program holds it (ss -lunpt shows which): stop it, or take another port");
  if (error == EADDRNOTAVAIL)
    return problem(item, what, "this machine has no such address: correct the bind address");
  return problem(item, what, "run the server with the right to open it, or take a port above 1023");
}

/// From a wildcard to an address of its own that can be asked.
base::Address to_ask(const std::string& bind, std::uint16_t port) {
  auto address = base::Address::parse_ip(bind, port);
  if (!address) return {};
  if (address->is_any()) address = base::Address::parse_ip(address->v6 ? "::1" : "127.0.0.1", port);
  return *address;
}

bool connects(const base::Address& to, Socket& socket) {
  sockaddr_storage system{};
  const socklen_t length = net::to_system(to, system);
  const timeval limit{2, 0};
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  return socket.fd() >= 0 && ::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&system), length) == 0;
}

std::string options_request(const base::Address& from, const base::Address& to, int attempt) {
  const std::string id = std::to_string(::getpid()) + "-" + std::to_string(attempt);
  return "OPTIONS sip:" + to.text() + " SIP/2.0\r\nVia: SIP/2.0/UDP " + from.text() +
         ";rport;branch=z9hG4bKdoctor" + id + "\r\nMax-Forwards: 70\r\nFrom: <sip:doctor@" + from.text() +
         ">;tag=d" + id + "\r\nTo: <sip:" + to.text() + ">\r\nCall-ID: doctor-" + id +
         "\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
}

bool answers_options(const base::Address& to) {
  Socket socket(to, SOCK_DGRAM);
  if (!connects(to, socket)) return false;
  sockaddr_storage mine{};
  socklen_t length = sizeof mine;
  ::getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&mine), &length);
  const base::Address from = net::from_system(mine);
  for (int i = 0; i < attempts; ++i) {
    const std::string request = options_request(from, to, i);
    if (::send(socket.fd(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return false;
    pollfd wait{socket.fd(), POLLIN, 0};
    char answer[512];
    if (::poll(&wait, 1, answer_ms) <= 0) continue;
    const ssize_t got = ::recv(socket.fd(), answer, sizeof answer, 0);
    return got > 8 && std::string_view(answer, 8) == "SIP/2.0 ";
  }
  return false;
}

}  // namespace

Findings free_port_findings(const Config& config) {
  Findings out;
  const auto look = [&](const char* item, const std::string& bind, std::uint16_t port, int type) {
    const auto local = base::Address::parse_ip(bind, port);
    if (local && port != 0) out.push_back(free_finding(item, *local, type));
  };
  look("sip udp port", config.sip.bind, config.sip.port, SOCK_DGRAM);
  if (config.sip.tcp) look("sip tcp port", config.sip.bind, config.sip.port, SOCK_STREAM);
  look("http port", config.http.bind, config.http.port, SOCK_STREAM);
  look("rtp port", config.media.bind.empty() ? config.sip.bind : config.media.bind, config.media.first_port,
       SOCK_DGRAM);
  return out;
}

Findings sip_answer_findings(const Config& config, std::uint16_t port) {
  Findings out;
  const base::Address to = to_ask(config.sip.bind, port);
  if (answers_options(to)) out.push_back(good("sip udp port", to.text() + " answers"));
  else
    out.push_back(problem("sip udp port", to.text() + " does not answer",
                          "let a firewall on this machine pass it; restart the server when it hangs"));
  if (!config.sip.tcp) return out;
  Socket socket(to, SOCK_STREAM);
  if (connects(to, socket)) out.push_back(good("sip tcp port", to.text() + " answers"));
  else
    out.push_back(problem("sip tcp port", to.text() + " does not answer",
                          "let a firewall on this machine pass it; restart the server when it hangs"));
  return out;
}

}  // namespace daedap::server
