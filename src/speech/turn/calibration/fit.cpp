#include "speech/turn/calibration/fit.hpp"

#include <algorithm>
#include <cmath>

namespace daedap::speech::turn {
namespace {

constexpr int most_rounds = 500;
constexpr double near_enough = 1e-6;

double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }

/// Newton steps on one weight after the other: the loss is convex and the bounds are a box, so that this
/// ends at the one minimum.
class Descent {
 public:
  Descent(std::span<const Example> examples, const FusionWeights& before, const FitSettings& settings)
      : examples_(examples), before_(before), settings_(settings), weights_(before) {
    for (const Example& e : examples) {
      terms_.push_back(terms(e.features));
      const double offset = voice_hint(e.features, before);
      double z = offset;
      for (std::size_t i = 0; i < weight_table.size(); ++i) z += terms_.back()[i] * before.*weight_table[i].weight;
      z_.push_back(z);
    }
  }
  FusionWeights run() {
    for (int round = 0; round < most_rounds; ++round) {
      double moved = 0;
      for (std::size_t i = 0; i < weight_table.size(); ++i) moved = std::max(moved, std::abs(step(i)));
      if (moved < near_enough) break;
    }
    return weights_;
  }

 private:
  double step(std::size_t i) {
    double& w = weights_.*weight_table[i].weight;
    double slope = settings_.lambda * (w - before_.*weight_table[i].weight), curve = settings_.lambda;
    for (std::size_t n = 0; n < z_.size(); ++n) {
      const double x = terms_[n][i];
      if (x == 0) continue;
      const double p = sigmoid(z_[n]);
      slope += x * (p - (examples_[n].finished ? 1 : 0));
      curve += x * x * std::max(p * (1 - p), 0.01);  // a floor keeps steps short where all seems sure
    }
    if (curve <= 0) return 0;
    const double least = weight_table[i].never_negative ? 0 : -settings_.largest;
    const double next = std::clamp(w - slope / curve, least, settings_.largest);
    const double by = next - w;
    w = next;
    for (std::size_t n = 0; n < z_.size(); ++n) z_[n] += by * terms_[n][i];
    return by;
  }

  std::span<const Example> examples_;
  const FusionWeights& before_;
  FitSettings settings_;
  FusionWeights weights_;
  std::vector<FusionTerms> terms_;
  std::vector<double> z_;  // log odds under `weights_`
};

}  // namespace

FusionWeights fit_weights(std::span<const Example> examples, const FusionWeights& before, const FitSettings& settings) {
  return Descent(examples, before, settings).run();
}

std::vector<Forecast> forecasts(std::span<const Example> examples, const FusionWeights& weights) {
  std::vector<Forecast> out;
  for (const Example& e : examples) out.push_back({score(e.features, weights), e.finished});
  return out;
}

std::vector<Forecast> cross_validated(std::span<const Example> examples, const FusionWeights& before, std::size_t folds,
                                      const FitSettings& settings) {
  std::vector<Forecast> out;
  for (std::size_t fold = 0; fold < folds; ++fold) {
    std::vector<Example> learned, judged;
    for (const Example& e : examples) (e.group % folds == fold ? judged : learned).push_back(e);
    const auto part = forecasts(judged, fit_weights(learned, before, settings));
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

Reliability reliability_of(std::span<const Forecast> all) {
  Reliability out;
  for (const Forecast& f : all) {
    const double truth = f.finished ? 1 : 0;
    auto& bin = out.by_tenth[std::min(static_cast<std::size_t>(f.p * Reliability::bins), Reliability::bins - 1)];
    ++bin.count;
    bin.said += f.p;
    bin.came += truth;
    out.brier += (f.p - truth) * (f.p - truth) / static_cast<double>(all.size());
  }
  for (Reliability::Bin& bin : out.by_tenth) {
    if (bin.count == 0) continue;
    const auto n = static_cast<double>(bin.count);
    bin.said /= n;
    bin.came /= n;
    out.ece += n / static_cast<double>(all.size()) * std::abs(bin.said - bin.came);
  }
  return out;
}

}  // namespace daedap::speech::turn
