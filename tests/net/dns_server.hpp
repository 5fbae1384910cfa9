#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "net/dns_lookup.hpp"
#include "net/socket_address.hpp"

namespace daedap::test {

inline std::string word(unsigned value) { return {static_cast<char>(value >> 8), static_cast<char>(value)}; }

inline std::string dns_name(const std::string& name) {
  std::string out;
  for (std::size_t at = 0; at < name.size() && name != ".";) {
    const std::size_t dot = std::min(name.find('.', at), name.size());
    out += static_cast<char>(dot - at);
    out += name.substr(at, dot - at);
    at = dot + 1;
  }
  return out + '\0';
}

inline std::string dns_record(const std::string& name, unsigned type, unsigned ttl, const std::string& data) {
  return dns_name(name) + word(type) + word(1) + word(ttl >> 16) + word(ttl & 0xFFFF) + word(static_cast<unsigned>(data.size())) + data;
}

inline std::string srv_data(const net::SrvRecord& r) {
  return word(r.priority) + word(r.weight) + word(r.port) + dns_name(r.target);
}

/// Header, question, answers; `code` is the RCODE.
inline std::string dns_message(const std::string& id, const std::string& question, const std::vector<std::string>& answers, unsigned code = 0) {
  std::string out = id + word(0x8180 | code) + word(1) + word(static_cast<unsigned>(answers.size())) + word(0) + word(0) + question;
  for (const std::string& a : answers) out += a;
  return out;
}

/// A name server on loopback that knows what the test told it; any other name does not exist. Names under "silent."
/// get no answer.
class DnsServer {
 public:
  /// "name/type" in lower case, type 1 = A, 33 = SRV -> resource records.
  using Zone = std::map<std::string, std::vector<std::string>>;
  explicit DnsServer(Zone zone) : zone_(std::move(zone)) {
    fd_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_storage name{};
    socklen_t size = net::to_system(*base::Address::parse("127.0.0.1:0"), name);
    ::bind(fd_, reinterpret_cast<sockaddr*>(&name), size);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&name), &size);
    address_ = net::from_system(name);
    thread_ = std::thread([this] { serve(); });
  }
  ~DnsServer() {
    const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_storage to{};
    const socklen_t size = net::to_system(address_, to);
    ::sendto(fd, "", 1, 0, reinterpret_cast<sockaddr*>(&to), size);  // too short: ends the thread
    ::close(fd);
    thread_.join();
    ::close(fd_);
  }
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;
  const base::Address& address() const { return address_; }

 private:
  void serve() {
    for (;;) {
      char buffer[2048];
      sockaddr_storage from{};
      socklen_t length = sizeof from;
      const ssize_t size = ::recvfrom(fd_, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &length);
      if (size < 17) return;
      const std::string query(buffer, static_cast<std::size_t>(size));
      std::string name;
      std::size_t at = 12;
      for (; at < query.size() && query[at] != 0; at += static_cast<std::size_t>(query[at]) + 1)
        name += (name.empty() ? "" : ".") + query.substr(at + 1, static_cast<std::size_t>(query[at]));
      const int type = static_cast<unsigned char>(query[at + 2]);
      if (name.ends_with("silent")) continue;
      const auto known = zone_.find(name + "/" + std::to_string(type));
      const bool any = zone_.lower_bound(name + "/") != zone_.end() && zone_.lower_bound(name + "/")->first.starts_with(name + "/");
      const std::string answer = dns_message(query.substr(0, 2), query.substr(12, at + 5 - 12),
                                             known == zone_.end() ? std::vector<std::string>{} : known->second, any ? 0 : 3);
      ::sendto(fd_, answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from), length);
    }
  }

  const Zone zone_;
  int fd_ = -1;
  base::Address address_;
  std::thread thread_;
};

}  // namespace daedap::test
