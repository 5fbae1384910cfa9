#include <gtest/gtest.h>

#include "speech/scene.hpp"

namespace daedap::speech::test {
namespace {

using Who = Said::Speaker;
using Step = BargeIn::Step;

const std::string long_answer =
    "영업 시간은 평일 오전 아홉 시부터 오후 여섯 시까지이며 점심 시간은 열두 시부터 한 시까지입니다. "
    "주말과 공휴일에는 쉬고 있으니 급한 일은 홈페이지를 이용해 주시기 바랍니다. "
    "그 밖에 궁금한 것이 있으시면 언제든지 말씀해 주세요.";

// A scene whose bot is in the middle of a long answer.
struct Speaking : Scene {
  explicit Speaking(std::function<void(Settings&)> change = {}) : Scene(std::move(change)) {
    llm.script = [](const LlmInput& in) {
      return ScriptedLlm::say(llm_count(in) ? long_answer : "네, 말씀하세요.");
    };
    answer();
    run(7s);
    caller_says("영업 시간 알려 주세요", 1000ms);
    run_until([&] { return bot_audible() && llm.asked.size() == 1; });
    run(2s);
    outputs.clear();
  }
  static bool llm_count(const LlmInput& in) { return in.text == "영업 시간 알려 주세요"; }
};

TEST(BargeIn, PausesAtAQuarterSecondAndConfirmsAtHalf) {
  Speaking s;
  s.stt.partials = false;
  s.caller_says("아니 그게 아니라 토요일이요", 1800ms);
  const Time start = s.now();
  ASSERT_TRUE(s.run_until([&] { return s.steps(Step::paused) == 1; }));
  EXPECT_NEAR(base::to_ms(s.now() - start), 250, 50);
  s.run(40ms);
  EXPECT_FALSE(s.bot_audible());
  ASSERT_TRUE(s.run_until([&] { return s.steps(Step::confirmed) == 1; }));
  EXPECT_NEAR(base::to_ms(s.now() - start), 500, 60);
  s.run(5s);
  EXPECT_EQ(s.llm.asked.back().text, "아니 그게 아니라 토요일이요");
}

TEST(BargeIn, IsConfirmedByWordsBeforeHalfASecond) {
  Speaking s;
  s.stt.partial_lag = 300ms;
  s.caller_says("토요일에도 여나요", 1200ms);
  const Time start = s.now();
  ASSERT_TRUE(s.run_until([&] { return s.steps(Step::confirmed) == 1; }));
  EXPECT_LT(base::to_ms(s.now() - start), 420);
}

TEST(BargeIn, AStopWordConfirmsEvenWhenShort) {
  Speaking s;
  s.stt.partial_lag = 200ms;
  s.caller_says("잠깐만요", 600ms);
  const Time start = s.now();
  ASSERT_TRUE(s.run_until([&] { return s.steps(Step::confirmed) == 1; }));
  EXPECT_LE(base::to_ms(s.now() - start), 300);
}

TEST(BargeIn, ResumesAtTheNextUnheardSampleAfterAFalseAlarm) {
  Speaking s;
  s.stt.partials = false;
  s.caller_says("", 300ms);
  ASSERT_TRUE(s.run_until([&] { return s.steps(Step::paused) == 1; }));
  s.run(20ms);
  const auto at = s.player.played();
  const Time paused = s.now();
  ASSERT_TRUE(s.run_until([&] { return s.steps(Step::resumed) == 1; }));
  EXPECT_LE(base::to_ms(s.now() - paused), 2000);
  EXPECT_LE(s.player.played() - at, 320);  // the tick in which it went on
  s.run(30s);
  EXPECT_EQ(s.steps(Step::confirmed), 0);
  EXPECT_EQ(s.said(Who::assistant), std::vector<std::string>{long_answer});
}

TEST(BargeIn, ResumesWithinTwoSecondsWhenTheRecogniserSaysNothing) {
  Speaking s;
  s.stt.partials = false;
  s.stt.answers = false;
  s.caller_says("", 300ms);
  ASSERT_TRUE(s.run_until([&] { return s.steps(Step::paused) == 1; }));
  const Time paused = s.now();
  ASSERT_TRUE(s.run_until([&] { return s.steps(Step::resumed) == 1; }, 3s));
  EXPECT_LE(base::to_ms(s.now() - paused), 2020);
}

TEST(BargeIn, ALateFinalWithWordsStillInterrupts) {
  Speaking s;
  s.stt.partials = false;
  s.stt.final_lag = 400ms;
  s.caller_says("토요일은요", 400ms);
  s.run(6s);
  EXPECT_EQ(s.steps(Step::confirmed), 1);
  EXPECT_EQ(s.llm.asked.back().text, "토요일은요");
}

TEST(BargeIn, ABackchannelIsTranscribedButNotAnswered) {
  Speaking s;
  s.caller_says("네네", 350ms);
  s.run(4s);
  EXPECT_EQ(s.steps(Step::confirmed), 0);
  EXPECT_EQ(s.llm.asked.size(), 1u);
  EXPECT_EQ(s.said(Who::caller), std::vector<std::string>{"네네"});
}

TEST(BargeIn, HistoryKeepsOnlyWhatWasHeard) {
  Speaking s;
  s.caller_says("토요일에도 여나요", 1200ms);
  s.run(5s);
  const auto said = s.all<Said>();
  ASSERT_GE(said.size(), 1u);
  EXPECT_TRUE(said[0].interrupted);
  EXPECT_EQ(said[0].planned.rfind(said[0].text, 0), 0u) << said[0].text;
  EXPECT_LT(said[0].text.size(), said[0].planned.size());
  const auto& h = s.llm.histories.back();
  EXPECT_EQ(h.back().role, HistoryEntry::Role::assistant);
  EXPECT_EQ(h.back().text, said[0].text);
}

TEST(BargeIn, TheGreetingCanBeInterrupted) {
  Scene s;
  s.answer();
  s.run(1500ms);
  s.caller_says("상담원 바꿔 주세요", 1300ms);
  s.run(5s);
  EXPECT_EQ(s.steps(Step::confirmed), 1);
  EXPECT_LT(s.said(Who::assistant).at(0).size(), s.settings.greeting.size());
  EXPECT_EQ(s.llm.asked.at(0).text, "상담원 바꿔 주세요");
}

TEST(BargeIn, WithoutARecogniserHalfASecondOfVoiceStopsTheBot) {
  Scene s;
  s.stt.knows_language = false;
  s.answer();
  s.run(1500ms);
  s.caller_says("상담원 바꿔 주세요", 1300ms);
  s.run(5s);
  EXPECT_FALSE(s.llm.params.speech_understood);
  EXPECT_EQ(s.steps(Step::confirmed), 1);
  ASSERT_EQ(s.llm.asked.size(), 1u);
  EXPECT_EQ(s.llm.asked[0].kind, LlmInput::Kind::unclear);
}

TEST(BargeIn, WithoutARecogniserAShorterVoiceOnlyPauses) {
  Scene s;
  s.stt.knows_language = false;
  s.answer();
  s.run(1500ms);
  s.caller_says("네", 320ms);
  s.run(12s);
  EXPECT_EQ(s.steps(Step::paused), 1);
  EXPECT_EQ(s.steps(Step::resumed), 1);
  EXPECT_TRUE(s.llm.asked.empty());
  EXPECT_EQ(s.said(Who::assistant), std::vector<std::string>{s.settings.greeting});
}

TEST(BargeIn, AYesIntoTheLastSyllableIsAnAnswer) {
  Scene s;
  s.llm.script = [](const LlmInput& in) {
    return ScriptedLlm::say(in.text == "네" ? "예약되었습니다." : "내일 오후 두 시에 예약해 드릴까요?");
  };
  s.answer();
  s.run(7s);
  s.caller_says("예약이요", 900ms);
  ASSERT_TRUE(s.run_until([&] { return s.bot_audible() && s.llm.asked.size() == 1; }));
  s.run(500ms);
  ASSERT_TRUE(s.run_until([&] { return s.player.queued() < 16 * 700; }));
  s.caller_says("네", 300ms);
  s.run(6s);
  ASSERT_EQ(s.llm.asked.size(), 2u);
  EXPECT_EQ(s.llm.asked[1].text, "네");
}

TEST(BargeIn, CallerNoiseOnALoudLineIsNoVoice) {
  Scene s;
  s.noise = 400;
  s.answer();
  s.run(12s);
  EXPECT_EQ(s.steps(Step::confirmed), 0);
  EXPECT_EQ(s.said(Who::assistant).at(0), s.settings.greeting);
}

}  // namespace
}  // namespace daedap::speech::test
