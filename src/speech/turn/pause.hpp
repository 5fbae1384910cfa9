#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "speech/turn/fusion.hpp"
#include "speech/turn/lexical.hpp"

namespace daedap::speech::turn {

struct Decision;

/// The words of a turn as they were known from one moment on, and what the rules said of them.
struct PauseStep {
  base::Time at{};
  std::string text;  // its end
  bool final = false;
  double confidence = 1;
  double p = 0.5;    // that they are the last ones, by the words alone
  State state = State::incomplete;
  Kind kind = Kind::noun;
  Filling filling = Filling::none;
  bool short_answer = false;
  int words = 0;
  std::string cls;   // id of the class that decided
};

/// One silence of a speaker, with all that was known when its fate was decided. Owns what it says.
struct Pause {
  base::Time start{};                  // of the speech before it
  base::Time end{};                    // of that speech: last voiced sample
  std::optional<base::Time> resumed;   // the same speaker spoke again
  bool new_turn = true;                // the speech before it began a turn
  double theta = 0;
  // as decided, or as things stood when the speaker went on
  bool decided = false;                // the wait had passed before he did
  base::Duration silence{};            // that there was then
  State state = State::incomplete;
  double score = 0;
  base::Duration wait{};
  Features features;
  std::string cls;
  std::vector<std::string> reasons;
  // for those who run it again
  std::vector<PauseStep> steps;        // the last ones before it first
  std::string asked;                   // what the other side had said
  bool asks = false;                   // it was a question
  SlotKind slot = SlotKind::none;
};

/// Follows one speaker and keeps each pause until it is known how long it was. A sound too short for
/// speech, without a word, ends no pause.
/// in      what its TurnTaker is told and decides
/// out     `take`, in order; pauses under 200 ms are left out
/// thread  the shard
class PauseTracker {
 public:
  static constexpr base::Millis shortest{200};
  static constexpr base::Millis shortest_speech{300};
  static constexpr std::size_t most_steps = 12, most_before = 3, most_text = 400, most_waiting = 64;

  /// `now`: how the taker sees the running pause at that moment.
  void on_speech_started(base::Time at, bool new_turn, const Decision& now);
  void on_speech_stopped(base::Time last_voiced, double theta);
  void on_words(PauseStep step);
  void on_asked(std::string_view text, const Question& question);
  void on_decision(const Decision& decision);
  /// The running pause was none, unless it is decided.
  void on_reset();
  /// The call is over.
  void close(const Decision& now);
  std::optional<Pause> take();

 private:
  void note(const Decision& decision);
  void settle(Pause pause);
  bool noise() const;

  std::optional<Pause> before_, running_;  // the last one that has ended, the one that goes on
  std::deque<Pause> done_;
  std::vector<PauseStep> recent_;
  base::Time started_{};
  bool new_turn_ = true, words_ = false;   // words came since the speech began
  std::string asked_;
  bool asks_ = false;
  SlotKind slot_ = SlotKind::none;
};

}  // namespace daedap::speech::turn
