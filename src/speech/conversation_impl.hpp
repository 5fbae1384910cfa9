#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "speech/conversation.hpp"
#include "speech/echo.hpp"
#include "speech/history.hpp"
#include "speech/listener.hpp"
#include "speech/phrases.hpp"
#include "speech/playout.hpp"
#include "speech/reply.hpp"
#include "speech/turn/taker.hpp"

namespace daedap::speech {

inline std::string joined(const std::string& a, const std::string& b) {
  return a.empty() ? b : b.empty() ? a : a + " " + b;
}

/// The conversation's state machine. One act per file: `conversation.cpp` (start, time, end),
/// `conversation_turn` (what the caller says), `conversation_ahead` (an answer prepared meanwhile),
/// `conversation_barge_in`, `conversation_reply` (what the assistant says), `conversation_message`, `conversation_failure`, `conversation_watch` (limits).
class Conversation::Impl {
 public:
  enum class State {
    idle,            // not answered yet
    greeting,
    listening,       // the assistant is silent and waits for the caller
    thinking,        // an answer is being made, nothing of it was sent
    speaking,
    paused,          // speaking or thinking, and a voice is heard: it may be an interruption
    taking_message,
    finishing,       // the farewell is spoken
    over,
  };

  Impl(const Settings& settings, Engines engines, const Prompts& prompts, audio::Player& player);

  // conversation.cpp
  base::Result<void> open();
  void start(base::Time now);
  void on_frame(const audio::Frame& frame, const audio::FrameInfo& info);
  void on_time(base::Time now);
  base::Time deadline() const;
  void on_hang_up(base::Time now);
  bool settled() const { return settled_; }
  void say(const std::string& text, base::Time now);
  void finish(Finished::Why why, base::Time now);
  std::optional<ConversationOutput> take_output();
  // conversation_turn.cpp
  void on_digit(char digit, base::Time now);
  // conversation_watch.cpp
  void on_hold(bool held, base::Time now);
  void stand_by(bool on, base::Time now);

 private:
  /// What the caller has said and has not been answered yet.
  struct Turn {
    std::string text;
    base::Time start{}, end{};
    double confidence = 1.0;
    base::Duration voiced{};
    bool digits = false, in_message = false, finals = false;
    double score = 0.5;        // how likely he had finished, when that was decided
    std::vector<std::string> reasons{};
    bool judged = false;       // told as a SpokenPart
    int tries_ahead = 0;       // answers prepared for it
    Marks marks;
  };
  /// What a reply is for, hence what follows it.
  enum class Purpose { greeting, answer, notice, message_prompt, farewell };
  enum class Message { none, prompt, recording };

  // conversation.cpp
  void emit(ConversationOutput output);
  void advance(base::Time now);
  void settle(base::Time now);
  void bury(std::unique_ptr<Reply> reply);
  void tell_pauses();
  void farewell(Finished::Why why, Phrase words, base::Time now);
  bool running() const { return state_ != State::idle && state_ != State::over; }

  // conversation_turn.cpp
  void on_heard(const ListenerEvent& event);
  void on_speech_started(const SpeechStarted& e);
  void on_speech_stopped(const SpeechStopped& e);
  void on_partial(const PartialText& e);
  void on_final(const FinalText& e);
  void on_turn_decided(const turn::Decision& decision, base::Time now);
  void on_turn_ready(base::Time now);
  void answer_turn(base::Time now);
  void answer_words(base::Time now);
  void merge_unanswered();
  void ask(LlmInput input, base::Time now);
  void settle_turn(std::optional<Turn>& turn, const std::string& intent);
  void judge(Turn& turn);
  void tell(Turn& turn, const std::string& intent);

  // conversation_ahead.cpp
  bool may_ask_ahead() const;
  LlmInput input_so_far() const;
  void watch_ahead(base::Time now);
  void ask_ahead(double score, base::Time now);
  void start_ahead(base::Time now);
  void drop_ahead();
  bool use_ahead(base::Time now);

  // conversation_barge_in.cpp
  bool interruptible() const;
  bool only_listening(const std::string& text) const;
  void watch_voice(base::Time now);
  void pause(base::Time now);
  void resume(base::Time now);
  void confirm(base::Time now);
  void on_voice_gone(base::Time now);

  // conversation_reply.cpp
  std::unique_ptr<Reply> make_reply();
  Reply& open_reply(Purpose purpose);
  void notice(Phrase words, base::Time now);
  void watch_reply(base::Time now);
  void on_reply_sounds(base::Time now);
  void on_reply_finished(base::Time now);
  void after_answer(const Reply& reply, bool said_something, base::Time now);
  void act(const LlmAction& action, base::Time now);
  void cut_reply(base::Time now);
  void record_spoken(const Reply& reply, const Spoken& spoken, bool interrupted, base::Time now);
  void listen(base::Time now);

  // conversation_message.cpp
  void start_message(Phrase words, base::Time now);
  void watch_message(base::Time now);
  void end_message(MessageTaken::Ended ended, base::Time now);
  base::Time message_limit() const;

  // conversation_failure.cpp
  void on_reply_failed(base::Time now);
  void on_llm_failed(const base::Error& error, base::Time now);
  void on_broken_off(const base::Error& error, base::Time now);
  void on_listener_lost(const ListenerLost& lost);

  // conversation_watch.cpp
  void watch_limits(base::Time now);
  void watch_silence(base::Time now);
  bool idle() const;
  base::Duration patience() const;
  base::Time limits_deadline() const;

  // given
  Settings settings_;
  Engines engines_;
  const Prompts& prompts_;
  // owned
  EchoGuard echo_;
  Playout playout_;
  std::unique_ptr<LlmSession> session_;
  Listener listener_;
  turn::TurnTaker taker_;
  History history_;
  std::unique_ptr<Reply> reply_;
  std::unique_ptr<Reply> ahead_;  // held, while nobody has the floor; never together with `reply_`
  std::vector<std::unique_ptr<Reply>> buried_;  // destroyed outside engine events
  std::deque<ConversationOutput> outputs_;
  std::deque<std::string> to_say_;
  // state
  State state_ = State::idle, before_pause_ = State::idle;
  Purpose purpose_ = Purpose::notice;
  Message message_ = Message::none;
  std::optional<Turn> turn_;      // being spoken, or waiting for its final
  std::optional<Turn> asked_;     // the model is working on it, nothing of the answer was sent
  LlmInput input_;                // what it was asked
  LlmInput ahead_input_;          // what `ahead_` answers
  bool decided_ = false;          // `turn_` is over, its final may be missing
  bool waits_for_end_ = false;    // `turn_` is over and is answered when the assistant's last word is out
  bool confirmed_ = false;        // `turn_` has interrupted the assistant
  base::Time now_{}, answered_at_{}, paused_at_{}, idle_since_{};
  base::Time message_start_{}, message_voice_{};
  bool message_heard_ = false, message_is_last_ = false;
  std::optional<base::Time> tail_until_, finish_by_, held_since_;
  Finished::Why finish_why_ = Finished::Why::goodbye;
  std::string last_answer_;
  int failures_ = 0, silences_ = 0;
  bool standing_by_ = false;      // a person is being fetched
  bool warned_ = false, hung_up_ = false, settled_ = false, no_text_ = false;
};

}  // namespace daedap::speech
