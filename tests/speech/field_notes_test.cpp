// The field's bug list, in the conversation's own terms.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/utf8.hpp"
#include "speech/scene.hpp"

namespace daedap::speech::test {
namespace {

using Who = Said::Speaker;
using Step = BargeIn::Step;

const std::string long_answer =
    "영업 시간은 평일 오전 아홉 시부터 오후 여섯 시까지이며 점심 시간은 열두 시부터 한 시까지입니다. "
    "주말과 공휴일에는 쉬고 있으니 급한 일은 홈페이지를 이용해 주시기 바랍니다. "
    "주차장은 건물 뒤편에 있으며 두 시간까지 무료로 이용하실 수 있습니다. "
    "그 밖에 궁금한 것이 있으시면 언제든지 편하게 말씀해 주시면 감사하겠습니다.";

void ask_long(Scene& s) {
  s.llm.script = [](const LlmInput& in) {
    return ScriptedLlm::say(in.text == "영업 시간 알려 주세요" ? long_answer : "네, 말씀하세요.");
  };
  s.answer();
  s.run(7s);
  s.caller_says("영업 시간 알려 주세요", 1000ms);
  s.run_until([&] { return s.bot_audible() && !s.llm.asked.empty(); });
}

TEST(FieldNotes, N08_ByeRightAfterTheLastSyllableKeepsTheLateFinal) {
  Scene s;
  s.stt.final_lag = 1500ms;
  s.answer();
  s.run(7s);
  s.caller_says("그럼 내일 다시 전화드리겠습니다", 1500ms);
  s.run(1550ms);
  s.conversation->on_hang_up(s.now());
  EXPECT_FALSE(s.conversation->settled());
  s.run(1400ms);
  EXPECT_FALSE(s.conversation->settled());
  s.run(300ms);
  EXPECT_TRUE(s.conversation->settled());
  EXPECT_EQ(s.said(Who::caller), std::vector<std::string>{"그럼 내일 다시 전화드리겠습니다"});
}

TEST(FieldNotes, N09_BargeInAtWordKKeepsHistoryToK) {
  for (const Millis into : {1000ms, 2700ms, 5200ms, 9000ms}) {
    Scene s;
    ask_long(s);
    const auto first = s.player.played();  // up to 20 ms of the answer are out
    s.run(into);
    s.caller_says("토요일에도 여나요", 1200ms);
    ASSERT_TRUE(s.run_until([&] { return s.steps(Step::confirmed) == 1; }));
    const double sent = static_cast<double>(s.player.played() - first) / 16000;
    s.run(5s);
    const std::string heard = s.llm.histories.back().back().text;
    EXPECT_EQ(long_answer.rfind(heard, 0), 0u) << heard;
    // 100 ms a character, leading silence removed: nothing beyond what was sent, little less.
    const double chars = static_cast<double>(base::utf8_length(heard));
    EXPECT_LE(chars * 0.1, sent + 0.35) << heard;
    EXPECT_GE(chars * 0.1, sent - 1.2) << heard;
    EXPECT_TRUE(heard.empty() || long_answer[heard.size()] == ' ') << "a word was cut: " << heard;
  }
}

TEST(FieldNotes, N10_TenBackchannelsDoNotInterruptATwentySecondAnswer) {
  Scene s;
  ask_long(s);
  s.outputs.clear();
  for (int i = 0; i < 10; ++i) s.caller_says(i % 2 == 0 ? "네…" : "네", i % 3 == 0 ? 420ms : 280ms, 1000ms + i * 1400ms);
  s.run(40s);
  EXPECT_EQ(s.steps(Step::confirmed), 0);
  EXPECT_EQ(s.llm.asked.size(), 1u);
  EXPECT_EQ(s.said(Who::assistant), std::vector<std::string>{long_answer});
}

TEST(FieldNotes, N10_StopWordSilencesWithinThreeHundredMilliseconds) {
  Scene s;
  ask_long(s);
  s.run(3s);
  s.stt.partial_lag = 450ms;
  s.caller_says("잠깐만요", 700ms);
  const Time start = s.now();
  ASSERT_TRUE(s.run_until([&] { return !s.bot_audible() && s.player.paused(); }));
  s.run(20ms);
  EXPECT_FALSE(s.bot_audible());
  EXPECT_LE(base::to_ms(s.now() - start), 320);
  s.run(10s);
  EXPECT_EQ(s.steps(Step::confirmed), 1);
  EXPECT_EQ(s.steps(Step::resumed), 0);
}

TEST(FieldNotes, N11_CoughBetweenTheUsersEndAndTheBotsStart) {
  for (const Millis length : {150ms, 300ms, 420ms}) {
    Scene s;
    s.stt.final_lag = 100ms;
    s.llm.script = [](const LlmInput&) { return ScriptedLlm::say("아홉 시에 엽니다.", 1200ms); };
    s.answer();
    s.run(7s);
    s.caller_says("영업 시간 알려 주세요", 1000ms);
    s.run(1900ms);  // decided, the model is thinking
    ASSERT_EQ(s.llm.asked.size(), 1u);
    s.caller_says("", length);
    s.run(8s);
    EXPECT_EQ(s.llm.asked.size(), 1u) << length.count();
    EXPECT_EQ(s.llm.cancelled, 0);
    EXPECT_EQ(s.said(Who::assistant).back(), "아홉 시에 엽니다.") << length.count();
  }
}

TEST(FieldNotes, N11_EvenALongCoughOnlyDelaysTheAnswer) {
  Scene s;
  s.llm.script = [](const LlmInput&) { return ScriptedLlm::say("아홉 시에 엽니다.", 1200ms); };
  s.answer();
  s.run(7s);
  s.caller_says("영업 시간 알려 주세요", 1000ms);
  s.run(1900ms);
  s.caller_says("", 900ms);
  s.run(8s);
  EXPECT_EQ(s.said(Who::assistant).back(), "아홉 시에 엽니다.");
  EXPECT_EQ(s.llm.asked.back().text, "영업 시간 알려 주세요");
}

TEST(FieldNotes, N12_EchoOfOurOwnVoiceNeverInterruptsInAHundredTurns) {
  Scene s;
  s.echo_gain = 0.316;  // -10 dB
  s.llm.script = [](const LlmInput&) { return ScriptedLlm::say("네, 알겠습니다. 확인해 보겠습니다."); };
  s.answer();
  s.run(8s);
  for (int i = 0; i < 100; ++i) {
    s.caller_says("다음 질문입니다", 900ms);
    s.run(5500ms);
  }
  EXPECT_EQ(s.llm.asked.size(), 100u);
  EXPECT_EQ(s.steps(Step::confirmed), 0);
  EXPECT_LE(s.steps(Step::paused), 2);
}

TEST(FieldNotes, N12_ARealVoiceOverTheEchoStillInterrupts) {
  Scene s;
  s.echo_gain = 0.316;
  ask_long(s);
  s.run(3s);
  ASSERT_EQ(s.steps(Step::confirmed), 0);
  s.caller_says("토요일에도 여나요", 1500ms);
  const Time start = s.now();
  ASSERT_TRUE(s.run_until([&] { return s.steps(Step::confirmed) == 1; }, 3s));
  EXPECT_LE(base::to_ms(s.now() - start), 900);
}

}  // namespace
}  // namespace daedap::speech::test
