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
void Switchboard::set_settings(Settings settings) { impl_->set_settings(std::move(settings)); }
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
void Switchboard::end_all(Cause cause, base::Time now) { impl_->end_all(cause, now); }
std::size_t Switchboard::calls() const { return impl_->calls(); }
std::vector<Record> Switchboard::running() const { return impl_->running(); }

Switchboard::Impl::Impl(Settings settings, Surroundings around)
    : settings_(std::move(settings)), around_(std::move(around)) {}

void Switchboard::Impl::set_operators(std::vector<Operator> operators) {
  operators_.replace(std::move(operators));
  if (ai_.state == AiState::State::ready) warm();
}

void Switchboard::Impl::set_ai_state(AiState state, base::Time now) {
  const bool became_ready = state.state == AiState::State::ready && ai_.state != AiState::State::ready;
  ai_ = std::move(state);
  if (became_ready) warm();
  for (auto& [session, call] : calls_) {
    if (!call->waits_for_ai()) continue;
    const Operator* callee = operators_.find(call->callee());
    const Decision decision = callee == nullptr ? Decision{} : ask_ai(question(call->callee()), *callee);
    if (decision.kind == Decision::Kind::ai) call->answer(decision, now);
    if (decision.kind == Decision::Kind::reject) call->refuse(decision, now);
  }
  sweep_all();
}

void Switchboard::Impl::warm() {
  for (const auto& [id, one] : operators_.all()) {
    const speech::Settings s = conversation_for(one, settings_, "");
    around_.prompts.warm(s.greeting, s.language, s.voice);
    around_.prompts.warm(std::string(transfer_refusal(s.language)), s.language, s.voice);
    for (const std::string& sentence : speech::fixed_sentences(s.language))
      around_.prompts.warm(sentence, s.language, s.voice);
  }
}

void Switchboard::Impl::on_tick(unsigned phase, base::Time now) {
  now_ = now;
  auto& mine = phases_[phase % phases_.size()];
  // Everybody's packet leaves before the costly half of anybody's tick begins.
  for (Call* call : mine) call->tick_send(now);
  for (Call* call : mine) call->tick_receive(now);
  for (std::size_t i = mine.size(); i-- > 0;) sweep(*mine[i]);
}

void Switchboard::Impl::on_time(base::Time now) {
  now_ = now;
  for (auto& [session, call] : calls_)
    if (call->deadline() <= now) call->on_time(now);
  sweep_all();
}

base::Time Switchboard::Impl::deadline() const {
  base::Time first = base::never;
  for (const auto& [session, call] : calls_) first = std::min(first, call->deadline());
  return first;
}

std::optional<Event> Switchboard::Impl::take_event() {
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

}  // namespace daedap::call
