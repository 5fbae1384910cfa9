#include "sip/invite_client.hpp"

#include <algorithm>

namespace daedap::sip {

using base::Time;

InviteClient::InviteClient(bool reliable, Time now)
    : reliable_(reliable), end_(now + timers::transaction) {
  if (!reliable_) resend_ = now + gap_;
}

InviteClient::Act InviteClient::on_response(int status, Time now) {
  switch (state_) {
    case State::calling:
    case State::proceeding:
      if (status >= 200) return on_final(status, now);
      state_ = State::proceeding;
      resend_ = base::never;
      end_ = now + timers::stalled;
      return Act::pass;
    case State::completed: return status >= 300 ? Act::ack : Act::none;
    case State::accepted: return status / 100 == 2 ? Act::pass : Act::none;
    case State::terminated: break;
  }
  return Act::none;
}

InviteClient::Act InviteClient::on_final(int status, Time now) {
  resend_ = base::never;
  end_ = now + timers::transaction;
  if (status < 300) {
    state_ = State::accepted;
    return Act::pass;
  }
  state_ = reliable_ ? State::terminated : State::completed;
  if (reliable_) end_ = base::never;
  return Act::pass_and_ack;
}

InviteClient::Act InviteClient::on_time(Time now) {
  if (now >= end_) {
    const State was = state_;
    resend_ = end_ = base::never;
    if (was == State::proceeding) return Act::stalled;
    state_ = State::terminated;
    return was == State::calling ? Act::timed_out : Act::ended;
  }
  if (now < resend_) return Act::none;
  gap_ *= 2;
  resend_ = now + gap_;
  return Act::resend;
}

Time InviteClient::deadline() const { return std::min(resend_, end_); }

}  // namespace daedap::sip
