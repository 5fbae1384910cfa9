#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "server/config.hpp"
#include "server/doctor/finding.hpp"

namespace daedap::server {

/// What `daedap doctor` learns of the machine. Everything blocks; for the command line only.

/// IP addresses of the interfaces that are up.
std::vector<base::Address> own_addresses();
/// 10/8, 172.16/12, 192.168/16, 100.64/10, fc00::/7.
bool is_private(const base::Address& address);
bool is_loopback(const base::Address& address);

/// The address that peers are told. in  `own`: those of this machine
Finding address_finding(const char* item, const base::Address& told, const std::vector<base::Address>& own,
                        bool has_trunks);

/// Of a server that does not run: whether it could open its ports.
Findings free_port_findings(const Config& config);
/// Of one that runs: whether SIP answers on UDP and TCP.
Findings sip_answer_findings(const Config& config, std::uint16_t port);

/// Room for calls in the RTP range. in  `running`: calls now
Findings rtp_findings(const Config& config, std::size_t running);
/// in  bytes that are free where the state folder is
Finding disk_finding(std::uint64_t free_bytes);
/// in  `newest_call_ms`: start of the newest call, milliseconds since 1970, 0 = none
Finding clock_finding(std::chrono::system_clock::time_point now, std::int64_t newest_call_ms,
                      bool synchronised);
bool clock_is_synchronised();

}  // namespace daedap::server
