#pragma once

#include "base/time.hpp"
#include "sip/timer_values.hpp"

namespace daedap::sip {

/// One INVITE client transaction; its owner keeps the bytes of the INVITE and of the ACK.
/// spec  RFC 3261 §17.1.1 (timers A, B, D), RFC 6026 §7.2 (Accepted, timer M)
/// differs: a peer that goes silent after its last 1xx is given up after 185 s (`stalled`), a user
///          agent's own timer C, so that no transaction lives for ever.
class InviteClient {
 public:
  enum class State { calling, proceeding, completed, accepted, terminated };
  /// pass = show the response to the user; ack = send the stored ACK of a 3xx-6xx again.
  enum class Act { none, resend, pass, pass_and_ack, ack, timed_out, stalled, ended };

  InviteClient(bool reliable, base::Time now);

  Act on_response(int status, base::Time now);
  Act on_time(base::Time now);
  base::Time deadline() const;
  State state() const { return state_; }
  /// A CANCEL may only follow a provisional response. spec  RFC 3261 §9.1
  bool may_cancel() const { return state_ == State::proceeding; }

 private:
  Act on_final(int status, base::Time now);

  // state
  State state_ = State::calling;
  bool reliable_;
  base::Millis gap_{timers::t1};
  base::Time resend_ = base::never;  // A
  base::Time end_ = base::never;     // B, C, D or M
};

}  // namespace daedap::sip
