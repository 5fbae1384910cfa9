#include "net/socket_address.hpp"

#include <netinet/in.h>

#include <cstring>

namespace daedap::net {

socklen_t to_system(const base::Address& address, sockaddr_storage& out) {
  if (address.v6) {
    sockaddr_in6 s{};
    s.sin6_family = AF_INET6;
    s.sin6_port = htons(address.port);
    std::memcpy(&s.sin6_addr, address.ip.data(), 16);
    std::memcpy(&out, &s, sizeof s);
    return sizeof s;
  }
  sockaddr_in s{};
  s.sin_family = AF_INET;
  s.sin_port = htons(address.port);
  std::memcpy(&s.sin_addr, address.ip.data(), 4);
  std::memcpy(&out, &s, sizeof s);
  return sizeof s;
}

base::Address from_system(const sockaddr_storage& in) {
  base::Address address;
  if (in.ss_family == AF_INET6) {
    sockaddr_in6 s;
    std::memcpy(&s, &in, sizeof s);
    address.v6 = true;
    address.port = ntohs(s.sin6_port);
    std::memcpy(address.ip.data(), &s.sin6_addr, 16);
  } else if (in.ss_family == AF_INET) {
    sockaddr_in s;
    std::memcpy(&s, &in, sizeof s);
    address.port = ntohs(s.sin_port);
    std::memcpy(address.ip.data(), &s.sin_addr, 4);
  }
  return address;
}

}  // namespace daedap::net
