// The pauses of whole calls, as they are kept for calibration.
#include "tests/sim/pbx.hpp"

namespace daedap::sim {
namespace {

using speech::turn::PauseLabel;

struct Pauses : Pbx {
  Pauses() {
    settings.call.listen = true;
    settings.call.conversation.turn.keep_pauses = true;
    settings.engines.stt.script = [this](int n, int stream) {
      const auto& lines = script[stream];
      const auto i = static_cast<std::size_t>(n);
      return Recognised{.text = i < lines.size() ? lines[i] : "", .partials = {}};
    };
  }
  const call::PausesHeard* heard() const {
    for (const call::Event& event : server->events())
      if (const auto* pauses = std::get_if<call::PausesHeard>(&event)) return pauses;
    return nullptr;
  }
  void hang_up(Phone& caller) {
    caller.command([](call::TestCaller& c, base::Time now) { c.hang_up(now); });
    finish(caller);
    run(Millis(200));
  }
  std::map<int, std::vector<std::string>> script;
};

std::string told(const call::PausesHeard& heard) {
  std::string all;
  for (const call::LoggedPause& one : heard.pauses) {
    all += one.speaker == call::LoggedPause::Speaker::customer ? "C:" : "A:";
    all += std::string(name(one.found.label)) + " ";
  }
  return all;
}

TEST_F(Pauses, OfTwoPeopleAreLabelledByWhoSpokeNext) {
  script = {{0, {"카드를 잃어버렸는데", "다시 만들 수 있을까요"}}, {1, {"본인이신가요"}}};
  DeskPhone& kim = desk("1002", {.hz = 0});
  Phone& caller = dial_operator("1002", {Wait{seconds(2)}, say("카드를 잃어버렸는데"), Wait{Millis(700)},
                                         say("다시 만들 수 있을까요"), Wait{Millis(600'000)}});
  run(seconds(6));
  kim.say(speak("본인이신가요 성함을 알려 주세요", {.period = 130}));
  run(seconds(6));
  hang_up(caller);
  ASSERT_NE(heard(), nullptr);
  EXPECT_EQ(told(*heard()), "C:hold C:eot A:censored ");
  const auto& first = heard()->pauses[0];
  EXPECT_NEAR(base::to_ms_f(first.found.length), 700, 120);
  EXPECT_FALSE(first.with_ai);
  EXPECT_EQ(first.codec, "PCMU");
  EXPECT_EQ(first.pause.steps.back().text, "카드를 잃어버렸는데");
  EXPECT_TRUE(heard()->with_text);
  ASSERT_TRUE(std::holds_alternative<call::CallEnded>(server->events().back()));
  EXPECT_FALSE(told(*heard()).empty());
  expect_clean();
}

TEST_F(Pauses, OfACallerOfTheAssistantEndWhereItAnswers) {
  script = {{0, {"영업 시간이 어떻게 되나요"}}};
  settings.engines.llm.rules = {{"영업", "평일 아홉 시부터 여섯 시까지입니다.", "hours"}};
  Phone& caller = dial_operator("1001", {Listen{}, say("영업 시간이 어떻게 되나요"), Listen{}, Wait{seconds(3)}});
  finish(caller);
  run(seconds(3));
  ASSERT_NE(heard(), nullptr);
  EXPECT_EQ(told(*heard()), "C:eot ");
  EXPECT_TRUE(heard()->pauses[0].with_ai);
  EXPECT_TRUE(heard()->pauses[0].pause.decided);
  EXPECT_FALSE(heard()->pauses[0].pause.asked.empty());
  expect_clean();
}

TEST_F(Pauses, AreNotKeptUnlessAsked) {
  settings.call.conversation.turn.keep_pauses = false;
  script = {{0, {"여보세요"}}, {1, {}}};
  desk("1002", {.hz = 0});
  Phone& caller = dial_operator("1002", {Wait{seconds(2)}, say("여보세요 계세요"), Wait{Millis(600'000)}});
  run(seconds(6));
  hang_up(caller);
  EXPECT_EQ(heard(), nullptr);
}

TEST_F(Pauses, OfACallThatIsNotRecordedCarryNoLeaveToKeepItsWords) {
  settings.call.record = false;
  script = {{0, {"여보세요"}}, {1, {}}};
  desk("1002", {.hz = 0});
  Phone& caller = dial_operator("1002", {Wait{seconds(2)}, say("여보세요 계세요"), Wait{Millis(600'000)}});
  run(seconds(6));
  hang_up(caller);
  ASSERT_NE(heard(), nullptr);
  EXPECT_FALSE(heard()->with_text);
}

TEST_F(Pauses, OfACallThatLeavesNeitherSoundNorWordsAreNotKept) {
  settings.call.record = false;
  settings.engines.stt.languages.clear();
  desk("1002", {.hz = 0});
  Phone& caller = dial_operator("1002", {Wait{seconds(2)}, say("아무도 알아듣지 못하는 말"), Wait{Millis(600'000)}});
  run(seconds(6));
  hang_up(caller);
  EXPECT_EQ(heard(), nullptr);
}

}  // namespace
}  // namespace daedap::sim
