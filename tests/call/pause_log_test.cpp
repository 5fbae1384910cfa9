#include "call/pause_log.hpp"

#include <gtest/gtest.h>

namespace daedap::call {
namespace {

using namespace std::chrono_literals;
using speech::turn::PauseLabel;
using Speaker = LoggedPause::Speaker;
using Who = Listening::Who;

constexpr base::Time answered{100s};

speech::turn::Pause spoke(base::Duration from, base::Duration to, std::optional<base::Duration> resumed = {}) {
  speech::turn::Pause p;
  p.start = answered + from;
  p.end = answered + to;
  if (resumed) p.resumed = answered + *resumed;
  p.steps.push_back({.at = p.end + 100ms, .text = "네"});
  return p;
}

TEST(PauseLog, TwoPeopleLabelEachOther) {
  PauseLog log;
  log.set_codec(Speaker::customer, "PCMA");
  log.add({Who::customer, spoke(1s, 2s, 2600ms)});
  log.add({Who::customer, spoke(2600ms, 4s)});
  log.add({Who::agent, spoke(4500ms, 7s)});
  const auto all = log.finish(answered, answered + 9s);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].found.label, PauseLabel::hold);
  EXPECT_EQ(all[1].found.label, PauseLabel::eot);
  EXPECT_EQ(all[1].found.length, 500ms);
  EXPECT_EQ(all[2].speaker, Speaker::agent);
  EXPECT_EQ(all[2].found.label, PauseLabel::censored);
  EXPECT_EQ(all[0].codec, "PCMA");
  EXPECT_EQ(all[2].codec, "");
  EXPECT_EQ(all[0].pause.end, base::Time{2s}) << "since the answer";
  EXPECT_EQ(all[0].pause.resumed, base::Time{2600ms});
  EXPECT_EQ(all[0].pause.steps[0].at, base::Time{2100ms});
  EXPECT_TRUE(log.finish(answered, answered + 9s).empty());
}

TEST(PauseLog, WhatTheAssistantSaidAnswersItsCaller) {
  PauseLog log;
  log.add(spoke(1s, 2s, 2900ms));   // the assistant began after 400 ms and was cut short
  log.add(spoke(2900ms, 4s));
  using Said = speech::Said;
  log.on_said({.speaker = Said::Speaker::caller, .text = "네", .start = answered + 1s, .end = answered + 2s});
  log.on_said({.speaker = Said::Speaker::assistant, .text = "네", .start = answered + 2400ms, .end = answered + 3400ms, .interrupted = true});
  log.on_said({.speaker = Said::Speaker::assistant, .text = "네", .start = answered + 4300ms, .end = answered + 6s});
  const auto all = log.finish(answered, answered + 9s);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].found.label, PauseLabel::hold);
  EXPECT_TRUE(all[0].found.cut_in);
  EXPECT_TRUE(all[0].with_ai);
  EXPECT_EQ(all[1].found.label, PauseLabel::eot);
}

TEST(PauseLog, ACallThatNeverEndsKeepsTheFirstOnes) {
  PauseLog log;
  for (std::size_t i = 0; i < PauseLog::most + 10; ++i) log.add(spoke(i * 1s, i * 1s + 500ms, i * 1s + 1s));
  EXPECT_EQ(log.finish(answered, answered + 9000s).size(), PauseLog::most);
}

}  // namespace
}  // namespace daedap::call
