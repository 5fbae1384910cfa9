#pragma once

#include <functional>
#include <string>

#include "base/address.hpp"
#include "base/result.hpp"
#include "call/test_caller/test_caller.hpp"

namespace daedap::server {

/// Where a test call goes and what it looks like on the wire.
struct CallTarget {
  std::string uri;             // "sip:1001@192.0.2.1:5060;transport=tcp"
  std::string user, password;  // for a challenge; empty = none
  std::string ca = {};         // TLS: PEM file of who vouches for the server; empty = the system's
  bool insecure = false;       // TLS: any certificate will do
  sdp::SrtpPolicy srtp = sdp::SrtpPolicy::off;
};

/// A test caller on live sockets: its own loop, ports and SIP endpoint, nothing of a server's state.
/// Places the call, plays `steps`, returns when it is over.
/// in      `stop` is asked every tick; true hangs up
/// errors  bad_syntax (URI, CA file), not_found (host name), denied (TLS hand-shake), timed_out (DNS), no_port, io
base::Result<call::TestReport> place_call(const CallTarget& target, std::vector<call::Step> steps,
                                          const std::function<bool()>& stop);

/// The best address of a host name or number; port 0 = by SRV. Blocks on DNS: command line only.
base::Result<base::Address> resolve(const std::string& host, std::uint16_t port,
                                    sip::Transport transport = sip::Transport::udp);

}  // namespace daedap::server
