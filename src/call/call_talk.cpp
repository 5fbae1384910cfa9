// Who talks with whom and what each said, as consumers of events are told it.
#include <utility>

#include "call/call.hpp"
#include "call/turns.hpp"

namespace daedap::call {

/// Once in a call, however often its parties change.
void Call::tell_talk(base::Time now) {
  if (std::exchange(talk_told_, true)) return;
  TalkStarted started{.call_id = record_.call_id, .customer_number = record_.caller, .agent_id = {}, .language = record_.language};
  started.after_ms = base::to_ms(now - answered_);
  const std::string& far = other_ && other_operator_.empty() ? other_->name() : other_operator_;
  if (!other_) started.agent_id = record_.operator_id;
  else if (caller_is_customer_) started.agent_id = far;
  else started.customer_number = record_.callee, started.agent_id = who_.operator_id;
  place_.events.push_back(std::move(started));
}

/// Once in a call: who is heard may change, what was said before is kept.
void Call::open_listening() {
  if (listening_ || !settings().listen) return;
  speech::Settings own = settings().conversation;
  own.call_id = record_.call_id;
  own.language = record_.language;
  listening_ = std::make_unique<Listening>(own, place_.around.engines.stt, place_.around.engines.voice);
  if (const auto opened = listening_->open(); !opened)
    log_.warn("listener_without_text", {{"reason", opened.error().message()}});
}

void Call::take_listened(base::Time now) {
  if (!listening_) return;
  listening_->on_time(now);
  while (auto turn = listening_->take_turn()) {
    const bool customer = turn->who == Listening::Who::customer;
    tell_turn(speaker_turn_of(customer ? SpeakerTurn::Speaker::customer : SpeakerTurn::Speaker::agent, turn->part, answered_));
    if (turn->part.text.empty() || record_.turns.size() >= most_turns) continue;
    record_.turns.push_back(turn_of(*turn, static_cast<int>(record_.turns.size()), answered_));
    place_.events.push_back(TurnAdded{record_.call_id, record_.turns.back()});
  }
  while (const auto paused = listening_->take_pause()) pauses_.add(*paused);
  if (const auto error = listening_->take_error()) log_.warn("listener_failed", {{"reason", error->message()}});
}

void Call::tell_turn(SpeakerTurn turn) {
  turn.call_id = record_.call_id;
  turn.language = record_.language;
  measures_.on_speech(turn.speaker == SpeakerTurn::Speaker::customer ? Measures::customer : Measures::agent, turn.start_ms, turn.end_ms);
  place_.events.push_back(std::move(turn));
}

}  // namespace daedap::call
