// From a SIP event or a command to the call that it concerns.
#include <algorithm>

#include "call/switchboard_impl.hpp"

namespace daedap::call {

void Switchboard::Impl::on(sip::InviteIn& in, base::Time now) {
  now_ = now;
  const std::size_t held = held_by_ai();
  auto made = std::make_unique<Call>(Call::Place{settings_, around_, events_}, in, emptiest_phase(), now);
  Call& call = *made;
  calls_.insert_or_assign(in.session, std::move(made));
  phases_[call.phase()].push_back(&call);
  Question asked = question(call.callee());
  asked.running = held;
  const Decision decision = route(asked);
  switch (decision.kind) {
    case Decision::Kind::ai: call.answer(decision, now); break;
    case Decision::Kind::wait: call.wait(decision, now + settings_.ai_wait, now); break;
    case Decision::Kind::reject: call.refuse(decision, now); break;
  }
  sweep(call);
}

void Switchboard::Impl::on(sip::CancelIn& in, base::Time now) {
  Call* call = find(in.session);
  if (call == nullptr) return;
  call->on_cancel(now);
  sweep(*call);
}

void Switchboard::Impl::on(sip::AckIn& in, base::Time now) {
  Call* call = find(in.session);
  if (call == nullptr) return;
  call->on_ack(in.answer, now);
  sweep(*call);
}

void Switchboard::Impl::on(sip::OfferIn& in, base::Time now) {
  if (Call* call = find(in.session)) return call->on_offer(in.offer, now);
  around_.sip.refuse_offer(in.session, 481, now);
}

void Switchboard::Impl::on(sip::ByeIn& in, base::Time now) {
  Call* call = find(in.session);
  if (call == nullptr) return;
  call->on_bye(now);
  sweep(*call);
}

void Switchboard::Impl::on(sip::InfoIn& in, base::Time now) {
  if (Call* call = find(in.session)) call->on_info(in, now);
}

void Switchboard::Impl::on(sip::LostIn& in, base::Time now) {
  Call* call = find(in.session);
  if (call == nullptr) return;
  call->on_lost(in.why, now);
  sweep(*call);
}

void Switchboard::Impl::on(sip::Noticed& in, base::Time) { around_.log.debug(in.event, {{"detail", in.detail}}); }

bool Switchboard::Impl::hang_up(const std::string& call_id, Cause cause, base::Time now) {
  Call* call = find(call_id);
  if (call == nullptr || !call->running()) return false;
  call->end(cause, now);
  sweep(*call);
  return true;
}

bool Switchboard::Impl::say(const std::string& call_id, const std::string& text, base::Time now) {
  Call* call = find(call_id);
  return call != nullptr && call->say(text, now);
}

void Switchboard::Impl::end_all(Cause cause, base::Time now) {
  for (auto& [session, call] : calls_) call->end(cause, now);
  sweep_all();
}

std::vector<Record> Switchboard::Impl::running() const {
  std::vector<Record> all;
  for (const auto& [session, call] : calls_)
    if (call->running()) all.push_back(call->record(now_));
  return all;
}

Call* Switchboard::Impl::find(sip::SessionId session) {
  const auto it = calls_.find(session);
  return it == calls_.end() ? nullptr : it->second.get();
}

Call* Switchboard::Impl::find(const std::string& call_id) {
  for (auto& [session, call] : calls_)
    if (call->id() == call_id) return call.get();
  return nullptr;
}

Question Switchboard::Impl::question(const std::string& callee) const {
  // Calls that wait for the AI hold their place already.
  return {.callee = callee, .operators = operators_, .settings = settings_, .ai = ai_, .running = 0};
}

std::size_t Switchboard::Impl::held_by_ai() const {
  return static_cast<std::size_t>(std::ranges::count_if(calls_, [](const auto& one) { return one.second->running(); }));
}

unsigned Switchboard::Impl::emptiest_phase() const {
  const auto least = std::ranges::min_element(phases_, {}, &std::vector<Call*>::size);
  return static_cast<unsigned>(least - phases_.begin());
}

void Switchboard::Impl::sweep(Call& call) {
  if (call.state() != Call::State::over) return;
  std::erase(phases_[call.phase()], &call);
  calls_.erase(call.session());
}

void Switchboard::Impl::sweep_all() {
  for (auto it = calls_.begin(); it != calls_.end();) {
    Call& call = *(it++)->second;
    sweep(call);
  }
}

}  // namespace daedap::call
