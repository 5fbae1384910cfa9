#pragma once

#include <cstdint>
#include <string_view>

#include "base/address.hpp"

namespace daedap::sip {

enum class Transport : std::uint8_t { udp, tcp, tls, ws, wss };
/// "UDP", "TCP", ... as in a Via. spec  RFC 3261 §20.42, RFC 7118
std::string_view name(Transport transport);
constexpr bool is_reliable(Transport t) { return t != Transport::udp; }

/// The path a message came by and replies go back on (RFC 5626's word): a remote address over UDP,
/// one connection otherwise.
struct Flow {
  Transport transport = Transport::udp;
  base::Address remote;
  std::uint64_t connection = 0;  // 0 = UDP, or a connection still to be opened to `remote`

  friend auto operator<=>(const Flow&, const Flow&) = default;
};

}  // namespace daedap::sip
