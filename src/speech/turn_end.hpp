#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "speech/settings.hpp"
#include "speech/text/turn_cues.hpp"

namespace daedap::speech {

/// How long to stay silent after the caller's last voiced sample: half of `end_of_turn` when the
/// words are a finished sentence, twice as long when they are not, 2.5 times after a filler; never
/// less than voice activity needs to notice silence.
base::Duration turn_wait(Cue cue, const Settings& settings);

/// Decides when the caller has finished. The wait counts from the last voiced sample as it came in
/// on the wire, so that neither play-out delay nor voice activity's own hangover add to it.
class TurnEnd {
 public:
  explicit TurnEnd(const Settings& settings) : settings_(settings) {}

  void on_speech_started(base::Time at);
  void on_speech_stopped(base::Time last_voiced);
  /// Interim text of the turn so far; replaces the one before.
  void on_text(std::string_view text);
  /// True once, when the caller has finished. `undecided_voice`: there may be a voice just now.
  bool decided(base::Time now, bool undecided_voice);
  base::Time deadline() const;
  /// Nobody's turn is running any more.
  void reset();

  /// The caller has spoken and no decision has fallen yet.
  bool running() const { return running_; }
  base::Time speech_end() const { return end_.value_or(base::Time{}); }
  /// 0..1: how likely the caller has finished, by the words.
  double score() const;
  /// The wait that is (or was) in force.
  base::Duration wait() const { return turn_wait(cue_, settings_); }

 private:
  // given
  Settings settings_;
  // state
  bool running_ = false;
  base::Time start_{};
  std::optional<base::Time> end_;  // none while the caller speaks
  Cue cue_ = Cue::neutral;
};

}  // namespace daedap::speech
