#include "speech/turn/wait.hpp"

#include <algorithm>
#include <cmath>

namespace daedap::speech::turn {
namespace {

double log_odds(double p) { return std::log(p / (1 - p)); }
double in_seconds(base::Duration d) { return std::chrono::duration<double>(d).count(); }

}  // namespace

double HoldCurve::longer_than(base::Duration s) const {
  const double t = in_seconds(s - offset);
  return t <= 0 ? 1.0 : std::exp(-std::pow(t / scale, shape));
}

base::Duration wait_for(double p, double theta, const HoldCurve& holds, const WaitLimits& limits) {
  p = std::clamp(p, 1e-4, 1 - 1e-4);
  theta = std::clamp(theta, 0.5, 0.999);
  const double needed = std::max(0.0, log_odds(theta) - log_odds(p));
  const double seconds = holds.scale * std::pow(needed, 1 / holds.shape);
  const auto wait = holds.offset + std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(seconds));
  return std::clamp<base::Duration>(wait, limits.least, std::max<base::Duration>(limits.most, limits.least));
}

}  // namespace daedap::speech::turn
