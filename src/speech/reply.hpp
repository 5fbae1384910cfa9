#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "speech/ledger.hpp"
#include "speech/llm.hpp"
#include "speech/marks.hpp"
#include "speech/playout.hpp"
#include "speech/prompts.hpp"
#include "speech/settings.hpp"
#include "speech/text/sentences.hpp"
#include "speech/tts.hpp"

namespace daedap::speech {

/// What became of a bot turn.
struct Spoken {
  std::string heard;    // the words that went out
  std::string planned;  // all that would have been said, as far as it was known
  std::optional<base::Time> start;  // when its first sample went out
};

/// One bot turn, from the model's tokens (or fixed sentences) to samples in the player: sentences
/// are cut from the stream, synthesised one ahead, stripped of the silence that engines put first,
/// and entered in the ledger. Lives exactly one turn; `cut` ends it at the sample that was sent.
/// errors  `failure()`: the model failed before it said anything, or the synthesizer failed twice
/// thread  the shard; `changed` is called after engine events. Must not be destroyed from inside it.
class Reply {
 public:
  struct Failure {
    const char* engine;  // "llm" or "tts"
    base::Error error;
  };
  /// What everything a reply needs to speak with.
  struct Voice {
    const Settings& settings;
    Tts& tts;
    const Prompts& prompts;
    Playout& playout;
  };
  Reply(Voice voice, std::function<void()> changed);

  /// Says `text`, from the prompts where it is there.
  void fixed(const std::string& text, base::Time now);
  /// Plays a sound without words after that.
  void sound(std::vector<std::int16_t> pcm, base::Time now);
  /// Asks the model and says what it answers, after what was asked for before.
  void answer(LlmSession& session, const LlmInput& input, const std::vector<HistoryEntry>& history,
              base::Time now);
  /// From now on nothing is heard: what `answer` brings is kept until `release`. No time limit runs, and a
  /// synthesizer that fails costs nothing but the sentence made ahead.
  void hold();
  /// While held: has the first sentence made ahead.
  void prepare_voice(base::Time now);
  /// Plays what was made ahead, and the rest as it comes; the engines' time limits count from now.
  void release(base::Time now);
  void on_time(base::Time now);
  /// Destroys engine streams that are done. Never from inside an engine event.
  void sweep();
  base::Time deadline() const;
  /// Stops at once: engines cancelled, the queue dropped.
  Spoken cut(base::Time now);

  /// All is said and was sent (or nothing is to be said).
  bool finished() const;
  /// Its first sample was sent.
  bool sounding() const { return started_.has_value(); }
  /// Less than half a second of it is left to be sent.
  bool nearly_done() const;
  Spoken spoken() const;
  const std::optional<Failure>& failure() const { return failure_; }
  /// The model broke off after it had said something.
  const std::optional<base::Error>& broken_off() const { return broken_off_; }
  /// Held, it came to nothing.
  bool spoiled() const { return failure_ || broken_off_; }
  /// The synthesizer failed and the sentence is tried again: once per failure.
  std::optional<base::Error> take_retry();
  const std::vector<LlmAction>& actions() const { return actions_; }
  const LlmDone& done() const { return done_; }
  bool model_done() const { return !llm_; }

  Marks marks;

 private:
  struct Piece {  // text, or a sound
    std::string text;
    std::vector<std::int16_t> pcm;
  };
  struct Held {  // made ahead: one sentence at most
    struct Chunk {
      std::vector<std::int16_t> pcm;
      std::int64_t voiced;
    };
    std::vector<Chunk> audio;
    std::int64_t samples = 0;
    bool voice = false, voice_failed = false;
  };
  struct Synthesis {  // the sentence being made
    std::string text;
    std::unique_ptr<TtsStream> stream;
    base::Time asked, last_audio;
    bool heard_any = false;  // voice came, the leading silence is gone
  };
  void on_llm(LlmEvent event);
  void on_llm_failed(const base::Error& error);
  void take_sentences();
  void on_tts(TtsEvent event);
  void on_tts_audio(std::span<const std::int16_t> pcm);
  void on_tts_done();
  void on_tts_failed(const base::Error& error);
  void pump();
  bool room_ahead() const;
  bool play_prompt(const std::string& text);
  void play_sound(const std::vector<std::int16_t>& pcm);
  void synthesise(const std::string& text);
  bool queue(std::span<const std::int16_t> pcm, std::int64_t voiced);
  bool keep(std::span<const std::int16_t> pcm, std::int64_t voiced);
  void forget_voice(std::string text);
  void watch_late(base::Time now);
  base::Time llm_limit() const;
  base::Time tts_limit() const;
  void drop_engines();

  // given
  Voice voice_;
  std::function<void()> changed_;
  // owned
  Ledger ledger_;
  Sentences sentences_;
  std::deque<Piece> pieces_;  // to be synthesised
  std::unique_ptr<LlmReply> llm_;
  std::optional<Synthesis> making_;
  std::optional<Held> held_;
  std::vector<std::unique_ptr<TtsStream>> dead_tts_;
  std::vector<std::unique_ptr<LlmReply>> dead_llm_;
  // state
  base::Time now_{}, asked_{}, progress_{}, retry_at_{};
  std::optional<base::Time> dry_since_, started_;
  std::optional<Failure> failure_;
  std::optional<base::Error> broken_off_, retry_;
  std::vector<LlmAction> actions_;
  LlmDone done_;
  int tts_failures_ = 0;
  bool any_token_ = false, any_sentence_ = false, stopped_ = false;
};

}  // namespace daedap::speech
