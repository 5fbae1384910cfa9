#include <gtest/gtest.h>

#include "speech/turn/pause_label.hpp"
#include "speech/turn/taker.hpp"
#include "speech/turn_scene.hpp"

namespace daedap::speech::turn::test {
namespace {

using namespace std::chrono_literals;
using base::Time;

constexpr Time t0{10s};

/// A speaker whose pauses are kept.
struct Kept {
  explicit Kept(bool keep = true) : taker({.keep_pauses = keep}, &packaged("ko")) {}
  void speaks(base::Duration from, base::Duration to) {
    taker.on_speech_started(t0 + from);
    taker.on_speech_stopped(t0 + to);
  }
  void words(base::Duration at, std::string_view text, bool final = false) { taker.on_text(text, final, 0.9, t0 + at); }
  void decide_until(base::Duration at, base::Duration from) {
    for (base::Duration s = from; s <= at; s += 10ms) taker.decide(t0 + s, false);
  }
  std::vector<Pause> pauses(base::Duration over = 60s) {
    taker.close_pauses(t0 + over);
    std::vector<Pause> all;
    while (auto p = taker.take_pause()) all.push_back(*p);
    return all;
  }
  TurnTaker taker;
};

TEST(PauseTracker, KeepsWhatWasKnownWhenTheSpeakerWentOn) {
  Kept k;
  k.taker.on_other_said("무엇을 도와드릴까요?");
  k.taker.on_speech_started(t0);
  k.words(700ms, "카드를");
  k.words(900ms, "카드를 잃어버렸는데");
  k.taker.on_speech_stopped(t0 + 1s);
  k.speaks(1500ms, 2500ms);
  const auto all = k.pauses();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].start, t0);
  EXPECT_EQ(all[0].end, t0 + 1s);
  EXPECT_EQ(all[0].resumed, t0 + 1500ms);
  EXPECT_FALSE(all[0].decided);
  EXPECT_EQ(all[0].silence, 500ms);
  EXPECT_EQ(all[0].state, State::incomplete);
  EXPECT_LT(all[0].features.lexical, 0);
  EXPECT_EQ(all[0].asked, "무엇을 도와드릴까요?");
  ASSERT_EQ(all[0].steps.size(), 2U);
  EXPECT_EQ(all[0].steps[1].text, "카드를 잃어버렸는데");
  EXPECT_FALSE(all[0].cls.empty());
  EXPECT_TRUE(all[0].new_turn);
  EXPECT_FALSE(all[1].new_turn);
  EXPECT_FALSE(all[1].resumed);
}

TEST(PauseTracker, ADecisionStandsAsItFellAlsoWhenWordsComeLater) {
  Kept k;
  k.speaks(0ms, 1s);
  k.words(1100ms, "내일로 바꿔 주세요", true);
  k.decide_until(1500ms, 1100ms);
  k.words(1700ms, "내일로 바꿔 주세요 아니면", true);
  k.speaks(4s, 5s);
  const auto all = k.pauses();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_TRUE(all[0].decided);
  EXPECT_EQ(all[0].state, State::complete);
  EXPECT_LE(all[0].silence, 260ms);
  ASSERT_EQ(all[0].steps.size(), 1U);
  EXPECT_EQ(all[0].resumed, t0 + 4s);
}

TEST(PauseTracker, ACoughDoesNotEndThePause) {
  Kept k;
  k.speaks(0ms, 1s);
  k.words(1100ms, "내일로 바꿔 주세요", true);
  k.speaks(1600ms, 1800ms);
  k.speaks(3s, 4s);
  k.words(3900ms, "부탁드립니다");
  const auto all = k.pauses();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].end, t0 + 1s);
  EXPECT_EQ(all[0].resumed, t0 + 3s);
}

TEST(PauseTracker, ADecisionAfterACoughIsOneOnThePauseBefore) {
  Kept k;
  k.speaks(0ms, 1s);
  k.words(700ms, "그게 제가 어제");
  k.speaks(1300ms, 1500ms);
  k.decide_until(9s, 1600ms);
  const auto all = k.pauses();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].end, t0 + 1s);
  EXPECT_TRUE(all[0].decided);
}

TEST(PauseTracker, ShortPausesAndThoseThatWereTakenBackAreLeftOut) {
  Kept k;
  k.speaks(0ms, 1s);
  k.words(900ms, "그러니까");
  k.speaks(1150ms, 2s);  // after 150 ms
  k.taker.reset();
  EXPECT_TRUE(k.pauses().empty());
  Kept off(false);
  off.speaks(0ms, 1s);
  off.speaks(2s, 3s);
  EXPECT_TRUE(off.pauses().empty());
}

TEST(PauseTracker, IsBoundedWhateverTheRecogniserTells) {
  Kept k;
  k.speaks(0ms, 1s);
  const auto long_words = [](int i) { return std::string(5000, 'a') + " 그리고 " + std::to_string(i); };
  for (int i = 0; i < 300; ++i) k.words(1s + i * 1ms, long_words(i));
  for (int i = 0; i < 300; ++i) k.speaks(2s + i * 1s, 2500ms + i * 1s);
  const auto all = k.pauses(1000s);
  EXPECT_LE(all.size(), PauseTracker::most_waiting);
  Kept few;
  few.speaks(0ms, 1s);
  for (int i = 0; i < 300; ++i) few.words(1s + i * 1ms, long_words(i));
  const auto one = few.pauses();
  ASSERT_EQ(one.size(), 1U);
  EXPECT_LE(one[0].steps.size(), PauseTracker::most_steps);
  EXPECT_LE(one[0].steps.back().text.size(), PauseTracker::most_text);
  EXPECT_EQ(one[0].steps.back().at, t0 + 1299ms);
}

Pause pause(std::optional<base::Duration> resumed = {}) {
  Pause p;
  p.start = t0 - 1s;
  p.end = t0;
  if (resumed) p.resumed = t0 + *resumed;
  return p;
}

LabelledPause labelled(const Pause& p, std::vector<OtherSpoke> spoken, base::Duration over = 60s) {
  return label_of(p, spoken, t0 + over);
}

TEST(PauseLabel, GoingOnWithinThreeSecondsIsAHold) {
  const auto found = labelled(pause(900ms), {{t0 + 4s, t0 + 6s}});
  EXPECT_EQ(found.label, PauseLabel::hold);
  EXPECT_EQ(found.length, 900ms);
  EXPECT_FALSE(found.cut_in);
  EXPECT_EQ(labelled(pause(3s), {}).label, PauseLabel::hold);
}

TEST(PauseLabel, GoingOnLaterSaysOnlyThatItLastedThatLong) {
  const auto found = labelled(pause(3100ms), {});
  EXPECT_EQ(found.label, PauseLabel::censored);
  EXPECT_EQ(found.length, 3s);
}

TEST(PauseLabel, AnAnswerThatIsListenedToForASecondIsAnEnd) {
  const auto found = labelled(pause(1400ms), {{t0 + 400ms, t0 + 3s}});
  EXPECT_EQ(found.label, PauseLabel::eot);
  EXPECT_EQ(found.length, 400ms);
  EXPECT_EQ(labelled(pause(), {{t0 + 400ms, t0 + 3s}}).label, PauseLabel::eot);
}

TEST(PauseLabel, AfterAFalseCutInItWasAHold) {
  const auto taken_back = labelled(pause(900ms), {{t0 + 400ms, t0 + 1400ms, true}});
  EXPECT_EQ(taken_back.label, PauseLabel::hold);
  EXPECT_EQ(taken_back.length, 900ms);
  EXPECT_TRUE(taken_back.cut_in);
  EXPECT_EQ(labelled(pause(900ms), {{t0 + 400ms, t0 + 1800ms}}).label, PauseLabel::hold) << "the other gave way";
}

TEST(PauseLabel, CutShortByTheOtherSideIsCensoredThere) {
  const auto found = labelled(pause(900ms), {{t0 + 400ms, t0 + 5s}});
  EXPECT_EQ(found.label, PauseLabel::censored);
  EXPECT_EQ(found.length, 400ms);
}

TEST(PauseLabel, TheEndOfTheCallSaysNothing) {
  EXPECT_EQ(labelled(pause(), {}, 700ms).label, PauseLabel::censored);
  EXPECT_EQ(labelled(pause(), {}, 700ms).length, 700ms);
  EXPECT_EQ(labelled(pause(), {{t0 + 300ms, t0 + 700ms}}, 700ms).label, PauseLabel::censored);
}

TEST(PauseLabel, WhatTheOtherSideWasSayingAlreadyIsNoAnswerUnlessItGoesOn) {
  EXPECT_EQ(labelled(pause(800ms), {{t0 - 500ms, t0 + 200ms}}).label, PauseLabel::hold);
  EXPECT_EQ(labelled(pause(2s), {{t0 - 500ms, t0 + 3s}}).label, PauseLabel::eot);
}

TEST(PauseLabel, NamesAreReadBack) {
  for (const PauseLabel label : {PauseLabel::hold, PauseLabel::eot, PauseLabel::censored})
    EXPECT_EQ(pause_label_of(name(label)), label);
  EXPECT_FALSE(pause_label_of("end"));
}

}  // namespace
}  // namespace daedap::speech::turn::test
