#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "speech/turn/calibration/fit.hpp"
#include "speech/turn/calibration/replay.hpp"
#include "speech/turn/calibration/survival.hpp"
#include "speech/turn_scene.hpp"

namespace daedap::speech::turn::test {
namespace {

using namespace std::chrono_literals;
using base::Time;

Features words(double lexical, double trust = 1, double context = 0) {
  return {.text = true, .lexical = lexical, .trust = trust, .context = context};
}

/// Pauses whose labels are drawn with the probabilities that `truth` gives them.
std::vector<Example> drawn(int n, const FusionWeights& truth, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> unit(0, 1);
  std::vector<Example> out;
  for (int i = 0; i < n; ++i) {
    Features f = words(6 * unit(random) - 3, i % 3 == 0 ? 0.4 : 1, i % 4 == 0 ? 1.5 : i % 4 == 1 ? -2.0 : 0);
    f.text = i % 7 != 0;
    f.habit = -unit(random);
    f.prosody = {.heard = true, .slope = 40 * unit(random) - 20, .height = 8 * unit(random), .lengthening = unit(random),
                 .fall = 20 * unit(random), .cut_off = i % 11 == 0, .filled = i % 5 == 0};
    out.push_back({f, unit(random) < score(f, truth), static_cast<std::size_t>(i / 20)});
  }
  return out;
}

TEST(FitWeights, FindsTheWeightsThatMadeTheLabels) {
  const FusionWeights truth{.bias = 0.7, .no_text = 0.5, .lexical = 1.8, .slope = -0.5, .filled = 0.3, .context = 0.4};
  const FusionWeights fitted = fit_weights(drawn(20'000, truth, 1), {});
  EXPECT_NEAR(fitted.bias, truth.bias, 0.25);
  EXPECT_NEAR(fitted.lexical, truth.lexical, 0.15);
  EXPECT_NEAR(fitted.slope, truth.slope, 0.3);
  EXPECT_NEAR(fitted.filled, truth.filled, 0.25);
  EXPECT_NEAR(fitted.context, truth.context, 0.15);
}

TEST(FitWeights, KeepTheSenseOfWordsContextAndFillers) {
  const FusionWeights upside_down{.lexical = -1, .filled = -2, .context = -1, .habit = -1};
  const FusionWeights fitted = fit_weights(drawn(3000, upside_down, 2), {});
  EXPECT_EQ(fitted.lexical, 0);
  EXPECT_EQ(fitted.filled, 0);
  EXPECT_EQ(fitted.context, 0);
  EXPECT_EQ(fitted.habit, 0);
}

TEST(FitWeights, LeaveWhatNoExampleSpeaksOf) {
  const std::vector<Example> two{{words(2), true, 0}, {words(-2), false, 1}};
  const FusionWeights fitted = fit_weights(two, {});
  EXPECT_EQ(fitted.slope, FusionWeights{}.slope);
  EXPECT_EQ(fitted.no_text, FusionWeights{}.no_text);
  EXPECT_EQ(fit_weights({}, {}), FusionWeights{});
  EXPECT_LT(fitted.lexical, 2) << "two examples prove little";
}

TEST(FitWeights, StayBoundedWhereOneFeatureTellsAll) {
  std::vector<Example> sure;
  for (std::size_t i = 0; i < 5000; ++i) sure.push_back({words(i % 2 ? 0.1 : -0.1), i % 2 == 1, i});
  const FusionWeights fitted = fit_weights(sure, {}, {.lambda = 1e-9});
  EXPECT_LE(fitted.lexical, 10);
  EXPECT_TRUE(std::isfinite(fitted.bias));
}

TEST(FitWeights, ForetellBetterOnCallsThatTheyHaveNotSeen) {
  const FusionWeights truth{.bias = 1.0, .lexical = 0.4, .height = -0.5};
  const auto examples = drawn(4000, truth, 3);
  const Reliability before = reliability_of(forecasts(examples, {}));
  const auto held = cross_validated(examples, {}, 5);
  const Reliability after = reliability_of(held);
  EXPECT_EQ(held.size(), examples.size());
  EXPECT_LT(after.brier, before.brier - 0.02);
  EXPECT_LT(after.ece, 0.03);
}

TEST(Reliability, IsCountedByTenths) {
  const std::vector<Forecast> all{{0.95, true}, {1.0, true}, {0.95, false}, {0.05, false}};
  const Reliability r = reliability_of(all);
  EXPECT_EQ(r.by_tenth[9].count, 3U);
  EXPECT_NEAR(r.by_tenth[9].came, 2.0 / 3, 1e-9);
  EXPECT_NEAR(r.by_tenth[9].said, 2.9 / 3, 1e-9);
  EXPECT_NEAR(r.brier, (0.0025 + 0 + 0.9025 + 0.0025) / 4, 1e-9);
  EXPECT_NEAR(r.ece, 0.75 * 0.3 + 0.25 * 0.05, 1e-9);
  EXPECT_EQ(reliability_of({}).brier, 0);
}

TEST(KaplanMeier, CountsThoseThatWereCutOffAsLongAsTheyLasted) {
  const auto steps = kaplan_meier({{1, true}, {2, false}, {3, true}, {3, false}, {4, true}});
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_NEAR(steps[0].longer, 0.8, 1e-9);
  EXPECT_NEAR(steps[1].longer, 0.8 * 2 / 3, 1e-9);
  EXPECT_EQ(steps[1].at_risk, 3U);
  EXPECT_NEAR(steps[2].longer, 0, 1e-9);
  EXPECT_TRUE(kaplan_meier({}).empty());
}

TEST(FitHolds, FindsTheCurveAlsoWhereManyWereCutOff) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> unit(0, 1);
  std::vector<Lasted> pauses;
  for (int i = 0; i < 5000; ++i) {
    const double length = 0.2 + 0.3 * std::pow(-std::log(1 - unit(random)), 1 / 0.7), cut = 0.2 + 2 * unit(random);
    pauses.push_back({std::min(length, cut), length <= cut});
  }
  const auto curve = fit_holds(pauses, 100);
  ASSERT_TRUE(curve);
  EXPECT_NEAR(curve->shape, 0.7, 0.06);
  EXPECT_NEAR(curve->scale, 0.3, 0.03);
}

TEST(FitHolds, GivesNothingWhereThereIsNothingToSee) {
  EXPECT_FALSE(fit_holds({}, 1));
  EXPECT_FALSE(fit_holds({{0.5, true}, {0.6, true}}, 3));
  EXPECT_FALSE(fit_holds(std::vector<Lasted>(500, Lasted{0.5, true}), 100)) << "all alike";
}

constexpr Time t0{20s};

Pause said(std::string text, bool final = true, std::optional<base::Duration> resumed = {}) {
  Pause p;
  p.start = t0 - 1500ms;
  p.end = t0;
  if (resumed) p.resumed = t0 + *resumed;
  p.steps.push_back({.at = t0 + 120ms, .text = std::move(text), .final = final, .words = 3});
  return p;
}

Replayed replay(const Pause& pause, LabelledPause found, TakerSettings settings = {}, bool waits_for_final = false) {
  return Replay(settings, &packaged("ko")).run({pause, found, waits_for_final});
}

TEST(Replay, DecidesAsTheTakerDid) {
  TurnTaker taker({.keep_pauses = true}, &packaged("ko"));
  taker.on_other_said("무엇을 도와드릴까요?");
  taker.on_speech_started(t0 - 2s);
  taker.on_text("주소를", false, 0.9, t0 - 200ms);
  taker.on_speech_stopped(t0);
  std::optional<Decision> then;
  for (base::Duration s = 100ms; !then && s < 5s; s += 10ms) {
    if (s == 250ms) taker.on_text("주소를 바꾸고 싶습니다", false, 0.9, t0 + s);
    then = taker.decide(t0 + s, false);
  }
  taker.close_pauses(t0 + 10s);
  const auto kept = taker.take_pause();
  ASSERT_TRUE(then && kept);
  const Replayed now = replay(*kept, {PauseLabel::eot, 500ms});
  ASSERT_TRUE(now.decided);
  EXPECT_EQ(*now.decided, then->silence);
  EXPECT_EQ(now.last.score, then->score);
  EXPECT_EQ(now.last.state, then->state);
}

TEST(Replay, ALowerThetaCutsIntoAPauseThatAHigherOneWaitsOut) {
  const Pause pause = said("카드를 잃어버렸는데", true, 700ms);
  const LabelledPause hold{PauseLabel::hold, 700ms};
  EXPECT_FALSE(replay(pause, hold).decided);
  EXPECT_TRUE(replay(pause, hold, {.theta = 0.5, .weights = {.bias = 2}}).decided);
}

TEST(Replay, JudgesByTheVerdictWhereWordsWereNotKept) {
  Pause pause = said("");
  pause.steps[0].p = 0.97;
  pause.steps[0].state = State::complete;
  const Replayed sure = replay(pause, {PauseLabel::eot, 500ms});
  pause.steps[0].p = 0.05;
  const Replayed unsure = replay(pause, {PauseLabel::eot, 500ms});
  ASSERT_TRUE(sure.decided && unsure.decided);
  EXPECT_LT(*sure.decided, 400ms);
  EXPECT_GT(*unsure.decided, 1000ms);
  pause.steps[0].filling = Filling::partial;
  pause.asks = true;
  pause.slot = SlotKind::digits;
  EXPECT_GT(*replay(pause, {PauseLabel::eot, 500ms}).decided, *unsure.decided) << "inside a number";
}

TEST(Replay, WaitsForTheFinalWhereTheSpeakerDoes) {
  Pause pause = said("내일로 바꿔 주세요", false);
  pause.steps.push_back(pause.steps[0]);
  pause.steps[1].final = true;
  pause.steps[1].at = t0 + 900ms;
  EXPECT_LT(*replay(pause, {PauseLabel::eot, 2s}).decided, 500ms);
  EXPECT_EQ(*replay(pause, {PauseLabel::eot, 2s}, {}, true).decided, 900ms);
  pause.steps.pop_back();
  EXPECT_FALSE(replay(pause, {PauseLabel::hold, 800ms}, {}, true).decided);
}

TEST(Replay, LearnsTheSpeakersHabitFromPauseToPause) {
  Replay one({.theta = 0.99}, &packaged("ko"));
  const LabelledPause hold{PauseLabel::hold, 1200ms};
  Replayed last;
  for (int i = 0; i < 6; ++i) {
    Pause p = said("카드를 잃어버렸는데", true, 1200ms);
    p.new_turn = i == 0;
    p.start += i * 4s, p.end += i * 4s, *p.resumed += i * 4s, p.steps[0].at += i * 4s;
    last = one.run({p, hold, false});
    EXPECT_FALSE(last.decided);
  }
  EXPECT_LT(last.last.features.habit, -0.5);
}

TEST(Replay, IsTheSameEachTime) {
  const Pause pause = said("그러니까 제가");
  const auto first = replay(pause, {PauseLabel::eot, 2s});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(replay(pause, {PauseLabel::eot, 2s}).decided, first.decided);
}

TEST(ReplayTotals, CountCutInsOfHoldsAndDelaysOfEnds) {
  ReplayTotals sums;
  sums.add(PauseLabel::hold, 300ms);
  sums.add(PauseLabel::hold, std::nullopt);
  sums.add(PauseLabel::eot, 400ms);
  sums.add(PauseLabel::eot, 600ms);
  sums.add(PauseLabel::eot, std::nullopt);
  sums.add(PauseLabel::censored, 300ms);
  EXPECT_EQ(sums.cut_in_share(), 0.5);
  EXPECT_EQ(sums.answered, 2);
  EXPECT_EQ(sums.mean_delay_ms(), 500);
  EXPECT_EQ(ReplayTotals{}.mean_delay_ms(), 0);
}

}  // namespace
}  // namespace daedap::speech::turn::test
