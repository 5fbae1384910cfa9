#pragma once

#include <algorithm>
#include <string>

#include "base/time.hpp"
#include "sip/message.hpp"
#include "sip/timer_values.hpp"

namespace daedap::sip {

/// Resends our 2xx to an INVITE until the ACK comes, over any transport. Knows no socket, no clock.
/// spec  RFC 3261 §13.3.1.4 (T1 doubling up to T2, give up after 64*T1)
class OkResender {
 public:
  enum class Act { wait, resend, hang_up };

  explicit OkResender(base::Time sent) : next_(sent + gap_), give_up_(sent + timers::transaction) {}

  Act on_time(base::Time now);
  void on_ack() { next_ = give_up_ = base::never; }
  bool acked() const { return give_up_ == base::never; }
  base::Time deadline() const { return std::min(next_, give_up_); }

 private:
  base::Millis gap_{timers::t1};
  base::Time next_, give_up_;
};

/// One INVITE server transaction and the 2xx that it ends with. Keeps the last response as bytes.
/// spec  RFC 3261 §17.2.1 (timers G, H, I), RFC 6026 §7.1 (Accepted, timer L)
/// differs: a retransmitted INVITE in Accepted brings our 2xx again as long as it has no ACK, for the
///          core that RFC 6026 leaves this to lives here too.
class InviteServer {
 public:
  enum class State { proceeding, completed, confirmed, accepted, terminated };
  enum class Act { none, resend, no_ack, ended };

  explicit InviteServer(bool reliable) : reliable_(reliable) {}

  // Responses of ours; each gives the bytes to send now.
  const std::string& provisional(const Message& response);
  const std::string& accept(const Message& ok, base::Time now);
  const std::string& reject(const Message& response, base::Time now);

  /// The INVITE came again.
  Act on_invite() const;
  /// An ACK that matches this transaction (so not the ACK of a 2xx).
  Act on_ack(base::Time now);
  /// The ACK of our 2xx, found by its dialog.
  void on_ok_acked();
  /// no_ack: 64*T1 without ACK; the transaction has terminated.
  Act on_time(base::Time now);
  base::Time deadline() const;

  State state() const { return state_; }
  const std::string& response() const { return response_; }

 private:
  // state
  State state_ = State::proceeding;
  bool reliable_;
  std::string response_;
  base::Millis gap_{timers::t1};
  base::Time resend_ = base::never;  // G
  base::Time end_ = base::never;     // H, I or L
  OkResender ok_{base::never - timers::transaction};
};

}  // namespace daedap::sip
