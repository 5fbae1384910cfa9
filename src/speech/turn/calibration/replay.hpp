#pragma once

#include <optional>

#include "speech/turn/pause_label.hpp"
#include "speech/turn/taker.hpp"

namespace daedap::speech::turn {

/// A kept pause with its label, and how its speaker is heard.
struct ReplayInput {
  const Pause& pause;
  LabelledPause found;
  bool waits_for_final = false;  // no decision falls before the recogniser's last word
};

/// What a TurnTaker makes of a pause now.
struct Replayed {
  std::optional<base::Duration> decided;  // the silence then; none: not before the speaker went on
  Decision last;                          // what it thought then, or when he did
};

/// Runs the pauses of one speaker of one call, in order, through a TurnTaker with other settings or other
/// rules, in steps of 10 ms. What is in a pause decides all, so the outcome is always the same. Words that
/// were kept are judged again; where only the verdict was, it stands. A pause that is no hold goes on
/// until something is decided, 12 s at most.
/// differs: a breath that held a decision back in the call is not in the log, and is not replayed.
class Replay {
 public:
  Replay(const TakerSettings& settings, const Rules* rules);
  Replayed run(const ReplayInput& input);

 private:
  void tell(const PauseStep& step);

  TurnTaker taker_;
};

/// Sums over many pauses.
struct ReplayTotals {
  int holds = 0, cut_ins = 0;        // of them, those on which it decided
  int ends = 0, answered = 0;        // likewise
  double delay_ms = 0;               // of all answered ends together

  void add(PauseLabel label, std::optional<base::Duration> decided);
  double cut_in_share() const { return holds == 0 ? 0 : static_cast<double>(cut_ins) / holds; }
  double mean_delay_ms() const { return answered == 0 ? 0 : delay_ms / answered; }
};

}  // namespace daedap::speech::turn
