#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/random.hpp"
#include "base/result.hpp"

namespace daedap::net {

/// One answer to an SRV question. spec  RFC 2782
struct SrvRecord {
  std::uint16_t priority = 0, weight = 0, port = 0;
  std::string target;  // lower case, no dot at the end; "." alone: the service is not there

  friend bool operator==(const SrvRecord&, const SrvRecord&) = default;
};
struct SrvAnswer {
  std::vector<SrvRecord> records;
  std::chrono::seconds ttl{0};
};
struct AddressAnswer {
  std::vector<base::Address> addresses;  // port 0; best first
  std::chrono::seconds ttl{0};
};

/// Questions that may block. thread  any one
struct DnsQueries {
  /// errors  not_found (no such record), timed_out, io
  std::function<base::Result<SrvAnswer>(const std::string& name)> srv;
  std::function<base::Result<AddressAnswer>(const std::string& host)> addresses;
};

/// The machine's own way: SRV from its name server, addresses by the system (so /etc/hosts counts).
/// Two tries per name server, about 3 s. `server` (IPv4) stands in for the machine's name servers.
DnsQueries system_dns(std::optional<base::Address> server = std::nullopt);

/// The SRV records of a DNS message, at most 32. errors  bad_syntax, not_found (none in it)
base::Result<SrvAnswer> parse_srv(std::span<const std::uint8_t> message);

/// In the order in which they are to be tried: by priority, then by weighted lot. spec  RFC 2782
void order_srv(std::vector<SrvRecord>& records, base::Random& random);

}  // namespace daedap::net
