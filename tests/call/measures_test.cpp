#include "call/measures.hpp"

#include <gtest/gtest.h>

namespace daedap::call {
namespace {

constexpr auto customer = Measures::customer, agent = Measures::agent;

TEST(Measures, SilentCallHasNoFigures) {
  EXPECT_EQ(Measures().figures(10'000), Conversation{});
  EXPECT_EQ(Measures().figures(0), Conversation{});
}

TEST(Measures, TalkIsSharedOutOverTheLengthOfTheCall) {
  Measures m;
  m.on_speech(agent, 0, 3'000);
  m.on_speech(customer, 4'000, 5'000);
  m.on_speech(agent, 6'000, 7'000);
  const Conversation c = m.figures(10'000);
  EXPECT_DOUBLE_EQ(c.talk_ratio[customer], 0.1);
  EXPECT_DOUBLE_EQ(c.talk_ratio[agent], 0.4);
  EXPECT_DOUBLE_EQ(c.speech_ratio, 0.5);
  EXPECT_EQ(c.overlaps, 0);
}

TEST(Measures, TimeInWhichBothSpeakCountsOnce) {
  Measures m;
  m.on_speech(agent, 0, 4'000);
  m.on_speech(customer, 3'000, 6'000);
  const Conversation c = m.figures(10'000);
  EXPECT_EQ(c.overlaps, 1);
  EXPECT_EQ(c.overlap_ms, 1'000);
  EXPECT_DOUBLE_EQ(c.speech_ratio, 0.6);
}

TEST(Measures, WhoTakesTheWordWhileTheOtherSpeaksInterrupts) {
  Measures m;
  m.on_speech(agent, 0, 4'000);
  m.on_speech(customer, 3'000, 6'000);  // and keeps it
  m.on_speech(agent, 5'500, 8'000);     // likewise
  const Conversation c = m.figures(10'000);
  EXPECT_EQ(c.interruptions[customer], 1);
  EXPECT_EQ(c.interruptions[agent], 1);
}

TEST(Measures, AcknowledgementsAndSimultaneousStartsInterruptNobody) {
  Measures m;
  m.on_speech(agent, 0, 10'000);
  m.on_speech(customer, 2'000, 2'400);    // "ne"
  m.on_speech(customer, 9'800, 10'200);   // "ne" into the last word
  m.on_speech(agent, 12'000, 14'000);
  m.on_speech(customer, 12'200, 15'000);  // both began at once
  m.on_speech(agent, 20'000, 25'000);
  m.on_speech(customer, 21'000, 24'000);  // spoke along, but the agent went on
  const Conversation c = m.figures(30'000);
  EXPECT_EQ(c.interruptions[customer], 0);
  EXPECT_EQ(c.overlaps, 4);
}

TEST(Measures, MonologueGoesOnOverBreathsAndAcknowledgements) {
  Measures m;
  m.on_speech(agent, 0, 5'000);
  m.on_speech(customer, 5'200, 5'500);
  m.on_speech(agent, 6'000, 9'000);
  m.on_speech(customer, 9'500, 12'000);
  m.on_speech(agent, 12'500, 14'000);
  m.on_speech(agent, 17'000, 18'000);
  const Conversation c = m.figures(20'000);
  EXPECT_EQ(c.longest_monologue_ms[agent], 9'000);
  EXPECT_EQ(c.longest_monologue_ms[customer], 2'500);
}

TEST(Measures, ResponsesAreMeasuredWhereTheWordIsPassedOn) {
  Measures m;
  m.on_speech(agent, 0, 1'000);
  m.on_speech(customer, 1'400, 2'000);   // 400
  m.on_speech(customer, 2'500, 3'000);   // goes on: no response
  m.on_speech(agent, 4'000, 5'000);      // 1000
  m.on_speech(customer, 5'200, 6'000);   // 200
  m.on_speech(agent, 5'900, 7'000);      // into the last word: none
  m.on_speech(customer, 7'900, 8'000);   // 900
  m.on_speech(agent, 30'000, 31'000);    // after a long silence: none
  const Conversation c = m.figures(40'000);
  EXPECT_EQ(c.response[customer].count, 3);
  EXPECT_DOUBLE_EQ(c.response[customer].mean_ms, 500);
  EXPECT_DOUBLE_EQ(c.response[customer].median_ms, 400);
  EXPECT_DOUBLE_EQ(c.response[customer].longest_ms, 900);
  EXPECT_EQ(c.response[agent].count, 1);
  EXPECT_DOUBLE_EQ(c.response[agent].median_ms, 1'000);
}

TEST(Measures, OddPiecesAreStraightened) {
  Measures m;
  m.on_speech(customer, -500, 1'000);
  m.on_speech(customer, 500, 1'500);   // half of it is known
  m.on_speech(customer, 1'400, 1'200); // ends before it starts
  EXPECT_DOUBLE_EQ(m.figures(1'500).talk_ratio[customer], 1.0);
  EXPECT_DOUBLE_EQ(m.figures(1'000).talk_ratio[customer], 1.0);  // never over
}

TEST(Measures, VeryLongCallsStayBoundedAndKeepTheirEnd) {
  Measures m;
  const std::int64_t pieces = static_cast<std::int64_t>(Measures::most_pieces) + 100;
  for (std::int64_t i = 0; i < pieces; ++i) m.on_speech(agent, i * 1'000, i * 1'000 + 500);
  m.on_speech(customer, pieces * 1'000, pieces * 1'000 + 1'000);
  const Conversation c = m.figures(pieces * 1'000);
  EXPECT_NEAR(c.talk_ratio[agent], 0.5, 0.01);
  EXPECT_EQ(c.response[customer].count, 1);
}

}  // namespace
}  // namespace daedap::call
