// What the assistant says: one Reply per bot turn, and what follows it.
#include <utility>

#include "speech/conversation_impl.hpp"

namespace daedap::speech {

std::unique_ptr<Reply> Conversation::Impl::make_reply() {
  return std::make_unique<Reply>(Reply::Voice{settings_, engines_.tts, prompts_, playout_},
                                 [this] { watch_reply(now_); });
}

Reply& Conversation::Impl::open_reply(Purpose purpose) {
  drop_ahead();
  bury(std::move(reply_));
  purpose_ = purpose;
  reply_ = make_reply();
  return *reply_;
}

void Conversation::Impl::notice(Phrase words, base::Time now) {
  Reply& reply = open_reply(Purpose::notice);
  state_ = State::speaking;
  reply.fixed(phrase(words, settings_.language), now);
}

void Conversation::Impl::watch_reply(base::Time now) {
  if (!reply_ || hung_up_) return;
  reply_->on_time(now);
  if (auto error = reply_->take_retry()) emit(Degraded{*error, "tts", "apology"});
  if (reply_->failure()) return on_reply_failed(now);
  // In force before the voice has said it: the caller may answer into it.
  if (purpose_ == Purpose::answer && reply_->model_done()) listener_.expect(reply_->done().grammar);
  if (reply_->sounding()) on_reply_sounds(now);
  // While paused the caller may still cut it; what follows must wait.
  if (reply_->finished() && state_ != State::paused) on_reply_finished(now);
}

void Conversation::Impl::on_reply_sounds(base::Time) {
  if (state_ == State::thinking) state_ = State::speaking;
  if (state_ == State::paused && before_pause_ == State::thinking) before_pause_ = State::speaking;
  settle_turn(asked_, reply_->done().intent);
}

void Conversation::Impl::on_reply_finished(base::Time now) {
  const Reply& done = *reply_;
  bury(std::move(reply_));  // it may be the one whose event is being handled
  const Spoken spoken = done.spoken();
  record_spoken(done, spoken, false, now);
  settle_turn(asked_, done.done().intent);
  switch (purpose_) {
    case Purpose::greeting:
    case Purpose::notice: return listen(now);
    case Purpose::answer: return after_answer(done, !spoken.planned.empty(), now);
    case Purpose::message_prompt:
      message_ = Message::recording;
      message_start_ = message_voice_ = now;
      message_heard_ = false;
      return;
    case Purpose::farewell:
      emit(Finished{finish_why_});
      state_ = State::over;
      return;
  }
}

void Conversation::Impl::after_answer(const Reply& reply, bool said_something, base::Time now) {
  if (reply.broken_off()) return on_broken_off(*reply.broken_off(), now);
  failures_ = 0;
  if (said_something) last_answer_ = reply.spoken().planned;
  if (!said_something && reply.actions().empty()) return notice(Phrase::say_again, now);
  state_ = State::listening;
  idle_since_ = now;
  for (const LlmAction& action : reply.actions()) {
    const bool hang_up = action.kind == LlmAction::Kind::hang_up;
    if (hang_up && said_something) {
      emit(Finished{Finished::Why::goodbye});
      state_ = State::over;
      return;
    }
    act(action, now);
    if (state_ != State::listening) return;
  }
  listen(now);
}

void Conversation::Impl::act(const LlmAction& action, base::Time now) {
  switch (action.kind) {
    case LlmAction::Kind::hang_up: return finish(Finished::Why::goodbye, now);
    case LlmAction::Kind::take_message: return start_message(Phrase::leave_message, now);
    case LlmAction::Kind::transfer: emit(Wanted{action.kind, action.arguments}); return;
    case LlmAction::Kind::repeat:
      state_ = State::speaking;
      open_reply(Purpose::notice).fixed(last_answer_.empty() ? settings_.greeting : last_answer_, now);
      return;
  }
}

void Conversation::Impl::cut_reply(base::Time now) {
  if (!reply_) return;
  const Spoken spoken = reply_->cut(now);
  record_spoken(*reply_, spoken, true, now);
  bury(std::move(reply_));
}

void Conversation::Impl::record_spoken(const Reply& reply, const Spoken& spoken, bool interrupted,
                                       base::Time now) {
  if (spoken.start) settle_turn(asked_, reply.done().intent);
  if (!spoken.start || spoken.heard.empty()) return;
  history_.assistant(spoken.heard);
  taker_.on_other_said(spoken.heard);
  const bool cut = interrupted && spoken.heard != spoken.planned;
  Said said{.speaker = Said::Speaker::assistant,
            .text = spoken.heard,
            .planned = cut ? spoken.planned : std::string(),
            .start = *spoken.start,
            .end = now,
            .intent = reply.done().intent,
            .interrupted = cut};
  if (reply.marks[Mark::turn_decided]) said.marks = reply.marks;
  emit(std::move(said));
}

// The assistant has nothing more to say, unless somebody asked it to.
void Conversation::Impl::listen(base::Time now) {
  idle_since_ = now;
  if (!to_say_.empty()) {
    const std::string text = std::move(to_say_.front());
    to_say_.pop_front();
    state_ = State::speaking;
    open_reply(Purpose::notice).fixed(text, now);
    return;
  }
  state_ = State::listening;
  if (waits_for_end_ && turn_ && !taker_.running()) {
    waits_for_end_ = false;
    answer_turn(now);
  }
}

}  // namespace daedap::speech
