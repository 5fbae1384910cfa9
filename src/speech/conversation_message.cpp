// Taking a message: prompt, beep, record until silence, key, length or hang-up.
#include <algorithm>

#include "audio/tone.hpp"
#include "speech/conversation_impl.hpp"

namespace daedap::speech {

void Conversation::Impl::start_message(Phrase words, base::Time now) {
  message_ = Message::prompt;
  state_ = State::taking_message;
  Reply& reply = open_reply(Purpose::message_prompt);
  reply.fixed(phrase(words, settings_.language), now);
  reply.sound(audio::message_beep(), now);
}

base::Time Conversation::Impl::message_limit() const {
  if (message_ != Message::recording) return base::never;
  const base::Time longest = message_start_ + settings_.message_max;
  if (listener_.voice().speaking()) return longest;
  // Who has not begun yet gets twice the patience.
  const base::Duration patience = settings_.message_silence * (message_heard_ ? 1 : 2);
  return std::min(longest, message_voice_ + patience);
}

void Conversation::Impl::watch_message(base::Time now) {
  if (message_ != Message::recording) return;
  if (listener_.voice().speaking()) {
    message_heard_ = true;
    message_voice_ = std::max(message_voice_, listener_.voice().last_voiced());
  }
  if (now < message_limit()) return;
  const bool long_one = now >= message_start_ + settings_.message_max;
  end_message(long_one ? MessageTaken::Ended::too_long : MessageTaken::Ended::silence, now);
}

void Conversation::Impl::end_message(MessageTaken::Ended ended, base::Time now) {
  message_ = Message::none;
  const bool heard = message_heard_ || listener_.voice().speaking();
  if (heard) emit(MessageTaken{message_start_, now, ended});
  if (turn_) turn_->in_message = true;
  if (listener_.utterance_open()) {
    taker_.reset();
    decided_ = true;
    listener_.end_utterance(now);
  }
  if (ended == MessageTaken::Ended::hang_up || state_ != State::taking_message) return;
  if (message_is_last_) return farewell(Finished::Why::engine_failure, Phrase::goodbye, now);
  notice(heard ? Phrase::message_taken : Phrase::message_empty, now);
}

}  // namespace daedap::speech
