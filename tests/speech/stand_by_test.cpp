// A person is being fetched for the caller: the assistant hears, and says nothing.
#include <gtest/gtest.h>

#include <algorithm>

#include "speech/scene.hpp"

namespace daedap::speech::test {
namespace {

using Who = Said::Speaker;

TEST(StandBy, WritesDownWhatTheCallerSaysAndAnswersNothing) {
  Scene s;
  s.answer();
  s.run(7s);
  s.conversation->stand_by(true, s.now());
  s.caller_says("계세요", 800ms);
  s.run(5s);
  EXPECT_EQ(s.said(Who::caller), std::vector<std::string>{"계세요"});
  EXPECT_TRUE(s.llm.asked.empty());
  EXPECT_TRUE(s.bot_silent_for(5s));
}

TEST(StandBy, AsksNobodyWhetherHeIsThere) {
  Scene s;
  s.answer();
  s.run(7s);
  s.conversation->stand_by(true, s.now());
  s.run(120s);
  EXPECT_TRUE(s.bot_silent_for(115s));
  EXPECT_FALSE(s.finished);
}

TEST(StandBy, IgnoresKeys) {
  Scene s;
  s.answer();
  s.run(7s);
  s.conversation->stand_by(true, s.now());
  s.conversation->on_digit('1', s.now());
  s.run(3s);
  EXPECT_TRUE(s.llm.asked.empty());
}

TEST(StandBy, DropsAnAnswerThatIsBeingMade) {
  Scene s;
  s.llm.script = [](const LlmInput&) { return ScriptedLlm::say("늦은 대답입니다.", 3000ms); };
  s.answer();
  s.run(7s);
  s.caller_says("질문이요", 800ms);
  ASSERT_TRUE(s.run_until([&] { return !s.llm.asked.empty(); }, 10s));
  s.conversation->stand_by(true, s.now());
  s.run(8s);
  EXPECT_TRUE(s.bot_silent_for(8s));
  EXPECT_EQ(s.said(Who::caller), std::vector<std::string>{"질문이요"});
}

TEST(StandBy, GoesOnWithAllThatWasSaid) {
  Scene s;
  s.answer();
  s.run(7s);
  s.conversation->stand_by(true, s.now());
  s.caller_says("계세요", 800ms);
  s.run(5s);
  s.conversation->stand_by(false, s.now());
  s.conversation->say("지금은 안 됩니다.", s.now());
  s.run(5s);
  EXPECT_EQ(s.said(Who::assistant).back(), "지금은 안 됩니다.");
  s.caller_says("그럼 언제요", 800ms);
  ASSERT_TRUE(s.run_until([&] { return s.llm.asked.size() == 1; }, 10s));
  const auto& history = s.llm.histories.back();
  const auto has = [&](const std::string& text) {
    return std::any_of(history.begin(), history.end(), [&](const HistoryEntry& e) { return e.text == text; });
  };
  EXPECT_TRUE(has("계세요"));
  EXPECT_TRUE(has("지금은 안 됩니다."));
}

TEST(StandBy, SaysWhatAnOperatorTypesAllTheSame) {
  Scene s;
  s.answer();
  s.run(7s);
  s.conversation->stand_by(true, s.now());
  s.conversation->say("곧 연결됩니다.", s.now());
  s.run(3s);
  EXPECT_EQ(s.said(Who::assistant).back(), "곧 연결됩니다.");
}

}  // namespace
}  // namespace daedap::speech::test
