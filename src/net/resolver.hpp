#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "net/dns_lookup.hpp"

namespace daedap::net {

class Loop;

/// Where a SIP server is, by its name: SRV records, then host addresses. One thread of its own asks;
/// the loop never waits.
/// errors  not_found, timed_out (5 s), too_large (256 questions wait), bad_syntax (no host name)
/// thread  the loop's (or before it starts, or after it is joined)
/// spec    RFC 3263 §4.2, RFC 2782
/// differs: no NAPTR (RFC 3263 §4.1): the transport is always told, by the URI or the configuration.
class Resolver {
 public:
  enum class Transport { udp, tcp, tls };
  /// Best first, each with its port, at most 16.
  using Then = std::function<void(base::Result<std::vector<base::Address>>)>;
  struct Limits {
    std::size_t waiting = 256, cache = 512;
    base::Duration time_out = std::chrono::seconds{5};
    std::chrono::seconds known{300}, unknown{30};  // longest time in the cache
  };
  Resolver(Loop& loop, base::Random::Source random, DnsQueries queries, Limits limits);
  Resolver(Loop& loop, base::Random::Source random)
      : Resolver(loop, std::move(random), system_dns(), Limits{}) {}
  /// Waits for the question that is being asked (some seconds at most); drops every `then`.
  ~Resolver();

  /// `port` 0: none was given, so SRV is asked. A numeric host is answered at once. `then` runs in a
  /// later task of the loop.
  void resolve(const std::string& host, std::uint16_t port, Transport transport, Then then);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace daedap::net
