#include "server/sip_address.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "net/socket_address.hpp"

namespace daedap::server {
namespace {

base::Result<base::Address> first_own_address(bool v6) {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return base::fail(base::Code::io, "cannot list the network interfaces");
  const int family = v6 ? AF_INET6 : AF_INET;
  base::Address found;
  bool any = false;
  for (const ifaddrs* i = list; i; i = i->ifa_next) {
    if (!i->ifa_addr || i->ifa_addr->sa_family != family || !(i->ifa_flags & IFF_UP) || (i->ifa_flags & IFF_LOOPBACK)) continue;
    sockaddr_storage address{};
    std::copy_n(reinterpret_cast<const char*>(i->ifa_addr), v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in), reinterpret_cast<char*>(&address));
    const base::Address candidate = net::from_system(address).with_port(0);
    if (v6 && candidate.ip[0] == 0xFE) continue;  // link-local: no use to a peer
    found = candidate;
    any = true;
    break;
  }
  ::freeifaddrs(list);
  if (!any) return base::Address::parse_ip(v6 ? "::1" : "127.0.0.1");
  return found;
}

base::Result<base::Address> told(const std::string& advertised, const std::string& bind) {
  if (!advertised.empty()) return base::Address::parse_ip(advertised);
  auto address = base::Address::parse_ip(bind);
  if (address && address->is_any()) return first_own_address(address->v6);
  return address;
}

}  // namespace

base::Result<Advertised> advertised_addresses(const Config& config) {
  const auto sip = told(config.sip.advertised, config.sip.bind);
  if (!sip) return tl::unexpected(sip.error());
  if (config.media.advertised.empty() && config.media.bind.empty()) return Advertised{*sip, *sip};
  const auto media = told(config.media.advertised, config.media.bind.empty() ? config.sip.bind : config.media.bind);
  if (!media) return tl::unexpected(media.error());
  return Advertised{*sip, *media};
}

}  // namespace daedap::server
