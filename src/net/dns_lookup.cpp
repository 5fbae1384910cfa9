#include "net/dns_lookup.hpp"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <memory>

#include "net/socket_address.hpp"

namespace daedap::net {
namespace {

using base::Code;

constexpr std::size_t max_records = 32;
constexpr std::size_t max_addresses = 16;
// getaddrinfo does not tell for how long its answer is good.
constexpr std::chrono::seconds address_ttl{60};

/// This thread's resolver, fresh from the system's configuration; getaddrinfo uses the same one.
void set_up(const std::optional<base::Address>& server) {
  if ((_res.options & RES_INIT) != 0) res_nclose(&_res);
  res_ninit(&_res);
  _res.retrans = 1;
  _res.retry = 2;
  if (!server) return;
  _res.nscount = 1;
  _res.nsaddr_list[0].sin_family = AF_INET;
  _res.nsaddr_list[0].sin_port = htons(server->port);
  std::memcpy(&_res.nsaddr_list[0].sin_addr, server->ip.data(), 4);
}

base::Result<SrvAnswer> ask_srv(const std::optional<base::Address>& server, const std::string& name) {
  set_up(server);
  std::array<std::uint8_t, 4096> answer;
  const int size = res_nquery(&_res, name.c_str(), ns_c_in, ns_t_srv, answer.data(), answer.size());
  if (size >= 0) return parse_srv({answer.data(), std::min<std::size_t>(size, answer.size())});
  if (_res.res_h_errno == HOST_NOT_FOUND || _res.res_h_errno == NO_DATA)
    return base::fail(Code::not_found, "no SRV record", name);
  return base::fail(Code::timed_out, "no answer from the name server", name);
}

base::Result<AddressAnswer> ask_addresses(const std::optional<base::Address>& server,
                                          const std::string& host) {
  set_up(server);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;  // each address once
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error == EAI_AGAIN) return base::fail(Code::timed_out, "no answer from the name server", host);
  if (error != 0) return base::fail(Code::not_found, "no such host", host);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, ::freeaddrinfo);
  AddressAnswer out{{}, address_ttl};
  for (const addrinfo* i = list.get(); i && out.addresses.size() < max_addresses; i = i->ai_next) {
    if (i->ai_family != AF_INET && i->ai_family != AF_INET6) continue;
    sockaddr_storage address{};
    std::memcpy(&address, i->ai_addr, i->ai_addrlen);
    out.addresses.push_back(from_system(address).with_port(0));
  }
  if (out.addresses.empty()) return base::fail(Code::not_found, "no such host", host);
  return out;
}

/// One resource record's SRV data; nothing when it is malformed.
std::optional<SrvRecord> srv_of(ns_msg& message, const ns_rr& record) {
  constexpr int fixed = 6;
  if (ns_rr_rdlen(record) <= fixed) return std::nullopt;
  const std::uint8_t* data = ns_rr_rdata(record);
  std::array<char, NS_MAXDNAME> target;
  if (dn_expand(ns_msg_base(message), ns_msg_end(message), data + fixed, target.data(), target.size()) < 0)
    return std::nullopt;
  const auto word = [data](int at) { return static_cast<std::uint16_t>(ns_get16(data + at)); };
  SrvRecord out{word(0), word(2), word(4), target.data()};
  if (out.target.empty()) out.target = ".";
  if (out.target.size() > 1 && out.target.back() == '.') out.target.pop_back();
  for (char& c : out.target) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

}  // namespace

base::Result<SrvAnswer> parse_srv(std::span<const std::uint8_t> bytes) {
  ns_msg message;
  if (ns_initparse(bytes.data(), static_cast<int>(bytes.size()), &message) != 0)
    return base::fail(Code::bad_syntax, "no DNS message");
  SrvAnswer out{{}, std::chrono::seconds{std::numeric_limits<std::int32_t>::max()}};
  for (int i = 0; i < ns_msg_count(message, ns_s_an) && out.records.size() < max_records; ++i) {
    ns_rr record;
    if (ns_parserr(&message, ns_s_an, i, &record) != 0)
      return base::fail(Code::bad_syntax, "malformed DNS record");
    if (ns_rr_type(record) != ns_t_srv) continue;  // a CNAME on the way
    auto srv = srv_of(message, record);
    if (!srv) return base::fail(Code::bad_syntax, "malformed SRV record");
    out.records.push_back(std::move(*srv));
    out.ttl = std::min(out.ttl, std::chrono::seconds{ns_rr_ttl(record)});
  }
  if (out.records.empty()) return base::fail(Code::not_found, "no SRV record");
  return out;
}

void order_srv(std::vector<SrvRecord>& records, base::Random& random) {
  // Those of weight 0 first, so that they too can be drawn.
  std::ranges::stable_sort(records, {},
                           [](const SrvRecord& r) { return std::pair(r.priority, r.weight != 0); });
  for (auto next = records.begin(); next != records.end(); ++next) {
    const auto other = [&](const SrvRecord& r) { return r.priority != next->priority; };
    const auto end = std::find_if(next, records.end(), other);
    std::uint64_t sum = 0;
    for (auto r = next; r != end; ++r) sum += r->weight;
    std::uint64_t lot = random.u64() % (sum + 1);
    auto drawn = next;
    while (lot > drawn->weight) lot -= (drawn++)->weight;
    std::rotate(next, drawn, std::next(drawn));
  }
}

DnsQueries system_dns(std::optional<base::Address> server) {
  return {[server](const std::string& name) { return ask_srv(server, name); },
          [server](const std::string& host) { return ask_addresses(server, host); }};
}

}  // namespace daedap::net
