// The two speakers of a call between people, heard apart.
#include "tests/sim/speakers.hpp"

namespace daedap::sim {
namespace {

TEST_F(Speakers, EachHasTheirOwnWordsAndDecisionsAlsoWhenTheySpeakAtOnce) {
  script = {{0, {"카드를 잃어버렸어요", "네 맞아요"}}, {1, {"본인이신가요"}}};
  DeskPhone& kim = desk("1002", {.hz = 0});
  Phone& caller = dial_operator("1002", {Wait{seconds(2)}, say("카드를 잃어버렸어요 어제 저녁에"), Wait{seconds(4)},
                                         say("네 맞아요 그렇습니다"), Wait{Millis(600'000)}});
  run(Millis(3000));
  says(kim, "본인이신가요 성함을 알려 주세요");
  run(seconds(10));
  EXPECT_EQ(told(), "C+카드를 잃어버렸어요|A+본인이신가요|C+네 맞아요|");
  hang_up(caller);
  const call::Record done = record();
  ASSERT_EQ(done.turns.size(), 3U);
  EXPECT_EQ(done.turns[0].text, "카드를 잃어버렸어요");
  EXPECT_EQ(talks(), 1);
  expect_clean();
}

TEST_F(Speakers, WordsBeforeAPauseInMidSentenceAreIncomplete) {
  script = {{0, {"카드를 잃어버렸는데", "다시 만들 수 있을까요"}}, {1, {}}};
  desk("1002", {.hz = 0});
  Phone& caller = dial_operator("1002", {Wait{seconds(2)}, say("카드를 잃어버렸는데"), Wait{Millis(700)},
                                         say("다시 만들 수 있을까요"), Wait{Millis(600'000)}});
  run(seconds(9));
  EXPECT_EQ(told(), "C-카드를 잃어버렸는데|C+다시 만들 수 있을까요|");
  hang_up(caller);
}

TEST_F(Speakers, TheLastWordsBeforeAHangUpAreTold) {
  script = {{0, {"그럼 끊을게요"}}, {1, {}}};
  settings.engines.stt.final_delay = Millis(900);
  desk("1002", {.hz = 0});
  Phone& caller = dial_operator("1002", {Wait{seconds(2)}, say("그럼 끊을게요 감사합니다")});
  finish(caller);
  run(seconds(3));
  EXPECT_EQ(told(), "C+그럼 끊을게요|");
  ASSERT_TRUE(std::holds_alternative<call::CallEnded>(server->events().back())) << "nothing is told after the end";
  EXPECT_EQ(record().turns.size(), 1U);
  expect_clean();
}

TEST_F(Speakers, CustomerIsHeardOnAcrossATransfer) {
  script = {{0, {"담당자를 바꿔 주세요", "여보세요"}}, {1, {"연결해 드리겠습니다", "전화 바꿨습니다"}}};
  DeskPhone& kim = desk("1002", {.hz = 0});
  DeskPhone& lee = desk("1004", {.hz = 0});
  Phone& caller = dial_operator("1002", {Wait{seconds(2)}, say("담당자를 바꿔 주세요"), Wait{seconds(8)}, say("여보세요 여보세요"), Wait{Millis(600'000)}});
  run(seconds(5));
  says(kim, "연결해 드리겠습니다");
  run(seconds(3));
  kim.refer("sip:1004@" + server->sip_address().text());
  run(seconds(2));
  says(lee, "전화 바꿨습니다 안녕하세요");
  run(seconds(8));
  EXPECT_EQ(told(), "C+담당자를 바꿔 주세요|A+연결해 드리겠습니다|A+전화 바꿨습니다|C+여보세요|");
  hang_up(caller);
  EXPECT_EQ(talks(), 1);
  expect_clean();
}

TEST_F(Speakers, WithoutARecordingTheyAreListenedToAllTheSame) {
  script = {{0, {"여보세요"}}, {1, {}}};
  settings.call.record = false;
  desk("1002", {.hz = 0});
  Phone& caller = dial_operator("1002", {Wait{seconds(2)}, say("여보세요 계세요"), Wait{Millis(600'000)}});
  run(seconds(6));
  EXPECT_EQ(told(), "C+여보세요|");
  hang_up(caller);
}

TEST_F(Speakers, WithoutARecogniserTheCallGoesOnAndVoicesAreMeasured) {
  settings.engines.stt.languages.clear();
  desk("1002", {.hz = 0});
  Phone& caller = dial_operator("1002", {Wait{seconds(2)}, say("아무도 알아듣지 못하는 말"), Wait{Millis(600'000)}});
  run(seconds(6));
  hang_up(caller);
  EXPECT_GT(leg(record(), "caller").talk_ms, 500);
  expect_clean();
}

TEST_F(Speakers, TimeOfTalkIsInTheRecord) {
  desk("1002", {.hz = 0});
  Phone& caller = dial_operator("1002", {Wait{seconds(3)}, say("영업 시간이 어떻게 되나요"), Wait{seconds(2)},
                                         say("영업 시간이 어떻게 되나요"), Wait{Millis(600'000)}});
  run(seconds(15));
  hang_up(caller);
  const call::Record done = record();
  const auto said = 2 * static_cast<std::int64_t>(say("영업 시간이 어떻게 되나요").pcm.size()) / 16;
  EXPECT_EQ(leg(done, "caller").speaker, "customer");
  EXPECT_NEAR(static_cast<double>(leg(done, "caller").talk_ms), static_cast<double>(said), 0.25 * static_cast<double>(said));
  EXPECT_EQ(leg(done, "operator 1002").speaker, "agent");
  EXPECT_EQ(leg(done, "operator 1002").talk_ms, 0);
  expect_clean();
}

TEST_F(Speakers, NobodyMeasuresWhatNobodyRecordsOrListensTo) {
  settings.call.listen = false;
  settings.call.record_bridged = false;
  desk("1002");
  Phone& caller = dial_operator("1002", {tone(450)});
  run(seconds(3));
  hang_up(caller);
  EXPECT_EQ(leg(record(), "caller").speaker, "");
}

}  // namespace
}  // namespace daedap::sim
