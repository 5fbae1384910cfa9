// What the conversation tells, put into the record, the events and the log.
#include <utility>

#include "call/call.hpp"
#include "call/turns.hpp"

namespace daedap::call {
namespace {

constexpr std::size_t most_messages = 100;
constexpr std::size_t most_digits = 1000;

const char* name(speech::BargeIn::Step step) {
  using enum speech::BargeIn::Step;
  switch (step) {
    case paused: return "paused";
    case confirmed: return "confirmed";
    case resumed: return "resumed";
  }
  return "paused";
}

}  // namespace

void Call::note_digit(char digit) {
  if (record_.digits.size() < most_digits) record_.digits.emplace_back(1, digit);
}

void Call::on_digit(char digit, KeySource source, base::Time now) {
  if (state_ != State::answered || !ai_ || !keys_.take(digit, source, now)) return;
  note_digit(digit);
  log_.debug("ai_digit", {{"source", name(source)}});
  ai_->on_digit(digit, now);
}

void Call::take_conversation(base::Time now) {
  while (ai_) {
    auto output = ai_->take_output();
    if (!output) return;
    std::visit([&](auto& one) { on_output(one, now); }, *output);
  }
}

void Call::on_output(speech::Said& said, base::Time) {
  pauses_.on_said(said);
  if (record_.turns.size() >= most_turns) return;
  const Turn turn = turn_of(said, static_cast<int>(record_.turns.size()), answered_);
  const std::string shown = base::mask_text(turn.text, settings().debug_calls);
  if (said.speaker == speech::Said::Speaker::assistant && turn.response_ms)
    log_.info("ai_said", {{"text", shown}, {"interrupted", turn.interrupted}, {"response_ms", *turn.response_ms}});
  else if (said.speaker == speech::Said::Speaker::assistant)
    log_.info("ai_said", {{"text", shown}, {"interrupted", turn.interrupted}});
  record_.turns.push_back(turn);
  if (said.speaker == speech::Said::Speaker::assistant) tell_turn(speaker_turn_of(turn));
  place_.events.push_back(TurnAdded{record_.call_id, turn});
}

void Call::on_output(speech::SpokenPart& part, base::Time) {
  tell_turn(speaker_turn_of(SpeakerTurn::Speaker::customer, part, answered_));
}

void Call::on_output(speech::turn::Pause& pause, base::Time) { pauses_.add(std::move(pause)); }

void Call::on_output(speech::Heard& heard, base::Time) {
  const std::string text = base::mask_text(heard.text, settings().debug_calls);
  if (!heard.is_final) return log_.debug("ai_stt_result", {{"text", text}, {"is_final", false}});
  log_.info("ai_stt_result", {{"text", text}, {"is_final", true}, {"confidence", heard.confidence}});
}

void Call::on_output(speech::MessageTaken& taken, base::Time) {
  if (record_.messages.size() >= most_messages) return;
  const Message message = message_of(taken, answered_);
  log_.info("ai_message_taken", {{"length_ms", message.end_ms - message.start_ms}, {"ended_by", message.ended_by}});
  record_.messages.push_back(message);
}

void Call::on_output(speech::Degraded& degraded, base::Time) {
  log_.error("ai_call_handling_error", {{"engine", degraded.engine},
                                        {"error", degraded.error.message()},
                                        {"fallback", degraded.fallback}});
}

void Call::on_output(speech::BargeIn& barge_in, base::Time) {
  log_.debug("ai_barge_in", {{"step", name(barge_in.step)}});
}

void Call::on_output(speech::AskedAhead& ahead, base::Time) {
  using enum speech::AskedAhead::Step;
  switch (ahead.step) {
    case started: ++record_.ahead.started; break;
    case used: ++record_.ahead.used; break;
    case dropped: ++record_.ahead.dropped; break;
  }
}

void Call::on_output(speech::Finished& finished, base::Time now) { end(cause_of(finished.why), now); }

}  // namespace daedap::call
