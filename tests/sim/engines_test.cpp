#include "story.hpp"

namespace daedap::sim {
namespace {

/// An engine is late, dead or full in mid-call: the caller always hears something and the call ends.
class EngineTrouble : public Story {
 protected:
  EngineTrouble() { settings.engines.stt.script = say_in_turn({"영업 시간 알려 주세요", "여보세요 거기 계세요", "다시 말할게요"}); }
  Phone& ask_three_times() {
    std::vector<Step> steps{Listen{}};
    for (const char* text : {"영업 시간 알려 주세요", "여보세요 거기 계세요", "다시 말할게요"}) {
      steps.push_back(say(text));
      steps.push_back(Listen{.at_most = seconds(15)});
    }
    steps.push_back(Wait{seconds(200)});
    Phone& phone = dial(std::move(steps));
    finish(phone, seconds(300));
    return phone;
  }
  /// The longest time that the caller heard nothing after having spoken.
  void expect_answered_within(const Phone& phone, Millis limit) {
    ASSERT_FALSE(phone.report().turns.empty());
    const auto& turn = phone.report().turns.front();
    ASSERT_TRUE(turn.response_ms);
    EXPECT_LE(*turn.response_ms, limit.count());
  }
};

TEST_F(EngineTrouble, DeadModelIsAnsweredByAFallback) {
  settings.engines.llm.faults.dead = true;
  Phone& phone = ask_three_times();
  expect_answered_within(phone, Millis(6500));
  EXPECT_GE(server->log().count("ai_call_handling_error"), 1);
  expect_clean();
}

TEST_F(EngineTrouble, FailingModelIsAnsweredByAFallback) {
  settings.engines.llm.faults.failing = {1, 2, 3, 4, 5, 6};
  Phone& phone = ask_three_times();
  expect_answered_within(phone, Millis(3000));
  EXPECT_GE(server->log().count("ai_call_handling_error"), 1);
  expect_clean();
}

TEST_F(EngineTrouble, OneFailureOfTheModelIsForgotten) {
  settings.engines.llm.faults.failing = {1};
  Phone& phone = ask_three_times();
  expect_answered_within(phone, Millis(3000));
  const auto spoken = turns_of(record(), assistant_said);
  EXPECT_TRUE(std::ranges::any_of(spoken, [](const auto& t) { return t.text.find("라고 하셨습니다") != std::string::npos; }));
  expect_clean();
}

TEST_F(EngineTrouble, RecogniserThatDiesOnceLosesNoWord) {
  settings.engines.stt.faults.failing = {1};
  Phone& phone = ask_three_times();
  expect_answered_within(phone, Millis(4000));
  EXPECT_GE(server->engines().stt.streams(), 2);
  EXPECT_EQ(turns_of(record(), caller_said).front().text, "영업 시간 알려 주세요");
  expect_clean();
}

TEST_F(EngineTrouble, RecogniserThatDiesForGoodDoesNotLeaveTheCallerInSilence) {
  settings.engines.stt.faults.failing = {1, 2, 3, 4, 5, 6, 7, 8};
  Phone& phone = ask_three_times();
  expect_answered_within(phone, Millis(4000));
  EXPECT_GE(server->log().count("ai_call_handling_error"), 1);
  expect_clean();
}

TEST_F(EngineTrouble, SilentRecogniserDoesNotLeaveTheCallerInSilence) {
  settings.engines.stt.faults.dead = true;
  Phone& phone = ask_three_times();
  expect_answered_within(phone, Millis(5000));
  expect_clean();
}

TEST_F(EngineTrouble, DeadVoiceStillGreetsFromThePromptsAndEndsTheCall) {
  open();
  server->engines().tts.settings().faults.dead = true;
  Phone& phone = ask_three_times();
  EXPECT_GE(voiced_ms(phone.report().heard), 1500);
  expect_answered_within(phone, Millis(6000));
  expect_clean();
}

TEST_F(EngineTrouble, FullVoiceIsAnsweredByPreparedSentences) {
  open();
  server->engines().tts.settings().faults.full = true;
  Phone& phone = ask_three_times();
  expect_answered_within(phone, Millis(4000));
  expect_clean();
}

TEST_F(EngineTrouble, LateModelIsBridgedAndThenAnswers) {
  settings.engines.llm.faults.late = {1};
  settings.engines.llm.faults.lateness = Millis(3000);
  Phone& phone = ask_three_times();
  expect_answered_within(phone, Millis(5500));
  EXPECT_TRUE(record().cause.has_value());
  expect_clean();
}

/// Fails the n-th request of each engine in turn: no call hangs, none ends twice.
TEST_F(EngineTrouble, NthRequestOfAnyEngineMayFail) {
  open();
  for (int nth = 1; nth <= 3; ++nth) {
    for (int engine = 0; engine < 3; ++engine) {
      Faults faults;
      faults.refused = faults.failing = {};
      auto& engines = server->engines();
      const int done_llm = static_cast<int>(engines.llm.asked().size());
      const int done_tts = static_cast<int>(engines.tts.asked().size());
      const int done_stt = engines.stt.utterances();
      engines.stt.settings().faults = engines.llm.settings().faults = engines.tts.settings().faults = {};
      if (engine == 0) engines.stt.settings().faults.failing = {done_stt + nth};
      if (engine == 1) engines.llm.settings().faults.refused = {done_llm + nth};
      if (engine == 2) engines.tts.settings().faults.failing = {done_tts + nth};
      Phone& phone = dial({Listen{}, say("영업 시간 알려 주세요"), Listen{.at_most = seconds(10)}, say("네 고맙습니다"), Listen{.at_most = seconds(10)}});
      finish(phone, seconds(100));
      EXPECT_TRUE(phone.report().answered) << engine << " " << nth;
    }
  }
  EXPECT_EQ(server->ended().size(), 9U);
  expect_clean();
}

}  // namespace
}  // namespace daedap::sim
