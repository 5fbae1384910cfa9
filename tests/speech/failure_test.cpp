#include <gtest/gtest.h>

#include "speech/scene.hpp"

namespace daedap::speech::test {
namespace {

using Who = Said::Speaker;

/// The model is asked when the turn is decided: failures of an answer asked ahead are ahead_test's.
struct Asking : Scene {
  explicit Asking(std::function<void(Settings&)> change = {})
      : Scene([change = std::move(change)](Settings& s) {
          s.turn.eager = 1;
          if (change) change(s);
        }) {
    answer();
    run(7s);
    outputs.clear();
  }
  void ask() { caller_says("영업 시간 알려 주세요", 1000ms); }
  bool fell_back_to(const std::string& fallback) const {
    for (const auto& d : all<Degraded>()) {
      if (d.fallback == fallback) return true;
    }
    return false;
  }
};

std::vector<LlmStep> failed(Millis after) {
  return {{after, LlmFailed{{base::Code::engine_failed, "boom", ""}}}};
}

TEST(EngineFailure, AFailedModelIsAskedAgainBehindAnApology) {
  Asking s;
  int calls = 0;
  s.llm.script = [&](const LlmInput&) { return ++calls == 1 ? failed(100ms) : ScriptedLlm::say("아홉 시에 엽니다."); };
  s.ask();
  s.run(10s);
  EXPECT_TRUE(s.fell_back_to("apology"));
  EXPECT_EQ(s.said(Who::assistant).back(), phrase(Phrase::try_again, "ko") + " 아홉 시에 엽니다.");
  EXPECT_EQ(s.llm.asked[1].text, s.llm.asked[0].text);
  EXPECT_EQ(s.said(Who::caller).size(), 1u);
}

TEST(EngineFailure, ALateFirstTokenIsAnsweredAtTheLimit) {
  Asking s;
  int calls = 0;
  s.llm.script = [&](const LlmInput&) { return ++calls == 1 ? ScriptedLlm::say("늦었습니다.", 60000ms) : ScriptedLlm::say("됩니다."); };
  s.ask();
  ASSERT_TRUE(s.run_until([&] { return s.llm.asked.size() == 1; }));
  const Time asked = s.now();
  ASSERT_TRUE(s.run_until([&] { return s.bot_audible(); }));
  EXPECT_NEAR(base::to_ms(s.now() - asked), 4000, 100);
  s.run(6s);
  EXPECT_EQ(s.said(Who::assistant).back(), phrase(Phrase::try_again, "ko") + " 됩니다.");
}

TEST(EngineFailure, AModelThatRefusesIsAFailureToo) {
  Asking s;
  s.llm.refuse_asks = 1;
  s.ask();
  s.run(8s);
  EXPECT_TRUE(s.fell_back_to("apology"));
  EXPECT_EQ(s.llm.asked.size(), 2u);
}

TEST(EngineFailure, ADeadModelEndsInAMessageAndAFarewell) {
  Asking s;
  s.llm.script = [](const LlmInput&) { return failed(50ms); };
  s.ask();
  ASSERT_TRUE(s.run_until([&] { return s.fell_back_to("take_message"); }, 20s));
  ASSERT_TRUE(s.run_until([&] { return !s.said(Who::assistant).empty() && s.said(Who::assistant).back() == phrase(Phrase::leave_message_failed, "ko"); }, 20s));
  s.caller_says("전화 부탁드립니다", 1500ms, 300ms);
  ASSERT_TRUE(s.run_until([&] { return s.count<Finished>() == 1; }, 30s));
  EXPECT_EQ(s.count<MessageTaken>(), 1);
  EXPECT_EQ(s.all<Finished>()[0].why, Finished::Why::engine_failure);
}

TEST(EngineFailure, AnAnswerThatBreaksOffIsExcused) {
  Asking s;
  s.llm.script = [](const LlmInput&) {
    auto steps = ScriptedLlm::say("아홉 시에 엽니다. 그리고 주말에는");
    steps.pop_back();
    steps.push_back({200ms, LlmFailed{{base::Code::engine_failed, "cut", ""}}});
    return steps;
  };
  s.ask();
  s.run(15s);
  const auto said = s.said(Who::assistant);
  ASSERT_EQ(said.size(), 2u);
  EXPECT_EQ(said[0], "아홉 시에 엽니다.");
  EXPECT_EQ(said[1], phrase(Phrase::lost_thread, "ko"));
}

TEST(EngineFailure, AModelThatStallsInMidAnswerIsLate) {
  Asking s;
  s.llm.script = [](const LlmInput&) {
    auto steps = ScriptedLlm::say("아홉 시에 엽니다. ");
    steps.pop_back();
    return steps;  // and never ends
  };
  s.ask();
  ASSERT_TRUE(s.run_until([&] { return s.fell_back_to("apology"); }, 20s));
  s.run(10s);
  EXPECT_EQ(s.said(Who::assistant).back(), phrase(Phrase::lost_thread, "ko"));
}

TEST(EngineFailure, ASentenceThatFailedIsSpokenAtTheSecondTry) {
  Asking s;
  s.tts.fail_next = 1;
  s.llm.script = [](const LlmInput&) { return ScriptedLlm::say("아홉 시에 엽니다."); };
  s.ask();
  s.run(10s);
  EXPECT_TRUE(s.fell_back_to("apology"));
  EXPECT_EQ(s.said(Who::assistant).back(), phrase(Phrase::try_again, "ko") + " 아홉 시에 엽니다.");
}

TEST(EngineFailure, ADeadSynthesizerEndsWithAPromptMadeAhead) {
  Asking s;
  s.tts.dead = true;
  s.ask();
  ASSERT_TRUE(s.run_until([&] { return s.count<Finished>() == 1; }, 20s));
  EXPECT_EQ(s.all<Finished>()[0].why, Finished::Why::engine_failure);
  EXPECT_TRUE(s.fell_back_to("hang_up"));
  EXPECT_EQ(s.said(Who::assistant).back(), phrase(Phrase::engines_dead, "ko"));
}

TEST(EngineFailure, AMuteSynthesizerIsLateAndNeverASilentCall) {
  Asking s;
  s.tts.mute = true;
  s.ask();
  ASSERT_TRUE(s.run_until([&] { return s.llm.asked.size() == 1; }));
  const Time asked = s.now();
  ASSERT_TRUE(s.run_until([&] { return s.bot_audible(); }, 5s));
  EXPECT_LE(base::to_ms(s.now() - asked), 2300);
  ASSERT_TRUE(s.run_until([&] { return s.count<Finished>() == 1; }, 20s));
}

TEST(EngineFailure, WithoutPromptsADeadSynthesizerStillEndsTheCallAudibly) {
  Scene s({}, false);
  s.tts.dead = true;
  s.answer();
  bool sound = false;
  s.each_tick = [&] { sound = sound || s.bot_audible(); };
  ASSERT_TRUE(s.run_until([&] { return s.count<Finished>() == 1; }, 10s));
  EXPECT_TRUE(sound);
  EXPECT_EQ(s.all<Finished>()[0].why, Finished::Why::engine_failure);
}

TEST(EngineFailure, APlayerThatRefusesAudioDoesNotHangTheCall) {
  Asking s;
  s.player.full = true;
  s.ask();
  EXPECT_TRUE(s.run_until([&] { return s.count<Finished>() == 1; }, 60s));
}

TEST(EngineFailure, TheRecogniserIsOpenedAgainOnceWithTheWordsSoFar) {
  Asking s;
  s.ask();
  s.run(500ms);
  s.stt.die();
  s.run(8s);
  EXPECT_EQ(s.stt.opened, 2);
  ASSERT_EQ(s.llm.asked.size(), 1u);
  EXPECT_EQ(s.llm.asked[0].text, "영업 시간 알려 주세요");
  EXPECT_EQ(s.count<Degraded>(), 0);
}

TEST(EngineFailure, ARecogniserThatDiesTwiceLeavesTheKeypadAndTheMessage) {
  Asking s;
  s.stt.die();
  s.run(2s);
  s.stt.die();
  s.run(12s);
  EXPECT_TRUE(s.fell_back_to("keypad"));
  EXPECT_EQ(s.said(Who::assistant).back(), phrase(Phrase::no_recogniser, "ko"));
  s.conversation->on_digit('*', s.now());
  s.run(10s);
  EXPECT_EQ(s.said(Who::assistant).back(), phrase(Phrase::leave_message, "ko"));
}

TEST(EngineFailure, ALateFinalGivesWayToTheInterimText) {
  Asking s;
  s.stt.answers = false;
  s.ask();
  s.run(8s);
  ASSERT_EQ(s.llm.asked.size(), 1u);
  EXPECT_EQ(s.llm.asked[0].text, "영업 시간 알려 주세요");
  EXPECT_TRUE(s.fell_back_to("interim"));
}

TEST(EngineFailure, ALateFinalWithoutInterimTextAsksAgain) {
  Asking s;
  s.stt.answers = s.stt.partials = false;
  s.ask();
  s.run(8s);
  ASSERT_EQ(s.llm.asked.size(), 1u);
  EXPECT_EQ(s.llm.asked[0].kind, LlmInput::Kind::unclear);
}

}  // namespace
}  // namespace daedap::speech::test
