#pragma once

#include <optional>
#include <span>
#include <vector>

#include "speech/turn/wait.hpp"

namespace daedap::speech::turn {

/// How long a hold pause lasted; `ended` false: it was cut off then, and lasted longer.
struct Lasted {
  double seconds = 0;
  bool ended = true;
};

/// The share of pauses that are longer, from each length at which one ended.
struct SurvivalStep {
  double seconds = 0;
  double longer = 1;
  std::size_t at_risk = 0;
};

/// spec  Kaplan and Meier (1958)
std::vector<SurvivalStep> kaplan_meier(std::vector<Lasted> pauses);

/// The curve of `wait.hpp` nearest to those steps: a straight line through log(-log S) over
/// log(s - offset), each step weighed with how many were at risk. None: fewer than `least` holds
/// ended, or the curve would lie outside shape 0.2..3, scale 0.02..2 s.
std::optional<HoldCurve> fit_holds(const std::vector<Lasted>& pauses, std::size_t least);

}  // namespace daedap::speech::turn
