// An engine is late or dead: what is said and done instead. Never silence, never a stuck call.
#include <utility>

#include "speech/conversation_impl.hpp"

namespace daedap::speech {

void Conversation::Impl::on_reply_failed(base::Time now) {
  const Reply::Failure failure = *reply_->failure();
  const bool model = std::string_view(failure.engine) == "llm";
  if (purpose_ == Purpose::farewell) {
    emit(Finished{finish_why_});
    state_ = State::over;
    bury(std::move(reply_));
    return;
  }
  if (model) return on_llm_failed(failure.error, now);
  emit(Degraded{failure.error, "tts", "hang_up"});
  farewell(Finished::Why::engine_failure, Phrase::engines_dead, now);
}

// Nothing of the answer was made: an apology, and the model is asked again meanwhile. When that
// fails too the caller can at least leave a message.
void Conversation::Impl::on_llm_failed(const base::Error& error, base::Time now) {
  const Marks marks = reply_->marks;
  const bool again = ++failures_ < settings_.max_failures;
  emit(Degraded{error, "llm", again ? "apology" : "take_message"});
  const State paused_from = state_;
  cut_reply(now);
  if (!again) {
    settle_turn(asked_, {});
    message_is_last_ = true;
    return start_message(Phrase::leave_message_failed, now);
  }
  Reply& reply = open_reply(Purpose::answer);
  reply.marks = marks;
  state_ = State::thinking;
  if (paused_from == State::paused) pause(now);
  reply.fixed(phrase(Phrase::try_again, settings_.language), now);
  reply.answer(*session_, input_, history_.entries(), now);
}

// The answer broke off after some of it was spoken.
void Conversation::Impl::on_broken_off(const base::Error& error, base::Time now) {
  const bool again = ++failures_ < settings_.max_failures;
  emit(Degraded{error, "llm", again ? "apology" : "take_message"});
  if (again) return notice(Phrase::lost_thread, now);
  message_is_last_ = true;
  start_message(Phrase::leave_message_failed, now);
}

void Conversation::Impl::on_listener_lost(const ListenerLost& lost) {
  if (!lost.for_good || !running() || hung_up_) return;
  no_text_ = true;
  emit(Degraded{lost.error, "stt", "keypad"});
  if (state_ == State::finishing || state_ == State::taking_message) return;
  say(phrase(Phrase::no_recogniser, settings_.language), now_);
}

}  // namespace daedap::speech
