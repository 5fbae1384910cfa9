#include "speech/turn/calibration/survival.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace daedap::speech::turn {

std::vector<SurvivalStep> kaplan_meier(std::vector<Lasted> pauses) {
  std::ranges::sort(pauses, {}, &Lasted::seconds);
  std::vector<SurvivalStep> out;
  double longer = 1;
  for (std::size_t i = 0; i < pauses.size();) {
    const std::size_t at_risk = pauses.size() - i;
    std::size_t ended = 0, same = i;
    for (; same < pauses.size() && pauses[same].seconds == pauses[i].seconds; ++same) ended += pauses[same].ended ? 1 : 0;
    if (ended > 0) {
      longer *= 1 - static_cast<double>(ended) / static_cast<double>(at_risk);
      out.push_back({pauses[i].seconds, longer, at_risk});
    }
    i = same;
  }
  return out;
}

std::optional<HoldCurve> fit_holds(const std::vector<Lasted>& pauses, std::size_t least) {
  if (static_cast<std::size_t>(std::ranges::count(pauses, true, &Lasted::ended)) < least) return std::nullopt;
  HoldCurve curve;
  const double offset = std::chrono::duration<double>(curve.offset).count();
  double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (const SurvivalStep& step : kaplan_meier(pauses)) {
    if (step.longer < 0.02 || step.longer > 0.98 || step.seconds <= offset) continue;
    const double x = std::log(step.seconds - offset), y = std::log(-std::log(step.longer));
    const auto weight = static_cast<double>(step.at_risk);
    n += weight, sx += weight * x, sy += weight * y, sxx += weight * x * x, sxy += weight * x * y;
  }
  const double spread = n * sxx - sx * sx;
  if (n <= 0 || spread <= 1e-12) return std::nullopt;
  curve.shape = (n * sxy - sx * sy) / spread;
  if (!(curve.shape >= 0.2 && curve.shape <= 3)) return std::nullopt;
  curve.scale = std::exp(-(sy - curve.shape * sx) / n / curve.shape);
  if (!(curve.scale >= 0.02 && curve.scale <= 2)) return std::nullopt;
  return curve;
}

}  // namespace daedap::speech::turn
