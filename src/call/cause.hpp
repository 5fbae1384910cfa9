#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace daedap::call {

/// Why a call ended; the call record's `cause`.
enum class Cause : std::uint8_t {
  caller_hung_up,
  caller_cancelled,
  goodbye,          // the assistant and the caller were done
  no_input,         // nobody spoke
  max_length,
  engine_failure,
  ai_unavailable,   // 503
  operator_unavailable,  // 480: not registered, or the telephone is gone
  operator_no_answer,    // 480
  operator_busy,         // 486
  operator_declined,     // 603
  not_found,        // 404
  no_common_codec,  // 488
  bad_request,
  no_ack,           // our 200 was never acknowledged
  signalling_lost,
  media_lost,       // no RTP for the configured time
  no_port,
  shutdown,
  api_hang_up,
  internal,
  killed,           // found open in the store after a crash
  agent_hung_up,    // whom the caller was connected with
  transferred,      // the parties went on in another call
  forbidden,        // 403
  loop,             // 482
  stream_ended,     // plain RTP: its senders fell silent, or said so
};
inline constexpr Cause last_cause = Cause::stream_ended;
std::string_view name(Cause cause);

/// What the outside is told for a cause: the row of the one verdict table. Spoken apologies are the
/// conversation's (speech/phrases.hpp).
struct Verdict {
  int status;                    // SIP final status when the call was not answered yet
  std::string_view reason;       // Reason header of a BYE (RFC 3326), "" = none
};
const Verdict& verdict(Cause cause);
/// What an error that stops a call is recorded as.
Cause cause_of(base::Code code);

}  // namespace daedap::call
