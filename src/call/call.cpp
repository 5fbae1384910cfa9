// A call's life as such, and what its sessions tell.
#include "call/call.hpp"

#include <algorithm>
#include <utility>

#include "call/dtmf_info.hpp"
#include "call/party.hpp"
#include "sip/name_addr.hpp"

namespace daedap::call {
namespace {

Record record_of(const sip::InviteIn& invite, const Surroundings& around) {
  Record record;
  record.call_id = around.random.uuid();
  record.sip_call_id = std::string(invite.request.header("Call-ID").value_or(""));
  record.shard = around.shard;
  const Party from = party_of(invite.request.header("From").value_or(""));
  record.caller = from.number;
  record.caller_name = from.name;
  return record;
}

}  // namespace

Call::Call(Place place, const sip::InviteIn& invite, Caller caller, std::string number, unsigned phase, base::Time now)
    : place_(place),
      log_(place.around.log),
      record_(record_of(invite, place.around)),
      who_(std::move(caller)),
      session_(invite.session),
      offer_(invite.offer),
      max_forwards_(invite.max_forwards),
      waiting_(place.around.hold_music),
      phase_(phase),
      invited_(now) {
  record_.callee = std::move(number);
  log_ = place.around.log.for_call(record_.call_id);
  bind(session_);
  place_.events.push_back(CallStarted{record_});
}

Call::~Call() = default;

void Call::follow(const Decision& decision, base::Time now) {
  if (decision.callee != nullptr) {
    callee_ = *decision.callee;
    record_.operator_id = callee_->id;
    record_.language = callee_->language;
  }
  switch (decision.kind) {
    case Decision::Kind::ai: return let_ai_answer(decision, now);
    case Decision::Kind::wait: return wait(decision, now);
    case Decision::Kind::reject: return refuse(decision, now);
    case Decision::Kind::ring: return ring_operator(*callee_, now);
    case Decision::Kind::dial: return dial(*decision.dial, now);
    case Decision::Kind::queue: return enter_queue(*decision.queue, now);
  }
}

void Call::bind(sip::SessionId session) {
  if (std::exchange(place_.sessions[session], this) != this) bound_.push_back(session);
}

SipLeg* Call::leg_of(sip::SessionId session) {
  if (session == session_) return caller_.get();
  SipLeg* briefed = briefing_ ? briefing_->leg() : nullptr;
  if (briefed != nullptr && briefed->session() == session) return briefed;
  return other_ && other_->session() == session ? other_.get() : nullptr;
}

SipLeg* Call::opposite(const SipLeg& leg) { return &leg == caller_.get() ? other_.get() : caller_.get(); }

bool Call::open_caller(base::Time now) {
  if (caller_) return true;
  auto leg = SipLeg::open("caller", settings(), place_.around, now);
  if (!leg) {
    fail(leg.error(), now);
    return false;
  }
  caller_ = std::move(*leg);
  caller_->set_session(session_);
  if (const Trunk* trunk = place_.directory.trunks.find(who_.trunk)) caller_->set_srtp(srtp_of(*trunk), place_.around.random);
  return true;
}

void Call::ring(base::Time now, int status, const std::string& sdp) {
  if (state_ != State::ringing || (rang_ == status && sdp.empty())) return;
  rang_ = status;
  place_.around.sip.ring(session_, now, status, sdp);
  if (with_ai()) log_.info("ai_call_ringing_sent");
  else log_.info("call_ringing_sent", {{"status", status}, {"early_media", !sdp.empty()}});
}

void Call::fail(const base::Error& error, base::Time now) {
  const Cause cause = cause_of(error.code);
  if (cause == Cause::ai_unavailable)
    log_.warn("ai_orchestrator_not_available", {{"why", error.message()}});
  else
    log_.error("ai_call_handling_error", {{"error", error.message()}, {"code", base::name(error.code)}});
  end(cause, now);
}

void Call::on(const sip::AckIn& in, base::Time now) {
  SipLeg* leg = leg_of(in.session);
  if (state_ != State::answered || leg == nullptr || we_offered_ != leg) return;
  we_offered_ = nullptr;
  if (auto agreed = leg->on_answer(in.answer, now); !agreed) {
    // A refused re-offer leaves the agreement before it; a call without any has no audio at all.
    if (leg->started()) return log_.warn("ai_media_change_failed", {{"error", agreed.error().message()}});
    return fail(agreed.error(), now);
  }
  if (bridge_) bridge_->refresh(now);
  else if (other_) join(now);
  else if (ai_) start_ai(now);
  else if (queue_) caller_->start(now);
}

void Call::on(const sip::OfferIn& in, base::Time now) {
  SipLeg* leg = leg_of(in.session);
  if (state_ != State::answered || leg == nullptr) return place_.around.sip.refuse_offer(in.session, 491, now);
  if (in.offer.empty()) {
    we_offered_ = leg;
    return place_.around.sip.answer_offer(in.session, leg->make_offer(), now);
  }
  const SipLeg* far = opposite(*leg);
  const auto answer = leg->answer(in.offer, now, far != nullptr && far->agreed() ? far->agreed()->codec.name : "");
  if (!answer) {
    log_.warn("ai_media_change_failed", {{"error", answer.error().message()}});
    return place_.around.sip.refuse_offer(in.session, verdict(cause_of(answer.error().code)).status, now);
  }
  place_.around.sip.answer_offer(in.session, *answer, now);
  log_.info("ai_media_changed", {{"leg", leg->name()},
                                 {"codec", leg->agreed()->codec.name},
                                 {"remote", leg->agreed()->remote_rtp.text()},
                                 {"held", leg->held()}});
  if (bridge_) {
    bridge_->refresh(now);
    carry_hold(*leg, now);
  } else if (other_) {
    join(now);
  } else if (ai_ && !ai_->left() && leg == caller_.get()) {
    ai_->on_hold(leg->held(), now);
    start_ai(now);
  }
}

void Call::on(const sip::AcceptedIn& in, base::Time now) {
  if (hunt_ && leg_of(in.session) == nullptr) {
    hunt_->on_accepted(in, now);
    return take_hunt(now);
  }
  SipLeg* leg = leg_of(in.session);
  if (leg == nullptr || in.answer.empty()) return;
  if (auto agreed = leg->on_answer(in.answer, now); !agreed)
    log_.warn("ai_media_change_failed", {{"error", agreed.error().message()}});
  else if (bridge_)
    bridge_->refresh(now);
}

void Call::on(const sip::ProgressIn& in, base::Time now) {
  if (!hunt_) return;
  hunt_->on_progress(in, now);
  take_hunt(now);
}

void Call::on(const sip::RejectedIn& in, base::Time now) {
  if (in.alive) return log_.warn("ai_media_change_failed", {{"error", "the peer refused our offer"}, {"status", in.status}});
  place_.sessions.erase(in.session);
  if (!hunt_) return;
  hunt_->on_rejected(in, now);
  take_hunt(now);
}

void Call::on(const sip::InfoIn& in, base::Time now) {
  const auto digit = digit_of_info(in.content_type, in.body);
  if (!digit) return;
  SipLeg* leg = leg_of(in.session);
  if (leg != nullptr && briefing_ && leg == briefing_->leg()) return briefing_->skip();
  if (leg != nullptr && bridge_) return on_party_digit(*leg, *digit, KeySource::info, now);
  if (in.session == session_) on_digit(*digit, KeySource::info, now);
}

void Call::tick_send(base::Time now) {
  if (state_ != State::answered && !bridge_) return;
  play_waiting(now);
  if (briefing_ && briefing_->leg() != nullptr) briefing_->tick_send(now);
  if (bridge_) return bridge_->tick_send(now);
  if (ai_ && !ai_->left()) return ai_->tick_send(now);
  for (SipLeg* leg : {caller_.get(), other_.get()})
    if (leg != nullptr) leg->tick_send(now);
}

void Call::tick_receive(base::Time now) {
  if (state_ != State::answered && !bridge_) return;
  if (bridge_) {
    bridge_->tick_receive(now);
    caller_->tick_reports(now);
    (other_ ? *other_ : *early_).tick_reports(now);
  } else if (ai_ && !ai_->left()) {
    ai_->tick_receive(now);
  } else {
    for (SipLeg* leg : {caller_.get(), other_.get()})
      if (leg != nullptr) leg->tick_receive(now);
  }
  if (briefing_ && briefing_->leg() != nullptr) briefing_->tick_receive(now);
  watch_briefing(now);
  if (ai_ && ai_->left()) ai_->settle(now);
  take_conversation(now);
  take_listened(now);
  if (ai_ && ai_->left() && ai_->settled()) ai_.reset();
  const auto limit = settings().media_timeout;
  if (state_ != State::answered || limit.count() == 0 || hunt_) return;
  if (caller_->deaf_for(limit, now) || (other_ && other_->deaf_for(limit, now))) end(Cause::media_lost, now);
}

void Call::on_time(base::Time now) {
  if (state_ == State::settling) return settle(now);
  if (hunt_ && hunt_->deadline() <= now) {
    hunt_->on_time(now);
    return take_hunt(now);
  }
  if (state_ != State::ringing || now < deadline_) return;
  deadline_ = base::never;
  if (std::exchange(ringing_out_, std::nullopt)) return open_ai(now);
  if (!awaiting_ai_) return;
  log_.warn("ai_init_timeout", {{"waited_ms", base::to_ms(now - invited_)}});
  end(Cause::ai_unavailable, now);
}

base::Time Call::deadline() const { return hunt_ ? std::min(deadline_, hunt_->deadline()) : deadline_; }

bool Call::say(const std::string& text, base::Time now) {
  if (state_ != State::answered || !ai_ || ai_->left()) return false;
  ai_->say(text, now);
  return true;
}

Record Call::record(base::Time now) const {
  Record copy = record_;
  for (SipLeg* leg : {caller_.get(), other_.get()})
    if (leg != nullptr) copy.legs.push_back(leg->figures());
  if (caller_) copy.media = caller_->stats();
  if (state_ == State::answered) copy.duration_ms = base::to_ms(now - answered_);
  return copy;
}

}  // namespace daedap::call
