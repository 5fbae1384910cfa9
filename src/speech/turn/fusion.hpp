#pragma once

#include "speech/turn/prosody.hpp"

namespace daedap::speech::turn {

/// All that is known about one pause.
struct Features {
  bool text = false;         // words have come
  double lexical = 0;        // log odds of the words, clipped
  double trust = 0;          // 0..1: how surely the words are the last ones
  Prosody prosody;
  double context = 0;        // what the other side had asked
  double habit = 0;          // this speaker's own pauses, 0 or less
};

struct FusionWeights {
  double bias = 0, no_text = -0.4;
  double lexical = 1.0, slope = 0.5, height = 0.6, lengthening = 0.15, fall = 0.4, cut_off = 0.5, filled = 1.5;
};

/// The probability that the turn is finished.
double score(const Features& features, const FusionWeights& weights = {});

}  // namespace daedap::speech::turn
