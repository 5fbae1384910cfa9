#include "call/turns.hpp"

#include <gtest/gtest.h>

namespace daedap::call {
namespace {

using base::Millis;
using speech::Mark;

const base::Time answered{std::chrono::hours(2)};

TEST(TurnOf, CountsFromTheAnswer) {
  const speech::Said said{.speaker = speech::Said::Speaker::caller,
                          .text = "네",
                          .start = answered + Millis(1500),
                          .end = answered + Millis(2100),
                          .confidence = 0.5};
  const Turn turn = turn_of(said, 3, answered);
  EXPECT_EQ(turn.index, 3);
  EXPECT_EQ(turn.start_ms, 1500);
  EXPECT_EQ(turn.end_ms, 2100);
  EXPECT_EQ(turn.confidence, 0.5);
  EXPECT_FALSE(turn.response_ms);
  EXPECT_TRUE(turn.marks_ms.empty());
}

TEST(TurnOf, NothingLiesBeforeTheAnswerOrEndsBeforeItBegins) {
  const speech::Said said{.speaker = speech::Said::Speaker::caller, .start = answered - Millis(5), .end = answered - Millis(9)};
  EXPECT_EQ(turn_of(said, 0, answered).start_ms, 0);
  EXPECT_EQ(turn_of(said, 0, answered).end_ms, 0);
}

TEST(TurnOf, CarriesTheMarksThatAreThere) {
  speech::Said said{.speaker = speech::Said::Speaker::assistant, .start = answered, .end = answered};
  said.marks.emplace();
  said.marks->set(Mark::speech_end, answered + Millis(1000));
  said.marks->set(Mark::first_packet, answered + Millis(1900));
  const Turn turn = turn_of(said, 0, answered);
  EXPECT_EQ(turn.marks_ms.size(), 2U);
  EXPECT_DOUBLE_EQ(turn.marks_ms.at("speech_end"), 1000.0);
  ASSERT_TRUE(turn.response_ms);
  EXPECT_DOUBLE_EQ(*turn.response_ms, 900.0);
}

TEST(MessageOf, SaysHowItEnded) {
  const auto m = message_of({answered + Millis(100), answered + Millis(5100), speech::MessageTaken::Ended::key}, answered);
  EXPECT_EQ(m.start_ms, 100);
  EXPECT_EQ(m.end_ms, 5100);
  EXPECT_EQ(m.ended_by, "key");
}

TEST(CauseOf, FinishedConversationsHaveTheirCause) {
  using Why = speech::Finished::Why;
  EXPECT_EQ(cause_of(Why::goodbye), Cause::goodbye);
  EXPECT_EQ(cause_of(Why::no_input), Cause::no_input);
  EXPECT_EQ(cause_of(Why::too_long), Cause::max_length);
  EXPECT_EQ(cause_of(Why::engine_failure), Cause::engine_failure);
}

}  // namespace
}  // namespace daedap::call
