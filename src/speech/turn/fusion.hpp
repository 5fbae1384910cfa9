#pragma once

#include <array>
#include <string_view>

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
  double context = 1.0, habit = 1.0;

  friend bool operator==(const FusionWeights&, const FusionWeights&) = default;
};

struct WeightName {
  std::string_view name;
  double FusionWeights::*weight;
  bool never_negative = false;  // a fit may not turn its sense round
};
inline constexpr std::array<WeightName, 11> weight_table{{
    {"bias", &FusionWeights::bias},
    {"no_text", &FusionWeights::no_text},
    {"lexical", &FusionWeights::lexical, true},
    {"slope", &FusionWeights::slope},
    {"height", &FusionWeights::height},
    {"lengthening", &FusionWeights::lengthening},
    {"fall", &FusionWeights::fall},
    {"cut_off", &FusionWeights::cut_off},
    {"filled", &FusionWeights::filled, true},
    {"context", &FusionWeights::context, true},
    {"habit", &FusionWeights::habit, true},
}};
using FusionTerms = std::array<double, weight_table.size()>;

/// What each weight is multiplied with: their sum is the log odds of the score. Without words the voice
/// counts as a whole and within limits, so its terms are 0 and `voice_hint` is added.
FusionTerms terms(const Features& features);
double voice_hint(const Features& features, const FusionWeights& weights);

/// The probability that the turn is finished.
double score(const Features& features, const FusionWeights& weights = {});

}  // namespace daedap::speech::turn
