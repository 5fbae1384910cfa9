#include "sip/invite_server.hpp"

namespace daedap::sip {

using base::Time;

OkResender::Act OkResender::on_time(Time now) {
  if (now >= give_up_) {
    next_ = give_up_ = base::never;
    return Act::hang_up;
  }
  if (now < next_) return Act::wait;
  gap_ = std::min(2 * gap_, timers::t2);
  next_ = now + gap_;
  return Act::resend;
}

const std::string& InviteServer::provisional(const Message& response) {
  if (state_ == State::proceeding) response_ = response.write();
  return response_;
}

// @path invite-ai 6/6
const std::string& InviteServer::accept(const Message& ok, Time now) {
  state_ = State::accepted;
  response_ = ok.write();
  end_ = now + timers::transaction;
  ok_ = OkResender(now);
  return response_;
}

const std::string& InviteServer::reject(const Message& response, Time now) {
  state_ = State::completed;
  response_ = response.write();
  end_ = now + timers::transaction;
  if (!reliable_) resend_ = now + gap_;
  return response_;
}

InviteServer::Act InviteServer::on_invite() const {
  const bool answer = state_ == State::proceeding || state_ == State::completed ||
                      (state_ == State::accepted && !ok_.acked());
  return answer && !response_.empty() ? Act::resend : Act::none;
}

InviteServer::Act InviteServer::on_ack(Time now) {
  if (state_ != State::completed) return Act::none;
  resend_ = base::never;
  response_.clear();
  if (reliable_) {
    state_ = State::terminated;
    end_ = base::never;
    return Act::ended;
  }
  state_ = State::confirmed;
  end_ = now + timers::t4;
  return Act::none;
}

void InviteServer::on_ok_acked() {
  if (state_ != State::accepted) return;
  ok_.on_ack();
  response_.clear();
  response_.shrink_to_fit();
}

InviteServer::Act InviteServer::on_time(Time now) {
  if (state_ == State::accepted && !ok_.acked()) {
    switch (ok_.on_time(now)) {
      case OkResender::Act::resend: return Act::resend;
      case OkResender::Act::wait: return Act::none;
      case OkResender::Act::hang_up: break;
    }
    state_ = State::terminated;
    end_ = base::never;
    return Act::no_ack;
  }
  if (now >= end_) {
    const bool lost = state_ == State::completed;
    state_ = State::terminated;
    end_ = resend_ = base::never;
    return lost ? Act::no_ack : Act::ended;
  }
  if (now < resend_) return Act::none;
  gap_ = std::min(2 * gap_, timers::t2);
  resend_ = now + gap_;
  return Act::resend;
}

Time InviteServer::deadline() const {
  if (state_ == State::accepted) return std::min(end_, ok_.deadline());
  return std::min(end_, resend_);
}

}  // namespace daedap::sip
