#include "call/call.hpp"

#include <algorithm>
#include <utility>

#include "call/dtmf_info.hpp"
#include "call/greeting.hpp"
#include "call/party.hpp"

namespace daedap::call {
namespace {

constexpr std::size_t most_digits = 1000;

Record record_of(const sip::InviteIn& invite, const Surroundings& around) {
  Record record;
  record.call_id = around.random.uuid();
  record.sip_call_id = std::string(invite.request.header("Call-ID").value_or(""));
  record.shard = around.shard;
  const Party from = party_of(invite.request.header("From").value_or(""));
  record.caller = from.number;
  record.caller_name = from.name;
  record.callee = party_of(invite.request.request_uri).number;
  return record;
}

}  // namespace

Call::Call(Place place, const sip::InviteIn& invite, unsigned phase, base::Time now)
    : place_(place),
      log_(place.around.log),
      record_(record_of(invite, place.around)),
      session_(invite.session),
      offer_(invite.offer),
      phase_(phase),
      invited_(now) {
  log_ = place.around.log.for_call(record_.call_id);
  place_.events.push_back(CallStarted{record_});
  const bool open = place_.settings.debug_calls;
  log_.info("ai_call_handling_start", {{"sip_call_id", record_.sip_call_id},
                                       {"caller", open ? record_.caller : base::mask_number(record_.caller)},
                                       {"callee", record_.callee}});
}

Call::~Call() = default;

bool Call::ring(base::Time now) {
  if (rang_) return true;
  if (!offer_.empty()) {
    if (auto fits = AiLeg::check(offer_, place_.settings); !fits) return fail(fits.error(), now), false;
  }
  rang_ = true;
  place_.around.sip.ring(session_, now);
  log_.info("ai_call_ringing_sent");
  return true;
}

void Call::wait(const Decision& decision, base::Time until, base::Time now) {
  record_.operator_id = decision.callee->id;
  record_.language = decision.callee->language;
  log_.info(decision.event, {{"why", decision.why}});
  deadline_ = until;
  ring(now);
}

void Call::refuse(const Decision& decision, base::Time now) {
  if (decision.callee != nullptr) {
    record_.operator_id = decision.callee->id;
    record_.language = decision.callee->language;
  }
  if (decision.event != nullptr) log_.warn(decision.event, {{"why", decision.why}});
  end(decision.cause, now);
}

void Call::on_ack(const std::string& answer, base::Time now) {
  if (state_ != State::answered || !we_offered_) return;
  we_offered_ = false;
  if (auto agreed = leg_->on_answer(answer, now); !agreed) {
    // A refused re-offer leaves the agreement before it; a call without any has no audio at all.
    if (leg_->started()) return log_.warn("ai_media_change_failed", {{"error", agreed.error().message()}});
    return fail(agreed.error(), now);
  }
  start_media(now);
}

void Call::on_offer(const std::string& offer, base::Time now) {
  if (state_ != State::answered) return place_.around.sip.refuse_offer(session_, 491, now);
  if (offer.empty()) {
    we_offered_ = true;
    return place_.around.sip.answer_offer(session_, leg_->make_offer(), now);
  }
  const auto answer = leg_->answer(offer, now);
  if (!answer) {
    log_.warn("ai_media_change_failed", {{"error", answer.error().message()}});
    return place_.around.sip.refuse_offer(session_, verdict(cause_of(answer.error().code)).status, now);
  }
  place_.around.sip.answer_offer(session_, *answer, now);
  const sdp::Negotiated& media = *leg_->media();
  log_.info("ai_media_changed", {{"codec", media.codec.name}, {"remote", media.remote_rtp.text()}});
  start_media(now);
}

void Call::on_info(const sip::InfoIn& info, base::Time now) {
  if (const auto digit = digit_of_info(info.content_type, info.body)) on_digit(*digit, KeySource::info, now);
}

void Call::on_digit(char digit, KeySource source, base::Time now) {
  if (state_ != State::answered || !keys_.take(digit, source, now)) return;
  if (record_.digits.size() < most_digits) record_.digits.emplace_back(1, digit);
  log_.debug("ai_digit", {{"source", name(source)}});
  leg_->on_digit(digit, now);
}

void Call::tick_send(base::Time now) {
  if (state_ == State::answered) leg_->tick_send(now);
}

void Call::tick_receive(base::Time now) {
  if (state_ != State::answered) return;
  leg_->tick_receive(now);
  take_conversation(now);
  const auto limit = place_.settings.media_timeout;
  if (state_ == State::answered && limit.count() > 0 && leg_->deaf_for(limit, now)) end(Cause::media_lost, now);
}

void Call::on_time(base::Time now) {
  if (state_ == State::settling) return settle(now);
  if (state_ != State::ringing || now < deadline_) return;
  if (ringing_out_) {
    deadline_ = base::never;
    return open_leg(*std::exchange(ringing_out_, std::nullopt), now);
  }
  log_.warn("ai_init_timeout", {{"waited_ms", base::to_ms(now - invited_)}});
  end(Cause::ai_unavailable, now);
}

bool Call::say(const std::string& text, base::Time now) {
  if (state_ != State::answered) return false;
  leg_->say(text, now);
  return true;
}

Record Call::record(base::Time now) const {
  Record copy = record_;
  if (leg_) copy.media = leg_->stats();
  if (state_ == State::answered) copy.duration_ms = base::to_ms(now - answered_);
  return copy;
}

}  // namespace daedap::call
