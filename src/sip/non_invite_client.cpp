#include "sip/non_invite_client.hpp"

#include <algorithm>

namespace daedap::sip {

using base::Time;

NonInviteClient::NonInviteClient(bool reliable, Time now)
    : reliable_(reliable), end_(now + timers::transaction) {
  if (!reliable_) resend_ = now + gap_;
}

NonInviteClient::Act NonInviteClient::on_response(int status, Time now) {
  if (state_ == State::completed || state_ == State::terminated) return Act::none;
  if (status < 200) {
    state_ = State::proceeding;
    return Act::pass;
  }
  resend_ = base::never;
  state_ = reliable_ ? State::terminated : State::completed;
  end_ = reliable_ ? base::never : now + timers::t4;
  return Act::pass;
}

NonInviteClient::Act NonInviteClient::on_time(Time now) {
  if (now >= end_) {
    const bool done = state_ == State::completed;
    resend_ = end_ = base::never;
    state_ = State::terminated;
    return done ? Act::ended : Act::timed_out;
  }
  if (now < resend_) return Act::none;
  gap_ = state_ == State::proceeding ? timers::t2 : std::min(2 * gap_, timers::t2);
  resend_ = now + gap_;
  return Act::resend;
}

Time NonInviteClient::deadline() const { return std::min(resend_, end_); }

}  // namespace daedap::sip
