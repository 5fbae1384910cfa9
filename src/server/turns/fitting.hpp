#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "server/turns/calibration_file.hpp"
#include "server/turns/pause_lines.hpp"
#include "speech/turn/calibration/fit.hpp"
#include "speech/turn/calibration/survival.hpp"

namespace daedap::server {

/// What the pause logs of many calls teach.
struct Fitted {
  /// Fewer say too little: weights from them would be chance.
  static constexpr std::size_t least_labels = 200, least_of_each = 30, least_calls = 5, least_holds = 50,
                               least_number_holds = 200, folds = 5;
  /// What the specification asks for about a dozen weights.
  static constexpr std::size_t enough_labels = 2000;

  std::size_t calls = 0, holds = 0, ends = 0, censored = 0;
  Calibration before, after;
  speech::turn::Reliability before_held, after_held;  // after: each pause by weights that did not see its call

  std::size_t labels() const { return holds + ends; }
  /// Why nothing was fitted; empty: it was.
  std::string too_few() const;
};

/// Learns from the logs of one or more languages; each file is one call. A curve of pauses that cannot be
/// fitted stays out of `after`, and the rules' one in force.
Fitted fit(const std::vector<PauseFile>& calls, const Calibration& before);

}  // namespace daedap::server
