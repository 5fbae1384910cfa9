#include "call/switchboard.hpp"

#include "call/greeting.hpp"
#include "call/switchboard_impl.hpp"
#include "speech/phrases.hpp"

namespace daedap::call {

Switchboard::Switchboard(Settings settings, Surroundings around)
    : impl_(std::make_unique<Impl>(std::move(settings), std::move(around))) {}
Switchboard::~Switchboard() = default;

// @path invite-ai 4/6
void Switchboard::on_sip(sip::Output event, base::Time now) {
  std::visit([&](auto& one) { impl_->on(one, now); }, event);
}

void Switchboard::set_operators(std::vector<Operator> operators) { impl_->set_operators(std::move(operators)); }
void Switchboard::set_ai_state(AiState state, base::Time now) { impl_->set_ai_state(std::move(state), now); }
void Switchboard::set_settings(Settings settings) { impl_->directory().settings = std::move(settings); }
void Switchboard::set_contacts(Contacts contacts) { impl_->directory().contacts = std::move(contacts); }
void Switchboard::set_trunks(Trunks trunks, DialPlan plan) {
  impl_->directory().trunks = std::move(trunks);
  impl_->directory().dial_plan = std::move(plan);
}
void Switchboard::set_trunk_addresses(const std::string& server, std::vector<base::Address> addresses) {
  impl_->directory().trunks.set_addresses(server, std::move(addresses));
}
void Switchboard::set_queues(std::vector<Queue> queues) { impl_->set_queues(std::move(queues)); }
void Switchboard::set_in_call(const OperatorInCall& change, base::Time now) { impl_->set_in_call(change, now); }
void Switchboard::warm_prompts() { impl_->warm(); }
void Switchboard::on_tick(unsigned phase, base::Time now) { impl_->on_tick(phase, now); }
void Switchboard::on_time(base::Time now) { impl_->on_time(now); }
base::Time Switchboard::deadline() const { return impl_->deadline(); }
std::optional<Event> Switchboard::take_event() { return impl_->take_event(); }
bool Switchboard::hang_up(const std::string& call_id, Cause cause, base::Time now) {
  return impl_->hang_up(call_id, cause, now);
}
bool Switchboard::say(const std::string& call_id, const std::string& text, base::Time now) {
  return impl_->say(call_id, text, now);
}
base::Result<void> Switchboard::transfer(const std::string& call_id, const std::string& to, base::Time now) {
  return impl_->transfer(call_id, to, now);
}
base::Result<void> Switchboard::takeover(const std::string& call_id, const std::string& operator_id, base::Time now) {
  return impl_->takeover(call_id, operator_id, now);
}
void Switchboard::end_all(Cause cause, base::Time now) { impl_->end_all(cause, now); }
std::size_t Switchboard::calls() const { return impl_->calls(); }
std::vector<Record> Switchboard::running() const { return impl_->running(); }

Switchboard::Impl::Impl(Settings settings, Surroundings around) : around_(std::move(around)) {
  directory_.settings = std::move(settings);
  directory_.ai_calls = [this] { return held_by_ai(); };
}

void Switchboard::Impl::set_operators(std::vector<Operator> operators) {
  directory_.operators.replace(std::move(operators));
  if (directory_.ai.state == AiState::State::ready) warm();
}

void Switchboard::Impl::set_ai_state(AiState state, base::Time now) {
  const bool became_ready = state.state == AiState::State::ready && directory_.ai.state != AiState::State::ready;
  directory_.ai = std::move(state);
  if (became_ready) warm();
  for (auto& [id, call] : calls_) {
    if (call->waits_for_ai()) call->on_ai_state(now);
  }
  sweep_all();
}

void Switchboard::Impl::warm() {
  const Settings& settings = directory_.settings;
  for (const auto& [id, one] : directory_.operators.all()) {
    const speech::Settings s = conversation_for(one, settings, "");
    around_.prompts.warm(s.greeting, s.language, s.voice);
    around_.prompts.warm(std::string(transfer_refusal(s.language)), s.language, s.voice);
    for (const std::string& sentence : speech::fixed_sentences(s.language))
      around_.prompts.warm(sentence, s.language, s.voice);
  }
  for (const Queue& queue : directory_.queues)
    for (std::size_t position = 1; position <= last_position_said + 1; ++position)
      around_.prompts.warm(queue_position(position, queue.language), queue.language, "");
}

void Switchboard::Impl::set_queues(std::vector<Queue> queues) {
  directory_.queues = std::move(queues);
  if (directory_.ai.state == AiState::State::ready) warm();
}

void Switchboard::Impl::on_tick(unsigned phase, base::Time now) {
  now_ = now;
  auto& mine = phases_[phase % phases_.size()];
  // Everybody's packet leaves before the costly half of anybody's tick begins.
  for (Call* call : mine) call->tick_send(now);
  for (Call* call : mine) call->tick_receive(now);
  if (phase == 0 && !directory_.queues.empty()) serve_queues(now);
  sweep_all();
}

void Switchboard::Impl::on_time(base::Time now) {
  now_ = now;
  for (auto& [id, call] : calls_)
    if (call->deadline() <= now) call->on_time(now);
  sweep_all();
}

base::Time Switchboard::Impl::deadline() const {
  base::Time first = base::never;
  for (const auto& [id, call] : calls_) first = std::min(first, call->deadline());
  return first;
}

std::optional<Event> Switchboard::Impl::take_event() {
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  if (const auto* in_call = std::get_if<OperatorInCall>(&event)) set_in_call(*in_call, now_);
  return event;
}

}  // namespace daedap::call
