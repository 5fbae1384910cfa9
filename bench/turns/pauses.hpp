#pragma once

#include <vector>

#include "speech/turn/labelled.hpp"
#include "speech/turn/wait.hpp"

namespace daedap::bench {

/// What a policy did on simulated pauses.
struct Outcome {
  double knob = 0;         // theta, or the fixed silence in ms
  double cut_ins = 0;      // share of holds on which it spoke
  double mean_ms = 0, median_ms = 0, p90_ms = 0;  // delay at ends of turns, time-outs included
};

/// Pauses after the lines of a labelled set: where a line is unfinished the speaker goes on after a
/// pause drawn from the language's curve, where it is finished he stays silent. Until the words have
/// come, at most `lag` after the speech, only those but the last are known.
class Pauses {
 public:
  Pauses(const speech::turn::Rules& rules, const std::vector<speech::turn::LabelledLine>& lines, base::Millis lag);

  Outcome ours(double theta) const;
  Outcome fixed(double ms) const;
  /// 0.6 x morphology + 0.2 x duration + 0.2 x silence, from 400 ms on, complete at 0.65.
  Outcome inherited() const;

 private:
  struct Pause {
    const speech::turn::LabelledLine* line;
    speech::turn::Context context;
    base::Duration length;   // of a hold
    base::Duration before;   // the last interim text came so long before the end
    base::Duration lag;      // the whole text comes so long after it
    std::string early;       // the interim text
    double morphology = 0.5;
    double seconds = 0;      // of speech
  };
  template <typename Commit>
  Outcome run(double knob, Commit commit) const;
  double ours_ms(const Pause& pause, double theta) const;
  static double inherited_ms(const Pause& pause);

  const speech::turn::Rules& rules_;
  std::vector<Pause> pauses_;
};

/// The knob at which `cut_ins` is the share of cut-ins, between the two nearest outcomes.
Outcome at_cut_ins(const std::vector<Outcome>& curve, double cut_ins);
/// ... at which the mean delay is `ms`.
Outcome at_delay(const std::vector<Outcome>& curve, double ms);

}  // namespace daedap::bench
