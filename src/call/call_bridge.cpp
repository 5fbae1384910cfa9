// Two people talk: their legs joined, holds carried across, digits passed on.
#include "call/call.hpp"

namespace daedap::call {
/// The first who took the call.
void Call::connect(std::unique_ptr<SipLeg> leg, const std::string& operator_id, base::Time now) {
  other_ = std::move(leg);
  other_operator_ = operator_id;
  if (!prepare_answer(now, other_->agreed()->codec.name)) return;
  accept(operator_id.empty() ? other_->name() : operator_id, now);
  log_.info("call_answered", {{"by", other_->name()}, {"setup_ms", *record_.setup_ms}, {"codec", other_->agreed()->codec.name}});
  if (we_offered_ == nullptr) join(now);
}

void Call::join(base::Time now) {
  // Without a description yet: the ACK that brings it joins them.
  if (!caller_->agreed() || !other_->agreed()) return;
  if (settings().record_bridged) open_recorder();
  open_listening();
  for (SipLeg* leg : {caller_.get(), other_.get()}) {
    leg->media().player().discard();
    leg->start(now);
    leg->media().set_digit_sink([this, leg](char digit, base::Time at) { on_party_digit(*leg, digit, KeySource::rtp, at); });
  }
  SipLeg& customer = caller_is_customer_ ? *caller_ : *other_;
  SipLeg& agent = caller_is_customer_ ? *other_ : *caller_;
  if (bridge_) bridge_->refresh(now);
  else bridge_ = std::make_unique<media::Bridge>(customer.media(), agent.media(), now);
  tap(customer, true);
  tap(agent, false);
  early_ = nullptr;
  carry_hold(*caller_, now);
  carry_hold(*other_, now);
  log_.info("call_bridged", {{"customer", customer.name()},
                             {"customer_codec", customer.agreed()->codec.name},
                             {"agent", agent.name()},
                             {"agent_codec", agent.agreed()->codec.name},
                             {"relayed", bridge_->relays(media::Bridge::Side::customer)},
                             {"recording", recorder_ != nullptr}});
  tell_talk(now);
  note_in_call(other_operator_, true);
  note_in_call(who_.operator_id, true);
}

/// Audio is decoded where somebody has use for it: a recording, or who listens.
void Call::tap(SipLeg& leg, bool customer) {
  if (!recorder_ && !listening_) return;
  Tap& tap = leg.tap(customer, settings());
  tap.set_listener(!listening_ ? nullptr : &listening_->ear(customer ? Listening::Who::customer : Listening::Who::agent));
  tap.set_recording(!recorder_ ? nullptr : customer ? &recorder_->customer() : &recorder_->agent());
  bridge_->set_tap(customer ? media::Bridge::Side::customer : media::Bridge::Side::agent, &tap);
}

/// The legs go on by themselves; what went through is counted.
void Call::drop_bridge() {
  if (bridge_) {
    const media::BridgeStats stats = bridge_->stats();
    record_.relayed += stats.customer.relayed + stats.agent.relayed;
    record_.transcoded += stats.customer.transcoded + stats.agent.transcoded;
  }
  bridge_.reset();
  early_ = nullptr;
}

void Call::part(base::Time) {
  drop_bridge();
  for (SipLeg* leg : {caller_.get(), other_.get()}) {
    if (leg == nullptr) continue;
    leg->media().set_digit_sink(nullptr);
    leg->media().player().discard();
  }
}

/// Who is held hears music, and its telephone shows that it is held.
void Call::carry_hold(SipLeg& from, base::Time now) {
  SipLeg& to = *opposite(from);
  const auto direction = from.held() ? sdp::Direction::sendonly : sdp::Direction::sendrecv;
  if (!to.set_direction(direction)) return;
  if (!from.held()) to.media().player().discard();
  if (to.session()) place_.around.sip.offer(*to.session(), to.offer_again(), now);
  log_.info(from.held() ? "call_held" : "call_resumed", {{"by", from.name()}});
}

void Call::on_party_digit(SipLeg& from, char digit, KeySource source, base::Time now) {
  if (&from == caller_.get() && keys_.take(digit, source, now)) note_digit(digit);
  SipLeg* to = opposite(from);
  if (!bridge_ || to == nullptr || !to->session()) return;
  const bool from_customer = (&from == caller_.get()) == caller_is_customer_;
  const auto side = from_customer ? media::Bridge::Side::customer : media::Bridge::Side::agent;
  if (source == KeySource::rtp && bridge_->events_pass(side)) return;
  place_.around.sip.send_info(*to->session(), "application/dtmf-relay",
                              std::string("Signal=") + digit + "\r\nDuration=160\r\n", now);
}

void Call::play_waiting(base::Time) {
  const bool in_line = queue_ && !other_;
  const bool being_moved = state_ == State::answered && !bridge_ && (hunt_ != nullptr || in_line);
  if (ai_ && !ai_->left()) {
    audio::Player& player = caller_->media().player();
    if (transfer_ && transfer_->by_ai && player.queued() == 0) waiting_.play(player);
    return;
  }
  for (SipLeg* leg : {caller_.get(), other_.get()}) {
    if (leg == nullptr || early_ != nullptr) continue;
    const SipLeg* far = opposite(*leg);
    if (being_moved || (far != nullptr && far->held())) waiting_.play(leg->media().player());
  }
}

void Call::note_in_call(const std::string& operator_id, bool in) {
  if (!operator_id.empty()) place_.events.push_back(OperatorInCall{operator_id, record_.call_id, in});
}

}  // namespace daedap::call
