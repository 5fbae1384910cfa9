// The one door by which a call ends, and the settling behind it.
#include <algorithm>

#include "call/call.hpp"

namespace daedap::call {

void Call::on(const sip::ByeIn& in, base::Time now) {
  log_.info("ai_call_bye_received", {{"leg", leg_of(in.session) == other_.get() && other_ ? other_->name() : "caller"}});
  on_gone(in.session, in.session == session_ ? Cause::caller_hung_up : Cause::agent_hung_up, now);
}

void Call::on(const sip::CancelIn&, base::Time now) {
  caller_gone_ = true;
  end(Cause::caller_cancelled, now);
}

void Call::on(const sip::LostIn& in, base::Time now) {
  if (hunt_ && leg_of(in.session) == nullptr) {
    hunt_->on_lost(in, now);
    place_.sessions.erase(in.session);
    return take_hunt(now);
  }
  on_gone(in.session, in.why == sip::LostIn::Why::no_ack ? Cause::no_ack : Cause::signalling_lost, now);
}

/// A session of ours ended by itself. Who asked for a transfer may go while it is under way.
void Call::on_gone(sip::SessionId session, Cause cause, base::Time now) {
  const bool is_caller = session == session_;
  if (!is_caller && leg_of(session) == nullptr) return;  // a telephone that lost the race
  if (briefing_ && leg_of(session) == briefing_->leg()) {
    briefing_->leg()->set_session(std::nullopt);
    place_.sessions.erase(session);
    drop_briefing(cause, now);
    return on_transfer_failed(480, now);
  }
  if (is_caller) caller_gone_ = true;
  std::unique_ptr<SipLeg>& leg = is_caller ? caller_ : other_;
  place_.sessions.erase(session);
  if (leg) leg->set_session(std::nullopt);
  if (leg && transfer_ && transfer_->of_caller == is_caller && opposite(*leg) != nullptr) {
    transfer_->gone = true;
    transfer_->by_refer = false;
    part(now);
    return let_go(leg, is_caller ? who_.operator_id : other_operator_, Cause::transferred, now);
  }
  end(cause, now);
}

void Call::end(Cause cause, base::Time now) {
  if (!running()) return;
  record_.cause = cause;
  hung_up_ = now;
  awaiting_ai_ = false;
  ringing_out_.reset();
  drop_bridge();
  hunt_.reset();
  drop_briefing(cause, now);
  tell_peers(cause, now);
  const bool was_answered = state_ == State::answered;
  state_ = State::settling;
  keep_figures();
  if (was_answered) record_.duration_ms = base::to_ms(now - answered_);
  if (listening_) listening_->close(now);
  if (!ai_ && !listening_) return close(now);
  if (ai_) ai_->leave(now);
  if (recorder_) recorder_->close();
  settle(now);
}

void Call::tell_peers(Cause cause, base::Time now) {
  const Verdict& row = verdict(cause);
  if (state_ == State::ringing) record_.status = row.status;
  if (other_ && other_->session()) {
    place_.around.sip.hang_up(*other_->session(), now, std::string(row.reason));
    place_.sessions.erase(*other_->session());
  }
  if (caller_gone_) return;
  place_.sessions.erase(session_);
  if (state_ == State::answered) return place_.around.sip.hang_up(session_, now, std::string(row.reason));
  std::vector<sip::Header> extra;
  if (row.status == 503) extra.push_back({"Retry-After", std::to_string(settings().retry_after.count())});
  place_.around.sip.reject(session_, row.status, now, extra);
}

void Call::keep_figures() {
  std::vector<LegFigures> now_here;
  for (SipLeg* leg : {caller_.get(), other_.get()})
    if (leg != nullptr) now_here.push_back(leg->figures());
  record_.legs.insert(record_.legs.begin(), now_here.begin(), now_here.end());
  if (caller_) record_.media = caller_->stats();
  const auto codec = [](const std::unique_ptr<SipLeg>& leg) { return leg && leg->agreed() ? leg->agreed()->codec.name : std::string(); };
  using enum LoggedPause::Speaker;
  pauses_.set_codec(caller_is_customer_ ? customer : agent, codec(caller_));
  pauses_.set_codec(caller_is_customer_ ? agent : customer, codec(other_));
}

/// Not of a call that leaves neither sound nor words.
void Call::tell_pauses() {
  if (!record_.recorded && record_.turns.empty()) return;
  PausesHeard told{.call_id = record_.call_id, .language = record_.language, .with_text = record_.recorded};
  told.pauses = pauses_.finish(answered_, hung_up_);
  if (!told.pauses.empty()) place_.events.push_back(std::move(told));
}

void Call::settle(base::Time now) {
  if (ai_) ai_->settle(now);
  take_conversation(now);
  take_listened(now);
  const base::Time at_latest = hung_up_ + settings().conversation.tail;
  const bool settled = (!ai_ || ai_->settled()) && (!listening_ || listening_->settled());
  if (settled || now >= at_latest) return close(now);
  const base::Time next = std::min(ai_ ? ai_->deadline() : base::never, listening_ ? listening_->deadline() : base::never);
  deadline_ = std::min(std::max(next, now + audio::frame_time), at_latest);
}

void Call::close(base::Time now) {
  const bool by_ai = ai_ != nullptr || other_ == nullptr;
  state_ = State::over;
  deadline_ = base::never;
  ai_.reset();
  if (recorder_) recorder_->close();
  if (other_) note_in_call(other_operator_, false);
  note_in_call(who_.operator_id, false);
  caller_.reset();
  other_.reset();
  log_.info(by_ai ? "ai_call_terminated" : "call_terminated", {{"cause", name(*record_.cause)},
                                                                {"status", record_.status},
                                                                {"duration_ms", record_.duration_ms},
                                                                {"turns", record_.turns.size()},
                                                                {"packets_lost", record_.media.packets_lost},
                                                                {"settled_ms", base::to_ms(now - hung_up_)}});
  for (const sip::SessionId session : bound_) {
    const auto at = place_.sessions.find(session);
    if (at != place_.sessions.end() && at->second == this) place_.sessions.erase(at);
  }
  record_.conversation = measures_.figures(record_.duration_ms);
  tell_pauses();
  place_.events.push_back(CallEnded{record_});
  place_.over.push_back(this);
}

}  // namespace daedap::call
