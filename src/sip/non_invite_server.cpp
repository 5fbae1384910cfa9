#include "sip/non_invite_server.hpp"

namespace daedap::sip {

std::string NonInviteServer::respond(const Message& response, base::Time now) {
  if (state_ == State::completed || state_ == State::terminated) return {};
  std::string bytes = response.write();
  if (response.status < 200) {
    state_ = State::proceeding;
    response_ = bytes;
  } else if (reliable_) {
    state_ = State::terminated;
  } else {
    state_ = State::completed;
    response_ = bytes;
    end_ = now + timers::transaction;
  }
  return bytes;
}

NonInviteServer::Act NonInviteServer::on_request() const {
  const bool answer = state_ == State::proceeding || state_ == State::completed;
  return answer ? Act::resend : Act::none;
}

NonInviteServer::Act NonInviteServer::on_time(base::Time now) {
  if (now < end_) return Act::none;
  end_ = base::never;
  state_ = State::terminated;
  return Act::ended;
}

}  // namespace daedap::sip
