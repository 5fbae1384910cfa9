#pragma once

#include <array>
#include <span>
#include <vector>

#include "speech/turn/fusion.hpp"

namespace daedap::speech::turn {

/// One labelled pause. Those of one `group` (a call) are never both learned from and judged.
struct Example {
  Features features;
  bool finished = false;
  std::size_t group = 0;
};

struct FitSettings {
  double lambda = 1.0;      // how strongly weights are held to those before
  double largest = 10.0;    // of any weight, either sign
};

/// The weights that make the labels likeliest: logistic regression with an L2 penalty on the distance to
/// `before`, so that what the examples do not show stays as it was. Those of `weight_table` that may not
/// turn their sense stay >= 0. A weight that no example speaks of keeps its value.
/// cost  about a second for 100,000 examples
FusionWeights fit_weights(std::span<const Example> examples, const FusionWeights& before, const FitSettings& settings = {});

/// A probability that was given, and what came of it.
struct Forecast {
  double p = 0.5;
  bool finished = false;
};
std::vector<Forecast> forecasts(std::span<const Example> examples, const FusionWeights& weights);
/// The same with weights fitted on the other folds alone: group modulo `folds` tells the fold.
std::vector<Forecast> cross_validated(std::span<const Example> examples, const FusionWeights& before, std::size_t folds,
                                      const FitSettings& settings = {});

/// How well probabilities hold what they promise.
struct Reliability {
  static constexpr std::size_t bins = 10;
  struct Bin {
    std::size_t count = 0;
    double said = 0, came = 0;  // mean probability, share that was finished
  };
  std::array<Bin, bins> by_tenth{};
  double brier = 0;  // mean squared error
  double ece = 0;    // expected calibration error over the bins
};
Reliability reliability_of(std::span<const Forecast> forecasts);

}  // namespace daedap::speech::turn
