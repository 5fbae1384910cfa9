#pragma once

#include <string>

#include "base/time.hpp"
#include "sip/message.hpp"
#include "sip/timer_values.hpp"

namespace daedap::sip {

/// One server transaction of any method but INVITE and ACK. Keeps the last response as bytes.
/// spec  RFC 3261 §17.2.2 (timer J)
class NonInviteServer {
 public:
  enum class State { trying, proceeding, completed, terminated };
  enum class Act { none, resend, ended };

  explicit NonInviteServer(bool reliable) : reliable_(reliable) {}

  /// Our response; gives the bytes to send now, none when a final one was sent before.
  std::string respond(const Message& response, base::Time now);
  /// The request came again.
  Act on_request() const;
  Act on_time(base::Time now);
  base::Time deadline() const { return end_; }
  State state() const { return state_; }
  const std::string& response() const { return response_; }

 private:
  // state
  State state_ = State::trying;
  bool reliable_;
  std::string response_;
  base::Time end_ = base::never;  // J
};

}  // namespace daedap::sip
