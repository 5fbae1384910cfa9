#include "story.hpp"

namespace daedap::sim {
namespace {

const std::string long_answer =
    "먼저 홈페이지에 접속하신 다음 로그인을 해 주세요. 그다음 내 정보 화면에서 주소 변경을 선택해 주세요. "
    "새로운 주소를 입력하고 저장을 누르시면 됩니다. 변경된 주소는 다음 달 청구서부터 적용됩니다. "
    "그 밖에 궁금한 점이 있으시면 언제든지 다시 말씀해 주세요. 자세히 안내해 드리겠습니다.";

class BargeIn : public Story {
 protected:
  BargeIn() { settings.engines.llm.rules = {{"주소", long_answer, "address"}}; }
};

TEST_F(BargeIn, CallerTalksOverTheGreetingAndIsHeard) {
  settings.engines.stt.script = say_in_turn({"잠깐만요 영업 시간 알려 주세요"});
  Phone& phone = dial({Wait{Millis(800)}, say("잠깐만요 영업 시간 알려 주세요"), Listen{}});
  finish(phone);
  const auto spoken = turns_of(record(), assistant_said);
  ASSERT_GE(spoken.size(), 2U);
  EXPECT_TRUE(spoken.front().interrupted);
  EXPECT_LT(spoken.front().text.size(), spoken.front().planned.size());
  EXPECT_NE(spoken.back().text.find("영업"), std::string::npos);
  const auto heard = turns_of(record(), caller_said);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard.front().text, "잠깐만요 영업 시간 알려 주세요");
}

TEST_F(BargeIn, BotIsSilentSoonAfterTheCallerBegins) {
  settings.engines.stt.script = say_in_turn({"주소를 바꾸고 싶어요", "잠깐만요 그게 아니고요"});
  Phone& phone = dial({Listen{}, say("주소를 바꾸고 싶어요"), Wait{seconds(5)}, say("잠깐만요 그게 아니고요"), Listen{}});
  finish(phone);
  const auto customer = speech_in(tape().channel(0), 700);
  ASSERT_GE(customer.size(), 2U);
  const auto agent = tape().channel(1);
  // The bot was speaking when the caller began and is silent 300 ms after the pause limit at the latest.
  const std::int64_t began = customer[1].from;
  const auto piece = [&](std::int64_t from, std::int64_t to) {
    return std::vector<std::int16_t>(agent.begin() + from * 16, agent.begin() + to * 16);
  };
  EXPECT_GT(voiced_ms(piece(began - 500, began)), 200);
  EXPECT_EQ(voiced_ms(piece(began + 400, began + 1000)), 0);
}

TEST_F(FieldNotes, N10_BackchannelsDoNotInterrupt) {
  settings.engines.llm.rules = {{"주소", long_answer, "address"}};
  settings.engines.stt.script = [](int n, int) {
    return n == 0 ? Recognised{.text = "주소를 바꾸고 싶어요"} : Recognised{.text = "네", .partials = {{Millis(120), "네"}}};
  };
  std::vector<Step> steps{Listen{}, say("주소를 바꾸고 싶어요"), Wait{Millis(2500)}};
  for (int i = 0; i < 5; ++i) {
    steps.push_back(sound(vowel(Millis(300), {.period = 72})));
    steps.push_back(Wait{Millis(1500)});
  }
  steps.push_back(Listen{.quiet = Millis(2500)});
  Phone& phone = dial(std::move(steps));
  finish(phone);
  const auto spoken = turns_of(record(), assistant_said);
  ASSERT_GE(spoken.size(), 2U);
  EXPECT_EQ(spoken[1].text, long_answer);
  EXPECT_FALSE(spoken[1].interrupted);
  EXPECT_GE(voiced_ms(phone.report().heard), voiced_ms(speak(long_answer)) - 100);
}

TEST_F(FieldNotes, N11_CoughBetweenTheCallersEndAndTheBotsStart) {
  settings.engines.llm.rules = {{"주소", long_answer, "address"}};
  settings.engines.stt.script = say_in_turn({"주소를 바꾸고 싶어요"});
  Phone& phone = dial({Listen{}, say("주소를 바꾸고 싶어요"), Wait{Millis(650)}, sound(cough(Millis(100))), Listen{.quiet = seconds(3)}});
  finish(phone);
  const auto spoken = turns_of(record(), assistant_said);
  ASSERT_EQ(spoken.size(), 2U);
  EXPECT_EQ(spoken[1].text, long_answer);
  EXPECT_FALSE(spoken[1].interrupted);
  EXPECT_EQ(turns_of(record(), caller_said).size(), 1U);
}

TEST_F(FieldNotes, N09_HistoryHoldsTheWordsThatWereHeardAndNoMore) {
  settings.engines.llm.rules = {{"주소", long_answer, "address"}};
  settings.engines.stt.script = say_in_turn({"주소를 바꾸고 싶어요", "됐어요 다른 걸 물어볼게요", "네 감사합니다"});
  Phone& phone = dial({Listen{}, say("주소를 바꾸고 싶어요"), Wait{seconds(4)}, say("됐어요 다른 걸 물어볼게요"), Listen{}});
  finish(phone);
  const auto spoken = turns_of(record(), assistant_said);
  ASSERT_GE(spoken.size(), 3U);
  const call::Turn& cut = spoken[1];
  EXPECT_TRUE(cut.interrupted);
  EXPECT_EQ(cut.planned.substr(0, cut.text.size()), cut.text);
  // 60 ms per character: what stands in the history is what was sent, to within two words.
  const double sent_ms = static_cast<double>(cut.end_ms - cut.start_ms);
  EXPECT_NEAR(static_cast<double>(base::utf8_length(cut.text)) * 60, sent_ms, 600);
  ASSERT_EQ(server->engines().llm.asked().size(), 2U);
  const auto& history = server->engines().llm.asked()[1].history;
  const auto is_cut = [&](const speech::HistoryEntry& e) { return e.text == cut.text; };
  EXPECT_TRUE(std::ranges::any_of(history, is_cut));
  for (const auto& entry : history) EXPECT_EQ(entry.text.find("자세히 안내해"), std::string::npos);
}

TEST_F(FieldNotes, N12_EchoOfOurOwnVoiceIsNoBargeIn) {
  settings.engines.stt.script = [](int, int) { return Recognised{.text = "주소를 바꾸고 싶어요"}; };
  settings.engines.llm.rules = {{"주소", "주소 변경을 선택해 주세요.", "address"}};
  settings.keep_tapes = false;
  std::vector<Step> steps{Listen{}};
  for (int i = 0; i < 100; ++i) {
    steps.push_back(say("주소를 바꿔요"));
    steps.push_back(Listen{.quiet = Millis(300)});
  }
  Phone::Settings phone_settings;
  phone_settings.plan.echo = 0.316;
  phone_settings.plan.max_duration = seconds(1500);
  Phone& phone = dial(std::move(steps), std::move(phone_settings));
  finish(phone, seconds(1500));
  int interrupted = 0;
  for (const call::Turn& turn : turns_of(record(), assistant_said)) interrupted += turn.interrupted ? 1 : 0;
  EXPECT_EQ(interrupted, 0);
  EXPECT_EQ(turns_of(record(), caller_said).size(), 100U);
}

}  // namespace
}  // namespace daedap::sim
