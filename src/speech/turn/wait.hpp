#pragma once

#include <string>

#include "base/time.hpp"

namespace daedap::speech::turn {

/// The share of a language's pauses within a turn that are longer than s: a Weibull curve after an
/// offset, S(s) = exp(-((s - offset) / scale)^shape).
struct HoldCurve {
  double shape = 0.89;
  double scale = 0.200;  // s
  base::Millis offset{200};

  /// S(s).
  double longer_than(base::Duration s) const;
};

/// The pauses of one language as calls have shown them.
struct LanguageHolds {
  std::string language;
  double shape = 0.89, scale = 0.200;  // of a HoldCurve
  double number_scale = 0;             // within a number; 0 = as the rules say

  friend bool operator==(const LanguageHolds&, const LanguageHolds&) = default;
};

struct WaitLimits {
  base::Millis least{200};
  base::Duration most = base::Millis{2200};
};

/// How long to be silent before the turn is taken, when it is finished with probability `p`: until
/// P(finished | silent so far) reaches `theta`. At p = 0.5 it is what silence alone would need.
/// spec  decision theory of Raux and Eskenazi (2009)
base::Duration wait_for(double p, double theta, const HoldCurve& holds, const WaitLimits& limits);

}  // namespace daedap::speech::turn
