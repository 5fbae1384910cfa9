#pragma once

#include "base/time.hpp"

namespace daedap::sip::timers {

/// The base values from which all transaction timers follow. spec  RFC 3261 §17.1.1.1, table 4
inline constexpr base::Millis t1{500};   // round trip estimate
inline constexpr base::Millis t2{4000};  // longest gap between retransmissions
inline constexpr base::Millis t4{5000};  // longest life of a message in the network
/// Timers B, D, F, H, J, L and M.
inline constexpr base::Millis transaction = 64 * t1;
/// How long a client INVITE may stand after its last 1xx. spec  timer C of RFC 3261 §16.6 item 11
inline constexpr base::Millis stalled = std::chrono::seconds(185);

}  // namespace daedap::sip::timers
