#pragma once

#include <sys/socket.h>

#include "base/address.hpp"

namespace daedap::net {

/// An Address in the system's form; returns the length to pass along with it.
socklen_t to_system(const base::Address& address, sockaddr_storage& out);
/// The Address that the system wrote. Anything but IPv4 and IPv6 gives 0.0.0.0:0.
base::Address from_system(const sockaddr_storage& in);

}  // namespace daedap::net
