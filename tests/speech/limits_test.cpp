#include <gtest/gtest.h>

#include "speech/scene.hpp"

namespace daedap::speech::test {
namespace {

using Who = Said::Speaker;

TEST(NoInput, AsksAfterThirtyAndFifteenSecondsThenSaysGoodbye) {
  Scene s;
  s.answer();
  s.run(7s);
  const Time silent = s.all<Said>()[0].end;
  ASSERT_TRUE(s.run_until([&] { return s.bot_audible(); }));
  EXPECT_NEAR(base::to_ms(s.now() - silent), 30000, 100);
  ASSERT_TRUE(s.run_until([&] { return s.count<Said>() == 2; }));
  const Time again = s.now();
  s.run(500ms);
  ASSERT_TRUE(s.run_until([&] { return s.bot_audible(); }));
  EXPECT_NEAR(base::to_ms(s.now() - again), 15000, 100);
  ASSERT_TRUE(s.run_until([&] { return s.count<Finished>() == 1; }));
  EXPECT_EQ(s.all<Finished>()[0].why, Finished::Why::no_input);
  const auto said = s.said(Who::assistant);
  ASSERT_EQ(said.size(), 4u);
  EXPECT_EQ(said[1], phrase(Phrase::still_there, "ko"));
  EXPECT_EQ(said[2], phrase(Phrase::still_there_again, "ko"));
  EXPECT_EQ(said[3], phrase(Phrase::nobody_there, "ko"));
}

TEST(NoInput, AnAnswerStartsItAnew) {
  Scene s;
  s.answer();
  ASSERT_TRUE(s.run_until([&] { return s.count<Said>() == 2; }));
  s.caller_says("네 듣고 있어요", 1000ms, 1000ms);
  s.run(8s);
  EXPECT_EQ(s.llm.asked.size(), 1u);
  s.run(25s);
  EXPECT_EQ(s.count<Finished>(), 0);
  s.run(8s);
  EXPECT_EQ(s.said(Who::assistant).back(), phrase(Phrase::still_there, "ko"));
}

TEST(NoInput, HoldsWithoutAnyFramesFromTheCaller) {
  Scene s;
  s.frames = false;
  s.answer();
  EXPECT_TRUE(s.run_until([&] { return s.count<Finished>() == 1; }, 120s));
}

TEST(NoInput, StandsStillWhileTheCallerHoldsUs) {
  Scene s;
  s.answer();
  s.run(7s);
  const Time silent = s.all<Said>()[0].end;
  s.conversation->on_hold(true, s.now());
  s.conversation->on_hold(true, s.now());
  s.run(100s);
  EXPECT_EQ(s.count<Said>(), 1);
  s.conversation->on_hold(false, s.now());
  ASSERT_TRUE(s.run_until([&] { return s.bot_audible(); }));
  EXPECT_NEAR(base::to_ms(s.now() - silent), 130000, 100);
}

TEST(NoInput, CountsFromTheResumeWhenTheAssistantFellSilentInTheHold) {
  Scene s;
  s.answer();
  s.conversation->on_hold(true, s.now());
  s.run(50s);
  s.conversation->on_hold(false, s.now());
  const Time resumed = s.now();
  ASSERT_TRUE(s.run_until([&] { return s.bot_audible(); }));
  EXPECT_NEAR(base::to_ms(s.now() - resumed), 30000, 100);
}

TEST(MaxCall, WarnsAndThenSaysGoodbye) {
  Scene s([](Settings& x) {
    x.max_call = 90s;
    x.no_input_first = 300s;
  });
  s.answer();
  const Time answered = s.now();
  ASSERT_TRUE(s.run_until([&] { return s.count<Finished>() == 1; }, 110s));
  EXPECT_EQ(s.all<Finished>()[0].why, Finished::Why::too_long);
  EXPECT_LE(base::to_ms(s.now() - answered), 90000 + 5000);
  const auto said = s.said(Who::assistant);
  EXPECT_NE(std::find(said.begin(), said.end(), phrase(Phrase::closing_soon, "ko")), said.end());
  EXPECT_EQ(said.back(), phrase(Phrase::too_long, "ko"));
}

TEST(MaxCall, EndsEvenWhenThePlayerNeverPlays) {
  Scene s([](Settings& x) { x.max_call = 20s; });
  s.answer();
  s.each_tick = [&] { s.player.pause(); };
  EXPECT_TRUE(s.run_until([&] { return s.count<Finished>() == 1; }, 60s));
}

TEST(HangUp, SettlesAtOnceWhenNothingIsPending) {
  Scene s;
  s.answer();
  s.run(7s);
  s.conversation->on_hang_up(s.now());
  EXPECT_TRUE(s.conversation->settled());
  EXPECT_EQ(s.conversation->deadline(), base::never);
}

TEST(HangUp, CutsTheBotAndKeepsWhatWasHeard) {
  Scene s;
  s.answer();
  s.run(2s);
  s.conversation->on_hang_up(s.now());
  s.run(100ms);
  EXPECT_FALSE(s.bot_audible());
  ASSERT_EQ(s.count<Said>(), 1);
  EXPECT_TRUE(s.all<Said>()[0].interrupted);
}

TEST(HangUp, GivesUpOnTheFinalAfterTheTail) {
  Scene s;
  s.stt.answers = false;
  s.answer();
  s.run(7s);
  s.caller_says("안녕히 계세요", 1000ms);
  s.run(1050ms);
  s.conversation->on_hang_up(s.now());
  EXPECT_FALSE(s.conversation->settled());
  EXPECT_LE(s.conversation->deadline(), s.now() + 2s);
  s.run(2050ms);
  EXPECT_TRUE(s.conversation->settled());
  EXPECT_EQ(s.said(Who::caller), std::vector<std::string>{"안녕히 계세요"});
}

}  // namespace
}  // namespace daedap::speech::test
