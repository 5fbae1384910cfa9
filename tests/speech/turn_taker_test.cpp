#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "speech/turn/taker.hpp"
#include "speech/turn_scene.hpp"

namespace daedap::speech::turn::test {
namespace {

using namespace std::chrono_literals;
using base::Time;

constexpr Time t0{10s};

/// A speaker who stops at t0 + 1 s.
struct Speaker {
  explicit Speaker(TakerSettings settings = {}, const Rules* rules = &packaged("ko")) : taker(settings, rules) {}
  void says(std::string_view text, bool final = true) {
    taker.on_speech_started(t0);
    taker.on_speech_stopped(t0 + 1s);
    if (!text.empty()) taker.on_text(text, final, 0.9, t0 + 1100ms);
  }
  /// Silence until the decision, in steps of 10 ms.
  std::optional<Decision> decision(base::Duration at_most = 15s) {
    for (base::Duration s = 100ms; s <= at_most; s += 10ms) {
      if (auto d = taker.decide(t0 + 1s + s, false)) return d;
    }
    return std::nullopt;
  }
  TurnTaker taker;
};

TEST(TurnWait, FollowsTheTableOfTheSpecification) {
  const HoldCurve ko;
  const WaitLimits limits{.most = 10s};
  const auto ms = [&](double p, double theta) { return static_cast<double>(base::to_ms(wait_for(p, theta, ko, limits))); };
  EXPECT_NEAR(ms(0.01, 0.95), 2136, 5);
  EXPECT_NEAR(ms(0.20, 0.95), 1238, 5);
  EXPECT_NEAR(ms(0.50, 0.95), 873, 5);
  EXPECT_NEAR(ms(0.80, 0.95), 529, 5);
  EXPECT_NEAR(ms(0.97, 0.95), 200, 1);
  EXPECT_NEAR(ms(0.50, 0.90), 684, 5);
  const HoldCurve en{.shape = 0.63, .scale = 0.224};
  EXPECT_NEAR(static_cast<double>(base::to_ms(wait_for(0.5, 0.95, en, limits))), 1444, 5);
}

TEST(TurnWait, IsBoundedForAnyProbability) {
  for (const double p : {-1.0, 0.0, 1e-9, 0.5, 1.0, 2.0}) {
    const auto wait = wait_for(p, 0.95, {}, {});
    EXPECT_GE(wait, base::Duration(200ms));
    EXPECT_LE(wait, base::Duration(2200ms));
  }
}

TEST(TurnWait, TheShareOfLongerPausesFalls) {
  const HoldCurve ko;
  EXPECT_DOUBLE_EQ(ko.longer_than(150ms), 1);
  EXPECT_NEAR(ko.longer_than(500ms), 0.24, 0.01);
  EXPECT_NEAR(ko.longer_than(800ms), 0.07, 0.01);
}

TEST(TurnTaker, AnswersAWholeSentenceAtOnceAndWaitsForAnOpenOne) {
  Speaker whole, open, nothing;
  whole.says("내일로 바꿔 주세요");
  open.says("내일로 바꾸면");
  nothing.says("");
  const auto a = whole.decision(), b = open.decision(), c = nothing.decision();
  ASSERT_TRUE(a && b && c);
  EXPECT_EQ(a->state, State::complete);
  EXPECT_TRUE(a->over);
  EXPECT_LE(a->silence, base::Duration(250ms));
  EXPECT_EQ(b->state, State::incomplete);
  EXPECT_GE(b->silence, base::Duration(1500ms));
  EXPECT_GT(c->silence, base::Duration(700ms));
  EXPECT_LT(c->silence, base::Duration(1200ms));
  EXPECT_GT(a->score, c->score);
  EXPECT_GT(c->score, b->score);
}

TEST(TurnTaker, OneDecisionATurn) {
  Speaker s;
  s.says("됐습니다");
  ASSERT_TRUE(s.decision());
  EXPECT_FALSE(s.decision());
  EXPECT_FALSE(s.taker.running());
  EXPECT_EQ(s.taker.deadline(), base::never);
}

TEST(TurnTaker, ThetaIsTheKnob) {
  Speaker bold({.theta = 0.7}), careful({.theta = 0.99});
  bold.says("그건 파란색");
  careful.says("그건 파란색");
  EXPECT_LT(bold.decision()->silence + 300ms, careful.decision()->silence);
}

TEST(TurnTaker, AskedToWaitItWaits) {
  Speaker s;
  s.says("잠시만요");
  const auto d = s.decision();
  ASSERT_TRUE(d);
  EXPECT_EQ(d->state, State::wait);
  EXPECT_GE(d->silence, base::Duration(10s));
}

TEST(TurnTaker, AVoiceThatMayBeThereHoldsTheDecision) {
  Speaker s;
  s.says("됐습니다");
  EXPECT_FALSE(s.taker.decide(t0 + 2s, true));
  EXPECT_TRUE(s.taker.decide(t0 + 2s, false));
}

TEST(TurnTaker, SpeechThatGoesOnMakesAHold) {
  Speaker s;
  s.says("카드를 잃어버렸는데");
  EXPECT_FALSE(s.taker.decide(t0 + 1500ms, false));
  s.taker.on_speech_started(t0 + 1700ms);
  const auto hold = s.taker.take_hold();
  ASSERT_TRUE(hold);
  EXPECT_EQ(hold->state, State::incomplete);
  EXPECT_FALSE(hold->over);
  EXPECT_EQ(hold->silence, base::Duration(700ms));
  EXPECT_FALSE(s.taker.take_hold());
  EXPECT_FALSE(s.taker.decide(t0 + 9s, false)) << "speaking";
}

TEST(TurnTaker, LongPausesOfASpeakerAreLearned) {
  Speaker quick, slow;
  for (int i = 0; i < 6; ++i) slow.taker.on_cut_in(1500ms);
  quick.says("그건 파란색");
  slow.says("그건 파란색");
  EXPECT_LT(quick.decision()->silence, slow.decision()->silence);
}

TEST(TurnTaker, AQuestionOfTheOtherSideShortensTheWait) {
  Speaker asked, told;
  asked.taker.on_other_said("본인 맞으세요?");
  told.taker.on_other_said("신청이 접수되었습니다.");
  asked.says("네", false);
  told.says("네", false);
  EXPECT_LT(asked.decision()->silence, told.decision()->silence);
}

TEST(TurnTaker, InterimWordsAreTrustedWithTime) {
  Speaker s;
  s.taker.on_speech_started(t0);
  s.taker.on_text("내일로 바꿔 주세요", false, 0.9, t0 + 900ms);  // the last word may be missing
  s.taker.on_speech_stopped(t0 + 1s);
  EXPECT_FALSE(s.taker.decide(t0 + 1250ms, false));
  const auto d = s.decision();
  ASSERT_TRUE(d);
  EXPECT_EQ(d->silence, base::Duration(300ms));
  EXPECT_GE(d->wait, base::Duration(290ms)) << "the wait that was in force";
}

TEST(TurnTaker, WordsFromBeforeAPauseDoNotEndWhatFollows) {
  Speaker s;
  s.says("바꿔 주세요");
  s.taker.on_speech_started(t0 + 1150ms);
  s.taker.on_speech_stopped(t0 + 1600ms);
  EXPECT_FALSE(s.taker.decide(t0 + 1850ms, false)) << "new words are still missing";
}

TEST(TurnTaker, EagerBeforeTheDecision) {
  Speaker s({.theta = 0.99});
  s.says("내일로 바꿔 주세요");
  EXPECT_FALSE(s.taker.eager(t0 + 1100ms));
  EXPECT_TRUE(s.taker.eager(t0 + 1200ms));
  Speaker open;
  open.says("내일로");
  EXPECT_FALSE(open.taker.eager(t0 + 1200ms));
}

TEST(TurnTaker, TheDeadlineLeadsToTheDecision) {
  for (const char* text : {"내일로 바꿔 주세요", "내일로 바꾸면", "010 1234", "음", ""}) {
    Speaker s;
    s.says(text, false);
    Time now = t0 + 1200ms;
    int steps = 0;
    while (!s.taker.decide(now, false)) {
      ASSERT_LT(++steps, 12) << text;
      ASSERT_LT(s.taker.deadline(), base::never);
      now = std::max(now + 1ms, s.taker.deadline());
    }
  }
}

TEST(TurnTaker, EndlessSpeechIsCut) {
  Speaker s;
  s.taker.on_speech_started(t0);
  EXPECT_FALSE(s.taker.decide(t0 + 29s, true));
  EXPECT_TRUE(s.taker.decide(t0 + 30s, true));
}

TEST(TurnTaker, WithoutRulesSilenceDecides) {
  Speaker s({}, nullptr);
  s.says("내일로 바꾸면");
  s.taker.on_other_said("언제로 할까요?");
  const auto d = s.decision();
  ASSERT_TRUE(d);
  EXPECT_LT(d->silence, base::Duration(1200ms));
}

void sing(ProsodyTracker& tracker, Time& now, double from_hz, double to_hz, int frames, double level = 6000) {
  double phase = 0;
  for (int f = 0; f < frames; ++f) {
    audio::Frame frame{};
    const double hz = from_hz + (to_hz - from_hz) * f / frames;
    for (auto& sample : frame) {
      phase += 2 * std::numbers::pi * hz / audio::sample_rate;
      sample = static_cast<std::int16_t>(level * (std::sin(phase) + 0.5 * std::sin(2 * phase)) / 1.5);
    }
    now += audio::frame_time;
    tracker.on_frame(frame, now);
  }
}

TEST(TurnProsody, TellsRiseFromFall) {
  ProsodyTracker rising, falling;
  Time a = t0, b = t0;
  sing(rising, a, 120, 120, 20), sing(rising, a, 120, 200, 14);
  sing(falling, b, 200, 200, 20), sing(falling, b, 200, 120, 14);
  ASSERT_TRUE(rising.at(a).heard);
  EXPECT_GT(rising.at(a).slope, 10);
  EXPECT_LT(falling.at(b).slope, -10);
  EXPECT_GT(rising.at(a).height, falling.at(b).height);
}

TEST(TurnProsody, ADrawlIsAFilledPause) {
  ProsodyTracker tracker;
  Time now = t0;
  sing(tracker, now, 140, 140, 30);
  EXPECT_TRUE(tracker.at(now).filled);
}

TEST(TurnProsody, SilenceAndNoiseHaveNoPitch) {
  ProsodyTracker tracker;
  Time now = t0;
  EXPECT_FALSE(tracker.at(now).heard);
  sing(tracker, now, 140, 140, 30, 0);
  EXPECT_FALSE(tracker.at(now).heard);
}

TEST(TurnProsody, LooksBackToTheEndOfSpeech) {
  ProsodyTracker tracker;
  Time now = t0;
  sing(tracker, now, 150, 220, 20);
  const Time end = now;
  sing(tracker, now, 150, 150, 15, 0);
  EXPECT_TRUE(tracker.at(end).heard);
  EXPECT_GT(tracker.at(end).slope, 5);
}

TEST(TurnFusion, AHighPitchAndADrawlSpeakForMore) {
  Features f{.text = true, .lexical = 1.0, .trust = 0.7};
  const double plain = score(f);
  f.prosody = {.heard = true, .height = 10, .filled = true};
  EXPECT_LT(score(f), plain);
  f.prosody = {.heard = true, .slope = -25, .fall = 20};
  EXPECT_GT(score(f), plain);
}

}  // namespace
}  // namespace daedap::speech::turn::test
