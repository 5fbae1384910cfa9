// Who talks with whom and what each said, as consumers of events are told it.
#include <utility>

#include "call/call.hpp"

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

void Call::tell_turn(SpeakerTurn turn) {
  turn.call_id = record_.call_id;
  turn.language = record_.language;
  measures_.on_speech(turn.speaker == SpeakerTurn::Speaker::customer ? Measures::customer : Measures::agent, turn.start_ms, turn.end_ms);
  place_.events.push_back(std::move(turn));
}

}  // namespace daedap::call
