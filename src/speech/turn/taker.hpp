#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "audio/frame.hpp"
#include "speech/turn/fusion.hpp"
#include "speech/turn/lexical.hpp"
#include "speech/turn/pause.hpp"
#include "speech/turn/wait.hpp"

namespace daedap::speech::turn {

struct TakerSettings {
  double theta = 0.95;                  // how sure we are that we do not talk over the speaker
  base::Millis least_wait{200};
  base::Millis wait_state{10000};       // after "잠시만요"
  base::Millis filler_extra{400};       // a pause after "음" is a long one
  base::Millis max_utterance{30000};    // speech without a pause is cut into turns here
  double eager = 0.60;                  // score from which an answer may be prepared; 1 = never
  double eager_voice = 0.85;            // ... and its first sentence be spoken ahead
  FusionWeights weights;
  std::vector<LanguageHolds> holds;     // measured ones; else those of the rules
  bool keep_pauses = false;             // for `take_pause`
};

/// What was decided about one pause.
struct Decision {
  State state = State::incomplete;
  bool over = false;          // the wait has passed; false = the speaker went on before
  double score = 0;           // probability that the turn is finished
  base::Duration wait{};      // that the score asked for; once over, that was in force
  base::Duration silence{};   // that there was
  base::Time speech_end{};
  Verdict verdict;
  Features features;
};

/// Decides when one speaker has finished: how long to wait follows from the words, the voice, what
/// the other side asked and how this speaker pauses. One per speaker, for a whole call.
/// The wait counts from the last voiced sample as it came in on the wire.
/// thread  the shard; it is told the time
class TurnTaker {
 public:
  /// `rules` may be missing: then silence and voice alone decide.
  TurnTaker(const TakerSettings& settings, const Rules* rules);

  void on_frame(const audio::Frame& frame, const audio::FrameInfo& info);
  void on_speech_started(base::Time at);
  void on_speech_stopped(base::Time last_voiced);
  /// With the voice as it was measured before.
  void on_speech_stopped(base::Time last_voiced, const Prosody& voice);
  /// The turn's words so far; replaces what was said before. `final`: they will not change.
  void on_text(std::string_view text, bool final, double confidence, base::Time now);
  /// The other side's last utterance: a question shifts what is expected.
  void on_other_said(std::string_view text);
  /// `on_text` and `on_other_said` where only what the rules said of the words is known.
  void on_judged(const Verdict& verdict, bool final, double confidence, base::Time now);
  void on_asked(const Question& question) { context_.question = question; }
  /// The other side began to speak, and this speaker went on: the pause was a hold.
  void on_cut_in(base::Duration pause);

  /// Once per turn, when the wait has passed. `undecided_voice`: there may be a voice just now.
  std::optional<Decision> decide(base::Time now, bool undecided_voice);
  /// A pause that ended because the speaker went on; each once.
  std::optional<Decision> take_hold();
  /// With `keep_pauses`: pauses whose length is known, in order.
  std::optional<Pause> take_pause() { return pauses_.take(); }
  /// The call is over: so are its pauses.
  void close_pauses(base::Time now);
  /// The score is high enough to prepare an answer that is thrown away when the speaker goes on.
  bool eager(base::Time now) const;
  base::Time deadline() const;
  /// Nobody's turn is running any more.
  void reset();

  /// The speaker has spoken and no decision has fallen yet.
  bool running() const { return running_; }
  base::Time speech_end() const { return end_.value_or(base::Time{}); }
  /// As things stand at `now`.
  Decision at(base::Time now) const;

 private:
  Features features(base::Time now) const;
  double trust(base::Time now) const;
  double context() const;
  base::Duration wait(double score) const;
  HoldCurve holds() const;
  void note_words(base::Time now);
  void learn(base::Duration pause);
  base::Time due(base::Duration wait, base::Time now) const;
  std::array<base::Time, 2> steps() const;
  void count_register();

  // given
  TakerSettings settings_;
  const Rules* rules_;
  // owned
  ProsodyTracker prosody_;
  PauseTracker pauses_;
  // state of the turn
  bool running_ = false, has_text_ = false, final_ = false;
  base::Time start_{}, segment_{}, now_{}, text_at_{};  // of the turn, of the speech after its last pause
  std::optional<base::Time> end_;  // none while the speaker speaks
  std::string text_;
  double confidence_ = 1.0;
  Verdict verdict_;
  Prosody voice_;
  std::optional<Decision> hold_;
  // state of the call
  Context context_{.opener = true};
  base::Duration habit_ = base::Millis{400};  // this speaker's pauses, slowly averaged
};

}  // namespace daedap::speech::turn
