#include <gtest/gtest.h>

#include "speech/scene.hpp"

namespace daedap::speech::test {
namespace {

using Who = Said::Speaker;

// The caller has asked to leave a message; the beep has just sounded.
struct Recording : Scene {
  explicit Recording(std::function<void(Settings&)> change = {}) : Scene(std::move(change)) {
    llm.script = [](const LlmInput&) {
      auto steps = ScriptedLlm::say("네.");
      steps.insert(steps.end() - 1, {0ms, LlmAction{LlmAction::Kind::take_message, {}}});
      return steps;
    };
    answer();
    run(7s);
    caller_says("메시지를 남기고 싶어요", 1200ms);
    run_until([&] { return !said(Who::assistant).empty() && said(Who::assistant).back() == phrase(Phrase::leave_message, "ko"); });
    run(40ms);
  }
};

TEST(TakingMessage, EndsAfterThreeSecondsOfSilenceAndGoesOn) {
  Recording s;
  const Time beep = s.now();
  s.caller_says("김민수 과장님께 전화 부탁드린다고 전해 주세요", 3000ms, 500ms);
  ASSERT_TRUE(s.run_until([&] { return s.count<MessageTaken>() == 1; }, 20s));
  const auto m = s.all<MessageTaken>()[0];
  EXPECT_EQ(m.ended_by, MessageTaken::Ended::silence);
  EXPECT_NEAR(base::to_ms(m.start - beep), 0, 100);
  EXPECT_NEAR(base::to_ms(m.end - beep), 500 + 3000 + 3000, 150);
  s.run(10s);
  EXPECT_EQ(s.said(Who::assistant).back(), phrase(Phrase::message_taken, "ko"));
  EXPECT_EQ(s.said(Who::caller).back(), "김민수 과장님께 전화 부탁드린다고 전해 주세요");
  EXPECT_EQ(s.llm.asked.size(), 1u);
}

TEST(TakingMessage, EndsWithTheHashKey) {
  Recording s;
  s.caller_says("내일 다시 걸겠습니다", 1500ms, 200ms);
  s.run(2s);
  s.conversation->on_digit('#', s.now());
  s.run(20ms);
  ASSERT_EQ(s.count<MessageTaken>(), 1);
  EXPECT_EQ(s.all<MessageTaken>()[0].ended_by, MessageTaken::Ended::key);
}

TEST(TakingMessage, OtherKeysBelongToTheMessage) {
  Recording s;
  s.caller_says("번호를 누를게요", 1500ms, 200ms);
  s.run(1s);
  s.conversation->on_digit('5', s.now());
  s.run(500ms);
  EXPECT_EQ(s.count<MessageTaken>(), 0);
  EXPECT_EQ(s.llm.asked.size(), 1u);
}

TEST(TakingMessage, IsCutAtTheLongestLength) {
  Recording s([](Settings& x) { x.message_max = 10s; });
  s.caller_says("아주 긴 메시지", 60000ms, 100ms);
  ASSERT_TRUE(s.run_until([&] { return s.count<MessageTaken>() == 1; }, 12s));
  EXPECT_EQ(s.all<MessageTaken>()[0].ended_by, MessageTaken::Ended::too_long);
}

TEST(TakingMessage, HangUpEndsIt) {
  Recording s;
  s.caller_says("전화 주세요", 1500ms, 200ms);
  s.run(1s);
  s.conversation->on_hang_up(s.now());
  s.run(3s);
  ASSERT_EQ(s.count<MessageTaken>(), 1);
  EXPECT_EQ(s.all<MessageTaken>()[0].ended_by, MessageTaken::Ended::hang_up);
  EXPECT_EQ(s.said(Who::caller).back(), "전화 주세요");
  EXPECT_TRUE(s.conversation->settled());
}

TEST(TakingMessage, SilenceAloneIsNoMessage) {
  Recording s;
  s.run(12s);
  EXPECT_EQ(s.count<MessageTaken>(), 0);
  EXPECT_EQ(s.said(Who::assistant).back(), phrase(Phrase::message_empty, "ko"));
}

TEST(TakingMessage, TheBeepIsHeardBetweenPromptAndRecording) {
  Recording s;
  // The prompt is in the transcript without the beep, which has no words.
  EXPECT_EQ(s.said(Who::assistant).back(), phrase(Phrase::leave_message, "ko"));
  EXPECT_EQ(s.player.queued(), 0);
}

}  // namespace
}  // namespace daedap::speech::test
