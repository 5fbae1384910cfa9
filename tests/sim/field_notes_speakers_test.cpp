// The field's bug lists, for those who listen to calls between people.
#include "tests/sim/speakers.hpp"

namespace daedap::sim {
namespace {

struct FieldNotes_Speakers : Speakers {
  base::Duration time_to_end() {
    const base::Time bye = server->log().find("ai_call_bye_received")->at;
    return server->log().find("call_terminated")->at - bye;
  }
};

/// Speech without a pause.
std::vector<std::int16_t> unbroken(base::Duration length, int period) {
  std::vector<std::int16_t> pcm;
  while (pcm.size() < static_cast<std::size_t>(audio::samples_in(length))) {
    const auto more = speak("안녕하세요반갑습니다오늘은날씨가좋네요", {.period = period});
    pcm.insert(pcm.end(), more.begin(), more.end());
  }
  pcm.resize(static_cast<std::size_t>(audio::samples_in(length)));
  return pcm;
}

TEST_F(FieldNotes_Speakers, N07_RecogniserResetInMidSendLosesNoWordAndHurtsNoOther) {
  script = {{0, {"카드를 잃어버렸어요"}}, {1, {"본인이신가요"}}, {2, {"카드를 잃어버렸어요", "네 맞아요"}}};
  settings.engines.stt.faults.failing = {1};
  DeskPhone& kim = desk("1002", {.hz = 0});
  Phone& caller = dial_operator("1002", {Wait{seconds(2)}, say("카드를 잃어버렸어요"), Wait{seconds(6)}, say("네 맞아요 그렇습니다"), Wait{Millis(600'000)}});
  run(seconds(5));
  says(kim, "본인이신가요 성함을 알려 주세요");
  run(seconds(9));
  EXPECT_EQ(told(), "C+카드를 잃어버렸어요|A+본인이신가요|C+네 맞아요|");
  EXPECT_EQ(server->engines().stt.streams(), 3);
  EXPECT_EQ(server->log().count("listener_failed"), 1);
  hang_up(caller);
  EXPECT_EQ(record().media.packets_lost, 0U);
  expect_clean();
}

TEST_F(FieldNotes_Speakers, N07_RecogniserThatIsThereAndNeverAnswersIsWaitedForAShortWhile) {
  script = {{0, {"카드를 잃어버렸어요"}}, {1, {"본인이신가요"}}};
  settings.engines.stt.faults.dead = true;
  DeskPhone& kim = desk("1002", {.hz = 0});
  Phone& caller = dial_operator("1002", {Wait{seconds(2)}, say("카드를 잃어버렸어요"), Wait{seconds(8)}, say("여보세요 여보세요")});
  run(seconds(6));
  says(kim, "본인이신가요 성함을 알려 주세요");
  run(seconds(4));
  EXPECT_EQ(told(), "C+|A+|") << "who spoke when is told even so";
  finish(caller);
  EXPECT_LE(base::to_ms(time_to_end()), 2005);
  EXPECT_EQ(talks(), 1);
  EXPECT_TRUE(record().turns.empty());
  expect_clean();
}

TEST_F(FieldNotes_Speakers, N07_RecogniserThatEndsAtItsCapWhileTheCustomerTalksGoesOn) {
  script = {{0, {"처음부터 말씀드리면"}}, {1, {}}, {2, {"그래서 전화했어요", "네 맞아요"}}};
  settings.engines.stt.faults.failing = {1};
  desk("1002", {.hz = 0});
  Phone& caller = dial_operator("1002", {Wait{seconds(2)}, sound(unbroken(seconds(36), 72)), Wait{seconds(6)}, say("네 맞아요 그렇습니다"), Wait{Millis(600'000)}});
  run(seconds(50));
  EXPECT_EQ(told(), "C-|C+그래서 전화했어요|C+네 맞아요|") << "of the first part no audio is left; the others have their own words";
  hang_up(caller);
  expect_clean();
}

TEST_F(FieldNotes_Speakers, N08_ByeAfterTheLastSyllablesOfBothAndTheFinalsComeLater) {
  script = {{0, {"내일 오전에 전화 주세요"}}, {1, {"네 그렇게 하겠습니다"}}};
  settings.engines.stt.final_delay = Millis(1500);
  DeskPhone& kim = desk("1002", {.hz = 0});
  const Speak last_words = say("내일 오전에 전화 주세요");
  Phone& caller = dial_operator("1002", {Wait{seconds(3)}, last_words, Wait{Millis(50)}});
  run(seconds(3));
  says(kim, "네 그렇게 하겠습니다");
  finish(caller);
  run(seconds(1));
  const std::string all = told();
  EXPECT_NE(all.find("C+내일 오전에 전화 주세요|"), std::string::npos) << all;
  EXPECT_NE(all.find("A+네 그렇게 하겠습니다|"), std::string::npos) << all;
  EXPECT_LE(base::to_ms(time_to_end()), 2005);
  EXPECT_EQ(record().turns.size(), 2U);
  ASSERT_TRUE(std::holds_alternative<call::CallEnded>(server->events().back())) << "nothing is told after the end";
  expect_clean();
}

TEST_F(FieldNotes_Speakers, N10_BackchannelsOverALongAnswerDoNotInterruptIt) {
  settings.engines.stt.script = [](int n, int stream) {
    if (stream == 0) return Recognised{.text = "네", .partials = {}};
    return n == 0 ? Recognised{.text = "배송은 내일 오전에 도착할 예정입니다", .partials = {}} : Recognised{};
  };
  DeskPhone& kim = desk("1002", {.hz = 0});
  std::vector<Step> steps{Wait{seconds(3)}};
  for (int i = 0; i < 10; ++i) {
    steps.push_back(sound(speak("네네네네네", {.period = 90})));
    steps.push_back(Wait{Millis(1500)});
  }
  steps.push_back(Wait{Millis(600'000)});
  Phone& caller = dial_operator("1002", std::move(steps));
  run(seconds(2));
  kim.say(unbroken(seconds(20), 140));
  run(seconds(25));
  hang_up(caller);
  const std::string all = told();
  std::size_t acknowledged = 0;
  for (std::size_t at = all.find("C+네|"); at != std::string::npos; at = all.find("C+네|", at + 1)) ++acknowledged;
  EXPECT_GE(acknowledged, 9U) << all;
  EXPECT_NE(all.find("A+배송은 내일 오전에 도착할 예정입니다|"), std::string::npos) << all;
  const call::Conversation talk = record().conversation;
  EXPECT_EQ(talk.interruptions[call::Measures::customer], 0);
  EXPECT_NEAR(static_cast<double>(talk.longest_monologue_ms[call::Measures::agent]), 20'000, 700);
  expect_clean();
}

}  // namespace
}  // namespace daedap::sim
