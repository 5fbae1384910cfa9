// The caller speaks while the assistant does: pause first, decide second, go on when it was nothing.
#include <algorithm>

#include "speech/conversation_impl.hpp"
#include "speech/text/backchannel.hpp"

namespace daedap::speech {
namespace {

constexpr base::Millis longest_backchannel{1500};  // "네 네 네 네" is still no interruption

}  // namespace

bool Conversation::Impl::interruptible() const {
  if (!reply_ || !turn_ || confirmed_) return false;
  return state_ == State::greeting || state_ == State::speaking || state_ == State::thinking ||
         state_ == State::paused;
}

bool Conversation::Impl::only_listening(const std::string& text) const {
  return is_backchannel(text, settings_.language) && !is_stop_word(text, settings_.language);
}

void Conversation::Impl::watch_voice(base::Time now) {
  if (!interruptible()) return;
  const std::string& text = listener_.interim();
  const base::Duration voiced = listener_.voice().voiced();
  const bool words = !text.empty() && listener_.utterance_open();
  const bool nodding = words && only_listening(text);
  if (words && !nodding) return confirm(now);
  const base::Duration needed = nodding ? longest_backchannel : settings_.barge_in_confirm;
  if (listener_.voice().surely_voiced() >= needed) return confirm(now);
  if (voiced >= settings_.barge_in_pause && !nodding && state_ != State::paused) return pause(now);
  if (state_ != State::paused) return;
  const bool silent = voiced == base::Duration{};
  if (nodding || (silent && now >= paused_at_ + settings_.resume_within)) resume(now);
}

void Conversation::Impl::pause(base::Time now) {
  before_pause_ = state_;
  state_ = State::paused;
  paused_at_ = now;
  playout_.pause();
  if (reply_->sounding()) emit(BargeIn{BargeIn::Step::paused});
}

void Conversation::Impl::resume(base::Time) {
  if (state_ != State::paused) return;
  state_ = before_pause_;
  playout_.resume();
  if (reply_->sounding()) emit(BargeIn{BargeIn::Step::resumed});
}

// It is an interruption. What was not sent is dropped; an answer nobody heard of is made anew with
// what the caller says now.
void Conversation::Impl::confirm(base::Time now) {
  const bool audible = reply_ && reply_->sounding();
  confirmed_ = true;
  cut_reply(now);
  if (audible) {
    emit(BargeIn{BargeIn::Step::confirmed});
    settle_turn(asked_, {});
  }
  state_ = State::listening;
  idle_since_ = now;
}

// The voice stopped while we were paused. With a recogniser its final decides, asked for at once;
// without one, or when it has said "네" already, we go on.
void Conversation::Impl::on_voice_gone(base::Time now) {
  if (state_ != State::paused) return;
  if (!listener_.understands() || only_listening(listener_.interim())) return resume(now);
  if (!listener_.utterance_open()) return;
  taker_.reset();
  decided_ = true;
  turn_->marks.stt_asked = now;
  turn_->marks.set(Mark::turn_decided, now);
  turn_->marks.wait = settings_.vad.min_silence;
  listener_.end_utterance(now);
}

}  // namespace daedap::speech
