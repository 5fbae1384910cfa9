// How a call is answered by the AI.
#include "call/call.hpp"
#include "call/greeting.hpp"

namespace daedap::call {

void Call::answer(const Decision& decision, base::Time now) {
  record_.operator_id = decision.callee->id;
  record_.language = decision.callee->language;
  deadline_ = base::never;
  if (decision.away) log_.info("callee_is_away_activating_ai", {{"operator", decision.callee->id}});
  ring(now);
  if (place_.settings.ring <= place_.settings.ring.zero()) return open_leg(*decision.callee, now);
  ringing_out_ = *decision.callee;
  deadline_ = now + place_.settings.ring;
}

void Call::open_leg(const Operator& callee, base::Time now) {
  const speech::Settings conversation = conversation_for(callee, place_.settings, record_.call_id);
  auto leg = AiLeg::open(conversation, place_.settings, place_.around, now);
  if (!leg) return fail(leg.error(), now);
  leg_ = std::move(*leg);
  leg_->set_digit_sink([this](char digit, base::Time at) { on_digit(digit, "rtp", at); });
  we_offered_ = offer_.empty();
  if (we_offered_) return accept(leg_->make_offer(), now);
  const auto answer = leg_->answer(offer_, now);
  if (!answer) return fail(answer.error(), now);
  accept(*answer, now);
}

void Call::accept(const std::string& sdp, base::Time now) {
  place_.around.sip.accept(session_, sdp, now);
  offer_.clear();
  state_ = State::answered;
  answered_ = now;
  record_.answered_by = "ai";
  record_.status = 200;
  record_.recorded = leg_->recording();
  record_.setup_ms = base::to_ms(now - invited_);
  log_.info("ai_200_ok_sent", {{"setup_ms", *record_.setup_ms}, {"recording", record_.recorded}});
  place_.events.push_back(CallAnswered{record_.call_id, *record_.setup_ms});
  if (!we_offered_) start_media(now);
}

void Call::start_media(base::Time now) {
  if (leg_->started()) return;
  leg_->start(now);
  const sdp::Negotiated& media = *leg_->media();
  log_.info("ai_rtp_relay_started", {{"local_port", leg_->local_port()},
                                     {"remote", media.remote_rtp.text()},
                                     {"codec", media.codec.name},
                                     {"srtp", media.srtp_send ? sdp::name(media.srtp_send->suite) : "off"}});
  log_.info("ai_call_session_started", {{"operator", record_.operator_id}, {"language", record_.language}});
}

void Call::fail(const base::Error& error, base::Time now) {
  const Cause cause = cause_of(error.code);
  if (cause == Cause::ai_unavailable)
    log_.warn("ai_orchestrator_not_available", {{"why", error.message()}});
  else
    log_.error("ai_call_handling_error", {{"error", error.message()}, {"code", base::name(error.code)}});
  end(cause, now);
}

}  // namespace daedap::call
