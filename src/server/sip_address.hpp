#pragma once

#include "base/address.hpp"
#include "server/config.hpp"

namespace daedap::server {

/// The IP addresses that peers are told, apart from the ones we bind to.
struct Advertised {
  base::Address sip, media;  // port 0
};

/// From the configuration; a wildcard bind without an advertised address takes the machine's first
/// address that is no loopback. errors  io (no such address)
base::Result<Advertised> advertised_addresses(const Config& config);

}  // namespace daedap::server
