#pragma once

#include "base/time.hpp"
#include "sip/timer_values.hpp"

namespace daedap::sip {

/// One client transaction of any method but INVITE and ACK; its owner keeps the request's bytes.
/// spec  RFC 3261 §17.1.2 (timers E, F, K)
class NonInviteClient {
 public:
  enum class State { trying, proceeding, completed, terminated };
  enum class Act { none, resend, pass, timed_out, ended };

  NonInviteClient(bool reliable, base::Time now);

  Act on_response(int status, base::Time now);
  Act on_time(base::Time now);
  base::Time deadline() const;
  State state() const { return state_; }

 private:
  // state
  State state_ = State::trying;
  bool reliable_;
  base::Millis gap_{timers::t1};
  base::Time resend_ = base::never;  // E
  base::Time end_ = base::never;     // F or K
};

}  // namespace daedap::sip
