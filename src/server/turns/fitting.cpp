#include "server/turns/fitting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>

namespace daedap::server {
namespace {

using namespace speech::turn;

struct Lengths {
  std::vector<Lasted> all, in_numbers;
};

bool in_number(const Pause& pause) { return !pause.steps.empty() && pause.steps.back().filling == Filling::partial; }

void add(Lengths& out, const call::LoggedPause& one) {
  if (one.found.label == PauseLabel::eot || one.found.length < PauseTracker::shortest) return;
  const Lasted lasted{std::chrono::duration<double>(one.found.length).count(), one.found.label == PauseLabel::hold};
  (in_number(one.pause) ? out.in_numbers : out.all).push_back(lasted);
}

void fit_lengths(const std::map<std::string, Lengths>& by_language, Calibration& out) {
  for (const auto& [language, lengths] : by_language) {
    const auto curve = fit_holds(lengths.all, Fitted::least_holds);
    if (!curve) continue;
    std::erase_if(out.holds, [&](const LanguageHolds& h) { return h.language == language; });
    LanguageHolds one{.language = language, .shape = curve->shape, .scale = curve->scale};
    if (const auto number = fit_holds(lengths.in_numbers, Fitted::least_number_holds)) one.number_scale = number->scale;
    out.holds.push_back(std::move(one));
  }
}

}  // namespace

std::string Fitted::too_few() const {
  if (calls < least_calls) return fmt::format("{} calls with labelled pauses; at least {} are needed", calls, least_calls);
  if (labels() < least_labels) return fmt::format("{} labelled pauses; at least {} are needed", labels(), least_labels);
  if (std::min(holds, ends) < least_of_each)
    return fmt::format("{} holds and {} ends; at least {} of each are needed", holds, ends, least_of_each);
  return {};
}

Fitted fit(const std::vector<PauseFile>& calls, const Calibration& before) {
  Fitted out{.before = before, .after = before};
  std::vector<Example> examples;
  std::map<std::string, Lengths> by_language;
  for (const PauseFile& call : calls) {
    bool labelled = false;
    for (const call::LoggedPause& one : call.pauses) {
      add(by_language[call.language.substr(0, 2)], one);
      if (one.found.label == PauseLabel::censored) {
        ++out.censored;
        continue;
      }
      labelled = true;
      const bool finished = one.found.label == PauseLabel::eot;
      ++(finished ? out.ends : out.holds);
      examples.push_back({one.pause.features, finished, out.calls});
    }
    if (labelled) ++out.calls;
  }
  if (!out.too_few().empty()) return out;
  out.after.weights = fit_weights(examples, before.weights);
  out.before_held = reliability_of(forecasts(examples, before.weights));
  out.after_held = reliability_of(cross_validated(examples, before.weights, Fitted::folds));
  fit_lengths(by_language, out.after);
  return out;
}

}  // namespace daedap::server
