#include "server/doctor/surroundings.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/timex.h>

#include <algorithm>
#include <fstream>

#include "net/socket_address.hpp"

namespace daedap::server {
namespace {

constexpr std::uint64_t megabyte = 1'000'000;
constexpr std::uint64_t recorded_bytes_per_s = 64'000;
constexpr std::int64_t oldest_sane_s = 1'735'689'600;  // 2025-01-01: this program is younger

std::string ports(int first, int last) { return std::to_string(first) + "-" + std::to_string(last); }

}  // namespace

std::vector<base::Address> own_addresses() {
  std::vector<base::Address> all;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return all;
  for (const ifaddrs* i = list; i; i = i->ifa_next) {
    if (!i->ifa_addr || !(i->ifa_flags & IFF_UP) ||
        (i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6))
      continue;
    const bool v6 = i->ifa_addr->sa_family == AF_INET6;
    sockaddr_storage address{};
    std::copy_n(reinterpret_cast<const char*>(i->ifa_addr), v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in),
                reinterpret_cast<char*>(&address));
    all.push_back(net::from_system(address).with_port(0));
  }
  ::freeifaddrs(list);
  return all;
}

bool is_loopback(const base::Address& a) {
  static const auto v6 = base::Address::parse_ip("::1");
  return a.v6 ? a.same_ip(*v6) : a.ip[0] == 127;
}

bool is_private(const base::Address& a) {
  if (a.v6) return (a.ip[0] & 0xfe) == 0xfc;
  return a.ip[0] == 10 || (a.ip[0] == 172 && (a.ip[1] & 0xf0) == 16) || (a.ip[0] == 192 && a.ip[1] == 168) ||
         (a.ip[0] == 100 && (a.ip[1] & 0xc0) == 64);
}

Finding address_finding(const char* item, const base::Address& told, const std::vector<base::Address>& own,
                        bool has_trunks) {
  const std::string ip = told.ip_text();
  const std::string key = std::string(item) == "sip address" ? "sip.advertised" : "media.advertised";
  const bool ours = std::ranges::any_of(own, [&](const base::Address& a) { return a.same_ip(told); });
  if (is_loopback(told))
    return has_trunks ? problem(item, ip + " is told to a provider that cannot reach it",
                                "set sip.bind and " + key + " to an address that it can reach")
                      : warning(item, ip + " is reached from this machine only",
                                "for phones elsewhere set sip.bind: 0.0.0.0, and " + key +
                                    " when there is a router in between");
  if (!ours && is_private(told))
    return problem(item, ip + " is private and not an address of this machine",
                   "set " + key + " to this machine's address, or to the public one of the router before it");
  if (!ours)
    return warning(item, ip + " is no address of this machine, so a router must pass it on",
                   "forward the SIP port and the RTP ports from " + ip + " to this machine");
  if (is_private(told) && has_trunks)
    return warning(item, ip + " is private, and there are trunks",
                   "a provider on the Internet cannot send audio there unless it answers to where audio "
                   "comes from; behind a router set " +
                       key + " to its public address");
  return good(item, ip);
}

Findings rtp_findings(const Config& config, std::size_t running) {
  const int first = config.media.first_port, last = config.media.last_port;
  const std::size_t pairs = static_cast<std::size_t>(last - first + 1) / 2;
  const std::string room = ports(first, last) + ": room for " + std::to_string(pairs) + " AI calls or " +
                           std::to_string(pairs / 2) + " bridged calls at once";
  Findings out;
  if (running * 2 > pairs * 4 / 5)
    out.push_back(problem("rtp ports", room + "; " + std::to_string(running) + " calls run",
                          "widen media.first_port and media.last_port before calls are refused"));
  else if (pairs < config.engines.max_streams)
    out.push_back(warning("rtp ports",
                          room + ", but engines.max_streams is " + std::to_string(config.engines.max_streams),
                          "widen media.first_port and media.last_port"));
  else out.push_back(good("rtp ports", room));
  if (config.sip.port >= first && config.sip.port <= last)
    out.push_back(problem(
        "rtp ports", "the SIP port " + std::to_string(config.sip.port) + " lies within " + ports(first, last),
        "move media.first_port above it"));
  int low = 0, high = 0;
  if (std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> low >> high && first <= high && last >= low)
    out.push_back(warning("rtp ports",
                          ports(first, last) + " overlap the ports that other programs get by chance (" +
                              ports(low, high) + ")",
                          "take a range outside, or set net.ipv4.ip_local_port_range"));
  return out;
}

Finding disk_finding(std::uint64_t free_bytes) {
  const std::string room = std::to_string(free_bytes / megabyte) +
                           " MB free: " + std::to_string(free_bytes / recorded_bytes_per_s / 3600) +
                           " hours of recorded calls";
  if (free_bytes < 200 * megabyte)
    return problem("disk", room, "make room where the state folder is: recordings end when it is full");
  if (free_bytes < 5'000 * megabyte)
    return warning("disk", room, "make room where the state folder is, or delete old recordings");
  return good("disk", room);
}

Finding clock_finding(std::chrono::system_clock::time_point now, std::int64_t newest_call_ms,
                      bool synchronised) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  const std::string advice = "set the clock and keep it right: timedatectl set-ntp true";
  if (ms < oldest_sane_s * 1000) return problem("clock", "it is before 2025", advice);
  if (newest_call_ms > ms + 60'000)
    return problem("clock", "it is behind the newest call: it was set back", advice);
  if (!synchronised) return warning("clock", "nothing keeps it right, as far as the system knows", advice);
  return good("clock", "synchronised");
}

bool clock_is_synchronised() {
  timex state{};
  const int got = ::adjtimex(&state);
  return got >= 0 && got != TIME_ERROR && !(state.status & STA_UNSYNC);
}

}  // namespace daedap::server
