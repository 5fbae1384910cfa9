// The model is asked as soon as the caller has probably finished. Nothing of its answer is heard, and nothing
// follows from it, before that is decided; an answer to other words than his last ones is thrown away.
#include <algorithm>
#include <utility>

#include "speech/conversation_impl.hpp"
#include "speech/text/same_words.hpp"

namespace daedap::speech {
namespace {

constexpr int most_tries = 3;  // a turn

}  // namespace

bool Conversation::Impl::may_ask_ahead() const {
  return state_ == State::listening && turn_ && !reply_ && !turn_->in_message && !standing_by_ &&
         !(asked_ && asked_->digits);
}

LlmInput Conversation::Impl::input_so_far() const {
  LlmInput input{.text = joined(turn_->text, listener_.interim()), .ahead = true};
  if (turn_->finals) input.confidence = turn_->confidence;
  if (!asked_) return input;
  input.text = joined(asked_->text, input.text);
  input.confidence = std::min(input.confidence, asked_->confidence);
  return input;
}

void Conversation::Impl::watch_ahead(base::Time now) {
  if (ahead_ && (ahead_->spoiled() || !may_ask_ahead())) drop_ahead();
  // With a final on its way the words so far are not all.
  if (decided_ || !may_ask_ahead() || listener_.awaiting_final()) return;
  if (ahead_ && !same_words(ahead_input_.text, input_so_far().text, settings_.language)) drop_ahead();
  if (taker_.eager(now)) ask_ahead(taker_.at(now).score, now);
}

// `score`: how surely he has finished.
void Conversation::Impl::ask_ahead(double score, base::Time now) {
  if (!ahead_) start_ahead(now);
  if (ahead_ && score >= settings_.turn.eager_voice) ahead_->prepare_voice(now);
}

void Conversation::Impl::start_ahead(base::Time now) {
  LlmInput input = input_so_far();
  if (input.text.empty() || turn_->tries_ahead >= most_tries) return;
  ++turn_->tries_ahead;
  auto reply = make_reply();
  reply->hold();
  reply->answer(*session_, input, history_.entries(), now);
  if (reply->spoiled()) {  // no room: it is asked when its time has come
    turn_->tries_ahead = most_tries;
    return;
  }
  ahead_ = std::move(reply);
  ahead_input_ = std::move(input);
  emit(AskedAhead{AskedAhead::Step::started});
}

void Conversation::Impl::drop_ahead() {
  if (!ahead_) return;
  if (turn_ && ahead_->spoiled()) turn_->tries_ahead = most_tries;
  ahead_.reset();
  emit(AskedAhead{AskedAhead::Step::dropped});
}

// The turn is decided. False: nothing was prepared for `input_`.
bool Conversation::Impl::use_ahead(base::Time now) {
  if (!ahead_) return false;
  const bool fits = input_.kind == LlmInput::Kind::speech && !ahead_->spoiled() &&
                    same_words(ahead_input_.text, input_.text, settings_.language) && session_->keep(input_);
  if (!fits) {
    drop_ahead();
    return false;
  }
  bury(std::move(reply_));
  purpose_ = Purpose::answer;
  reply_ = std::move(ahead_);
  reply_->release(now);
  emit(AskedAhead{AskedAhead::Step::used});
  return true;
}

}  // namespace daedap::speech
