// The one door by which a call ends, and the settling behind it.
#include "call/call.hpp"

namespace daedap::call {

void Call::on_bye(base::Time now) {
  session_gone_ = true;
  log_.info("ai_call_bye_received");
  end(Cause::caller_hung_up, now);
}

void Call::on_cancel(base::Time now) {
  session_gone_ = true;
  end(Cause::caller_cancelled, now);
}

void Call::on_lost(sip::LostIn::Why why, base::Time now) {
  session_gone_ = true;
  end(why == sip::LostIn::Why::no_ack ? Cause::no_ack : Cause::signalling_lost, now);
}

void Call::end(Cause cause, base::Time now) {
  if (!running()) return;
  record_.cause = cause;
  hung_up_ = now;
  tell_peer(cause, now);
  const bool was_answered = state_ == State::answered;
  state_ = State::settling;
  if (!was_answered) return close(now);
  record_.duration_ms = base::to_ms(now - answered_);
  record_.media = leg_->stats();
  leg_->hang_up(now);
  settle(now);
}

void Call::tell_peer(Cause cause, base::Time now) {
  const Verdict& row = verdict(cause);
  if (state_ == State::ringing) record_.status = row.status;
  if (session_gone_) return;
  if (state_ == State::answered) return place_.around.sip.hang_up(session_, now, std::string(row.reason));
  std::vector<sip::Header> extra;
  if (row.status == 503) extra.push_back({"Retry-After", std::to_string(place_.settings.retry_after.count())});
  place_.around.sip.reject(session_, row.status, now, extra);
}

void Call::settle(base::Time now) {
  leg_->settle(now);
  take_conversation(now);
  const base::Time at_latest = hung_up_ + place_.settings.conversation.tail;
  if (leg_->settled() || now >= at_latest) return close(now);
  deadline_ = std::min(std::max(leg_->deadline(), now + audio::frame_time), at_latest);
}

void Call::close(base::Time now) {
  state_ = State::over;
  deadline_ = base::never;
  leg_.reset();
  log_.info("ai_call_terminated", {{"cause", name(*record_.cause)},
                                   {"status", record_.status},
                                   {"duration_ms", record_.duration_ms},
                                   {"turns", record_.turns.size()},
                                   {"packets_lost", record_.media.packets_lost},
                                   {"settled_ms", base::to_ms(now - hung_up_)}});
  place_.events.push_back(CallEnded{record_});
}

}  // namespace daedap::call
