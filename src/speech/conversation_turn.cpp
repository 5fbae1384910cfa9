// What the caller says and presses: from voice and text to a turn, from a turn to a question.
#include <algorithm>
#include <utility>

#include "speech/conversation_impl.hpp"

namespace daedap::speech {
namespace {

// Shorter noise without words, while nobody spoke, is nothing that deserves "pardon?".
constexpr base::Millis noise_limit{300};

}  // namespace

void Conversation::Impl::on_heard(const ListenerEvent& event) {
  if (settled_) return;
  if (const auto* e = std::get_if<SpeechStarted>(&event)) on_speech_started(*e);
  if (const auto* e = std::get_if<SpeechStopped>(&event)) on_speech_stopped(*e);
  if (const auto* e = std::get_if<PartialText>(&event)) on_partial(*e);
  if (const auto* e = std::get_if<FinalText>(&event)) on_final(*e);
  if (const auto* e = std::get_if<ListenerLost>(&event)) on_listener_lost(*e);
}

void Conversation::Impl::on_speech_started(const SpeechStarted& e) {
  drop_ahead();
  if (!turn_) {
    turn_.emplace();
    turn_->start = e.at;
    turn_->in_message = state_ == State::taking_message;
    confirmed_ = false;
  }
  decided_ = waits_for_end_ = false;
  taker_.on_speech_started(e.at);
}

void Conversation::Impl::on_speech_stopped(const SpeechStopped& e) {
  taker_.on_speech_stopped(e.at);
  message_voice_ = std::max(message_voice_, e.at);
  if (!turn_) return;
  turn_->end = e.at;
  turn_->voiced += e.voiced;
  turn_->marks.set(Mark::speech_end, e.at);
  turn_->marks.set(Mark::vad_end, e.noticed);
  on_voice_gone(now_);
}

void Conversation::Impl::on_partial(const PartialText& e) {
  if (e.text.empty()) return;
  emit(Heard{e.text, false, 1.0});
  if (!turn_) return;
  turn_->marks.set(Mark::stt_partial, now_);
  taker_.on_text(joined(turn_->text, e.text), false, 1.0, now_);
  watch_voice(now_);
}

void Conversation::Impl::on_turn_decided(const turn::Decision& decision, base::Time now) {
  if (!turn_) return;
  decided_ = true;
  turn_->end = decision.speech_end;
  turn_->marks.set_once(Mark::speech_end, turn_->end);
  turn_->marks.set(Mark::turn_decided, now);
  turn_->marks.wait = std::max<base::Duration>(decision.wait, settings_.vad.min_silence);
  turn_->score = decision.score;
  turn_->reasons.assign(decision.verdict.reasons.begin(), decision.verdict.reasons.end());
  if (listener_.utterance_open()) {
    const bool likely = decision.score >= settings_.turn.eager && decision.state != turn::State::wait;
    // The final text takes its time too, and seldom brings other words.
    if (decision.features.text && likely && may_ask_ahead()) ask_ahead(decision.score, now);
    turn_->marks.stt_asked = now;
    listener_.end_utterance(now);  // the final may come from inside
  } else if (!listener_.awaiting_final()) {
    on_turn_ready(now);
  }
}

void Conversation::Impl::on_final(const FinalText& e) {
  if (!e.text.empty()) emit(Heard{e.text, true, e.confidence});
  if (e.late && !hung_up_) {
    emit(Degraded{{base::Code::engine_late, "the recogniser is late", ""}, "stt",
                  e.text.empty() ? "apology" : "interim"});
  }
  if (!turn_) return hung_up_ ? settle(now_) : void();
  turn_->marks.set(Mark::stt_final, now_);
  turn_->confidence = turn_->finals ? std::min(turn_->confidence, e.confidence) : e.confidence;
  turn_->finals = true;
  turn_->text = joined(turn_->text, e.text);
  if (hung_up_) return settle(now_);
  if (listener_.awaiting_final()) return;
  if (decided_) on_turn_ready(now_);
}

// The caller has finished and the text is there.
void Conversation::Impl::on_turn_ready(base::Time now) {
  if (!turn_ || !running()) return;
  decided_ = false;
  if (turn_->in_message || standing_by_ || state_ == State::taking_message || state_ == State::finishing) {
    return settle_turn(turn_, {});
  }
  const bool talked_over = reply_ && !confirmed_ && state_ != State::listening;
  if (!talked_over) return answer_turn(now);
  if (turn_->text.empty() || only_listening(turn_->text)) {
    if (reply_->nearly_done() && reply_->sounding() && !turn_->text.empty()) {  // an answer to its last words
      waits_for_end_ = true;
      return resume(now);
    }
    const bool heard_words = !turn_->text.empty();
    if (heard_words) tell(*turn_, {});
    turn_.reset();
    return resume(now);
  }
  confirm(now);
  // The final was asked for early: more may come after words that do not end a sentence.
  taker_.on_speech_started(turn_->start);
  taker_.on_speech_stopped(turn_->end);
  taker_.on_text(turn_->text, true, turn_->confidence, now);
  if (const auto decision = taker_.decide(now, listener_.voice().maybe())) on_turn_decided(*decision, now);
}

void Conversation::Impl::answer_turn(base::Time now) {
  const bool understood = !turn_->text.empty();
  if (!understood && !asked_ && !confirmed_ && turn_->voiced < noise_limit) {
    turn_.reset();
    return;
  }
  answer_words(now);
}

void Conversation::Impl::answer_words(base::Time now) {
  judge(*turn_);
  merge_unanswered();
  const bool understood = !turn_->text.empty();
  LlmInput input{.kind = understood ? LlmInput::Kind::speech : LlmInput::Kind::unclear,
                 .text = turn_->text,
                 .confidence = turn_->confidence};
  silences_ = 0;
  asked_ = std::exchange(turn_, std::nullopt);
  ask(std::move(input), now);
}

// The caller went on before anything of the answer was heard: both pieces are one turn.
void Conversation::Impl::merge_unanswered() {
  if (!asked_ || asked_->digits) return settle_turn(asked_, {});
  taker_.on_cut_in(turn_->start - asked_->end);
  turn_->text = joined(asked_->text, turn_->text);
  turn_->start = asked_->start;
  turn_->confidence = std::min(turn_->confidence, asked_->confidence);
  asked_.reset();
}

void Conversation::Impl::ask(LlmInput input, base::Time now) {
  input_ = std::move(input);
  state_ = State::thinking;
  if (use_ahead(now)) return reply_->marks.fill(asked_->marks);
  Reply& reply = open_reply(Purpose::answer);
  if (asked_) reply.marks = asked_->marks;
  reply.answer(*session_, input_, history_.entries(), now);
}

void Conversation::Impl::on_digit(char digit, base::Time now) {
  if (!running() || hung_up_ || state_ == State::finishing) return;
  now_ = std::max(now_, now);
  idle_since_ = now_;
  if (standing_by_) return;
  if (state_ == State::taking_message) {
    if (digit == '#' && message_ == Message::recording) end_message(MessageTaken::Ended::key, now_);
    return;
  }
  const bool audible = reply_ && reply_->sounding();
  cut_reply(now_);
  if (audible) emit(BargeIn{BargeIn::Step::confirmed});
  settle_turn(asked_, {});
  settle_turn(turn_, {});
  taker_.reset();
  decided_ = waits_for_end_ = false;
  listener_.end_utterance(now_);
  if (digit == '*' && no_text_) return start_message(Phrase::leave_message, now_);
  silences_ = 0;
  asked_.emplace();
  asked_->digits = true;
  asked_->text = std::string(1, digit);
  asked_->start = asked_->end = now_;
  ask({.kind = LlmInput::Kind::digits, .text = asked_->text}, now_);
}

// The turn is closed: into history and transcript with it.
void Conversation::Impl::settle_turn(std::optional<Turn>& turn, const std::string& intent) {
  if (!turn) return;
  Turn t = std::move(*turn);
  turn.reset();
  history_.user(t.text);
  if (!t.digits) tell(t, intent);
}

/// Each piece between two pauses is told alone, also when both are answered as one turn.
void Conversation::Impl::judge(Turn& turn) {
  if (turn.text.empty() || std::exchange(turn.judged, true)) return;
  const auto decided = turn.marks[Mark::turn_decided];
  const bool finished = decided || turn.score >= 0.5;
  emit(SpokenPart{.start = turn.start,
                  .end = std::max(turn.start, turn.end),
                  .text = turn.text,
                  .decision = finished ? SpokenPart::Decision::complete : SpokenPart::Decision::incomplete,
                  .score = turn.score,
                  .wait = turn.marks.wait,
                  .silence = std::max(decided.value_or(now_) - turn.end, base::Duration{}),
                  .reasons = turn.reasons,
                  .voiced = turn.voiced,
                  .confidence = turn.confidence});
}

void Conversation::Impl::tell(Turn& turn, const std::string& intent) {
  judge(turn);
  if (turn.text.empty()) return;
  emit(Said{.speaker = Said::Speaker::caller,
            .text = turn.text,
            .start = turn.start,
            .end = std::max(turn.start, turn.end),
            .intent = intent,
            .confidence = turn.confidence});
}

}  // namespace daedap::speech
