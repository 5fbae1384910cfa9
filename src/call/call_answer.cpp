// How a call is answered by the AI.
#include "call/call.hpp"
#include "call/greeting.hpp"

namespace daedap::call {

void Call::let_ai_answer(const Decision& decision, base::Time now) {
  const bool first = !awaiting_ai_ && record_.path.empty();
  awaiting_ai_ = true;
  if (first)
    log_.info("ai_call_handling_start",
              {{"sip_call_id", record_.sip_call_id},
               {"caller", settings().debug_calls ? record_.caller : base::mask_number(record_.caller)},
               {"callee", record_.callee}});
  deadline_ = base::never;
  if (decision.away) log_.info("callee_is_away_activating_ai", {{"operator", callee_->id}});
  if (!open_caller(now) || !prepare_answer(now)) return;
  ring(now);
  // Whom nobody answered has heard it ring.
  const base::Millis ring_for = decision.miss && rang_ != 0 && !record_.path.empty() ? base::Millis{0} : settings().ring;
  awaiting_ai_ = false;
  if (ring_for <= ring_for.zero()) return open_ai(now);
  ringing_out_ = *callee_;
  deadline_ = now + ring_for;
}

void Call::wait(const Decision& decision, base::Time now) {
  log_.info(decision.event, {{"why", decision.why}});
  awaiting_ai_ = true;
  if (!open_caller(now) || !prepare_answer(now)) return;
  deadline_ = now + settings().ai_wait;
  ring(now);
}

void Call::on_ai_state(base::Time now) {
  if (!awaiting_ai_ || !callee_) return;
  awaiting_ai_ = false;  // its own place is not counted
  const Operator* callee = place_.directory.operators.find(callee_->id);
  const Decision decision = ask_ai(place_.directory, callee != nullptr ? *callee : *callee_);
  if (decision.kind == Decision::Kind::ai) {
    callee_ = *decision.callee;
    return let_ai_answer(decision, now);
  }
  if (decision.kind == Decision::Kind::reject) return refuse(decision, now);
  awaiting_ai_ = true;
}

void Call::refuse(const Decision& decision, base::Time now) {
  if (decision.event != nullptr) log_.warn(decision.event, {{"why", decision.why}});
  end(decision.cause, now);
}

/// Our answer to the INVITE, made before anything rings: an offer that nobody can take is told at once.
bool Call::prepare_answer(base::Time now, std::string_view codec) {
  if (offer_.empty() || !answer_.empty()) return true;
  auto answer = caller_->answer(offer_, now, codec);
  if (!answer) {
    fail(answer.error(), now);
    return false;
  }
  answer_ = std::move(*answer);
  return true;
}

void Call::open_recorder() {
  if (recorder_ || !settings().record || !place_.around.open_recording) return;
  auto sink = place_.around.open_recording(record_.call_id);
  if (sink) recorder_ = std::make_unique<media::Recorder>(std::move(sink));
  record_.recorded = recorder_ != nullptr;
}

void Call::open_ai(base::Time now) {
  if (!open_caller(now)) return;
  open_recorder();
  const speech::Settings conversation = conversation_for(*callee_, settings(), record_.call_id);
  auto ai = AiLeg::open(*caller_, recorder_.get(), conversation, place_.around);
  if (!ai) return fail(ai.error(), now);
  ai_ = std::move(*ai);
  caller_->media().set_digit_sink([this](char digit, base::Time at) { on_digit(digit, KeySource::rtp, at); });
  record_.path.emplace_back("ai");
  if (state_ == State::ringing) {
    accept("ai", now);
    log_.info("ai_200_ok_sent", {{"setup_ms", *record_.setup_ms}, {"recording", record_.recorded}});
  }
  tell_talk(now);
  if (we_offered_ == nullptr) start_ai(now);
}

/// Sends the 200 with what was prepared, or with an offer of ours when the INVITE had none.
void Call::accept(const std::string& answered_by, base::Time now) {
  if (offer_.empty()) {
    we_offered_ = caller_.get();
    answer_ = caller_->make_offer();
  }
  place_.around.sip.accept(session_, answer_, now);
  offer_.clear();
  state_ = State::answered;
  answered_ = now;
  record_.answered_by = answered_by;
  record_.status = 200;
  record_.setup_ms = base::to_ms(now - invited_);
  place_.events.push_back(CallAnswered{record_.call_id, *record_.setup_ms, answered_by, record_.path});
}

void Call::start_ai(base::Time now) {
  if (ai_->started()) return;
  ai_->start(now);
  const sdp::Negotiated& media = *caller_->agreed();
  log_.info("ai_rtp_relay_started",
            {{"local_port", caller_->local_port()},
             {"remote", media.remote_rtp.text()},
             {"codec", media.codec.name},
             {"srtp", media.srtp_send ? sdp::name(media.srtp_send->suite) : "off"}});
  log_.info("ai_call_session_started", {{"operator", record_.operator_id}, {"language", record_.language}});
}

}  // namespace daedap::call
