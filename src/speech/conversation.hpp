#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "audio/frame.hpp"
#include "audio/player.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "speech/llm.hpp"
#include "speech/marks.hpp"
#include "speech/prompts.hpp"
#include "speech/settings.hpp"
#include "speech/speaker.hpp"
#include "speech/stt.hpp"
#include "speech/tts.hpp"
#include "speech/vad/detector.hpp"

namespace daedap::speech {

/// One utterance, of the caller or of the assistant, once it is over.
struct Said {
  enum class Speaker { caller, assistant };
  Speaker speaker;
  std::string text;  // for the assistant: what was really heard
  std::string planned;  // assistant only, when it was cut short: what it would have said
  base::Time start, end;
  std::string intent;
  double confidence = 1.0;
  bool interrupted = false;
  std::optional<Marks> marks;  // on the assistant's answer to a turn: its latency waterfall
};

/// A recogniser's interim text of the caller (log event `ai_stt_result` with is_final false).
struct Heard {
  std::string text;
  bool is_final = false;
  double confidence = 1.0;
};

/// The caller left a message: where it lies on the call's own time line.
struct MessageTaken {
  enum class Ended { silence, key, too_long, hang_up };
  base::Time start, end;
  Ended ended_by;
};

/// The assistant asks for something that only the call can do.
struct Wanted {
  LlmAction::Kind kind;  // transfer
  std::map<std::string, std::string> arguments;
};

/// An engine failed or was late, and what was done instead.
struct Degraded {
  base::Error error;
  const char* engine;    // "stt", "llm", "tts"
  const char* fallback;  // "apology", "take_message", "hang_up", "keypad"
};

/// Bot speech was stopped, or went on after a false alarm.
struct BargeIn {
  enum class Step { paused, confirmed, resumed };
  Step step;
};

/// The model was asked before it was decided that the caller has finished: what becomes of its answer.
struct AskedAhead {
  enum class Step { started, used, dropped };
  Step step;
};

/// The conversation is over and all its speech was played; the call should hang up.
struct Finished {
  enum class Why { goodbye, no_input, too_long, engine_failure };
  Why why;
};

/// SpokenPart: what the caller said up to a pause, told once when it is decided that he had finished.
/// Pause: one of the caller's, where they are kept.
using ConversationOutput =
    std::variant<Said, SpokenPart, turn::Pause, Heard, MessageTaken, Wanted, Degraded, BargeIn, AskedAhead, Finished>;

/// The engines as this shard sees them; all outlive the conversation.
struct Engines {
  Stt& stt;
  Llm& llm;
  Tts& tts;
  VoiceDetectors* voice = nullptr;  // null: voice is found by energy
};

/// One AI-answered call: hears, decides when the caller has finished, asks the model, speaks, can be
/// interrupted, and never falls silent when an engine dies.
/// in      frames (as a FrameSink), digits, time; engine events arrive through the seams' sinks
/// out     `take_output`
/// thread  the shard
class Conversation final : public audio::FrameSink {
 public:
  Conversation(const Settings& settings, Engines engines, const Prompts& prompts, audio::Player& player);
  ~Conversation() override;

  /// Opens the engines' streams. An error means "AI not available": nothing was said yet.
  base::Result<void> open();
  /// The call was answered: the greeting starts with the next frame.
  void start(base::Time now);
  void on_frame(const audio::Frame& frame, const audio::FrameInfo& info) override;
  void on_digit(char digit, base::Time now);
  /// The caller put the call on hold, or took it back: nobody is waited for meanwhile.
  void on_hold(bool held, base::Time now);
  /// Somebody else is being fetched for the caller: what he says is written down and not answered, and
  /// nobody asks whether he is there. Off: the conversation goes on with all that was said.
  void stand_by(bool on, base::Time now);
  /// Call after each tick of the player, and whenever `deadline()` has passed.
  void on_time(base::Time now);
  base::Time deadline() const;
  /// The caller hung up: no more speech; what is under way settles. True when all is settled;
  /// otherwise ask `settled()` until then, at most `Settings::tail` (2 s).
  void on_hang_up(base::Time now);
  bool settled() const;
  /// Has the assistant say `text` (a farewell at shutdown, an operator's words).
  void say(const std::string& text, base::Time now);
  /// Says the fixed farewell and then finishes.
  void finish(Finished::Why why, base::Time now);

  std::optional<ConversationOutput> take_output();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace daedap::speech
