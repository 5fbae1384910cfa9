#include "speech/speaker.hpp"

#include <gtest/gtest.h>

#include "speech/scene.hpp"

namespace daedap::speech::test {
namespace {

using Decision = SpokenPart::Decision;

// One person on a line in virtual time.
struct Person {
  explicit Person(bool knows_language = true, Millis max_utterance = Millis{30000})
      : settings{.turn = {.max_utterance = max_utterance}, .turn_rules = &turn_rules()} {
    stt.knows_language = knows_language;
    EXPECT_TRUE(speaker.open());
  }
  void says(const std::string& text, Millis length) {
    stt.speeches.push_back({timeline.now, length, text});
    run(length, true);
  }
  void is_silent(Millis length) { run(length, false); }
  void run(Millis length, bool voiced) {
    for (Millis at{}; at < length; at += audio::frame_time) tick(voiced);
  }
  void tick(bool voiced) {
    timeline.run_until(timeline.now + audio::frame_time);
    audio::Frame f{};
    if (voiced) voice.fill(f);
    if (played) speaker.on_heard_frame(*played, {.heard = timeline.now, .position = position});
    if (echo) f = *echo;
    speaker.on_frame(f, {.heard = timeline.now, .position = position});
    position += audio::frame_samples;
    speaker.on_time(timeline.now);
    while (auto part = speaker.take_part()) parts.push_back(*part);
  }
  void hangs_up() { speaker.close(timeline.now); }
  void wait(Millis length) {
    for (Millis at{}; at < length; at += Millis{20}) {
      timeline.run_until(timeline.now + Millis{20});
      speaker.on_time(timeline.now);
      while (auto part = speaker.take_part()) parts.push_back(*part);
    }
  }
  std::string texts() const {
    std::string all;
    for (const auto& p : parts) all += (p.decision == Decision::complete ? "[+" : "[-") + p.text + "]";
    return all;
  }

  Timeline timeline;
  ScriptedStt stt{timeline};
  const Settings settings;
  Voice voice{160, 2};
  std::optional<audio::Frame> played, echo;
  std::int64_t position = 0;
  std::vector<SpokenPart> parts;
  Speaker speaker{settings, stt};
};

TEST(Speaker, TellsASentenceOnceItsSilenceLastedAsLongAsTheWordsAsk) {
  Person p;
  p.is_silent(1000ms);
  const Time start = p.timeline.now;
  p.says("주소를 바꾸고 싶습니다", 1500ms);
  const Time end = p.timeline.now;
  p.is_silent(2000ms);
  ASSERT_EQ(p.texts(), "[+주소를 바꾸고 싶습니다]");
  EXPECT_NEAR(base::to_ms(p.parts[0].start - start), 0, 40);
  EXPECT_NEAR(base::to_ms(p.parts[0].end - end), 0, 60);
  EXPECT_GT(p.parts[0].score, 0.5);
  EXPECT_GE(p.parts[0].silence, p.parts[0].wait);
  EXPECT_LT(p.parts[0].silence, 700ms);
}

TEST(Speaker, APauseThatThePersonEndsByGoingOnIsIncomplete) {
  Person p;
  p.is_silent(600ms);
  p.says("카드를 잃어버렸는데", 1200ms);
  p.is_silent(600ms);
  p.says("다시 만들 수 있을까요", 1200ms);
  p.is_silent(2000ms);
  EXPECT_EQ(p.texts(), "[-카드를 잃어버렸는데][+다시 만들 수 있을까요]");
  EXPECT_LT(p.parts[0].score, 0.5);
}

TEST(Speaker, EachPartIsToldOnceAndInOrderThroughAWholeTalk) {
  Person p;
  for (int i = 0; i < 20; ++i) {
    p.is_silent(Millis{400 + 100 * (i % 9)});
    p.says("문장 " + std::to_string(i) + "입니다", 900ms);
  }
  p.is_silent(3000ms);
  ASSERT_EQ(p.parts.size(), 20U);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(p.parts[static_cast<std::size_t>(i)].text, "문장 " + std::to_string(i) + "입니다");
  }
  for (std::size_t i = 1; i < p.parts.size(); ++i) EXPECT_GT(p.parts[i].start, p.parts[i - 1].end);
  EXPECT_EQ(p.parts.back().decision, Decision::complete);
}

TEST(Speaker, ACoughAfterASentenceDoesNotMakeItIncomplete) {
  Person p;
  p.is_silent(600ms);
  p.says("네 알겠습니다", 1000ms);
  p.is_silent(400ms);
  p.run(240ms, true);  // nobody understands a word of it
  p.is_silent(2000ms);
  EXPECT_EQ(p.texts(), "[+네 알겠습니다]");
}

TEST(Speaker, NoiseAloneTellsNothing) {
  Person p;
  p.is_silent(600ms);
  p.run(240ms, true);
  p.is_silent(3000ms);
  EXPECT_EQ(p.texts(), "");
  EXPECT_EQ(p.speaker.deadline(), base::never);
}

TEST(Speaker, WithoutARecogniserVoicesAreToldWithoutWords) {
  Person p(false);
  p.is_silent(600ms);
  p.run(1000ms, true);
  p.is_silent(2500ms);
  ASSERT_EQ(p.texts(), "[+]");
  EXPECT_GE(p.parts[0].voiced, 900ms);
}

TEST(Speaker, TheLastWordsOfACallAreWaitedFor) {
  Person p;
  p.stt.final_lag = 900ms;
  p.is_silent(600ms);
  p.says("수고하세요", 900ms);
  p.hangs_up();
  EXPECT_FALSE(p.speaker.settled());
  p.wait(1200ms);
  EXPECT_EQ(p.texts(), "[+수고하세요]");
  EXPECT_TRUE(p.speaker.settled());
}

TEST(Speaker, ADeadRecogniserHoldsNobodyUpAfterTheEnd) {
  Person p;
  p.stt.answers = false;
  p.is_silent(600ms);
  p.says("그래서 말인데", 900ms);
  p.hangs_up();
  p.wait(2500ms);
  ASSERT_EQ(p.parts.size(), 1U);
  EXPECT_TRUE(p.parts[0].late);
  EXPECT_TRUE(p.speaker.settled());
  EXPECT_EQ(p.speaker.deadline(), base::never);
}

TEST(Speaker, ALateFinalIsReplacedByTheInterimTextAndTheTalkGoesOn) {
  Person p;
  p.is_silent(600ms);
  p.stt.answers = false;
  p.says("첫 문장입니다", 1200ms);
  p.is_silent(3000ms);
  ASSERT_EQ(p.parts.size(), 1U);
  EXPECT_TRUE(p.parts[0].late);
  p.stt.answers = true;
  p.says("둘째 문장입니다", 1200ms);
  p.is_silent(3000ms);
  ASSERT_EQ(p.parts.size(), 2U);
  EXPECT_EQ(p.parts[1].text, "둘째 문장입니다");
}

TEST(Speaker, SpeechWithoutAPauseIsCutIntoParts) {
  Person p(true, 4000ms);
  p.is_silent(600ms);
  p.says("끝이 없는 이야기", 10000ms);
  p.is_silent(3000ms);
  ASSERT_EQ(p.parts.size(), 3U);
  EXPECT_EQ(p.parts[0].decision, Decision::incomplete);
  EXPECT_EQ(p.parts[1].start, p.parts[0].end);
  EXPECT_EQ(p.parts[2].start, p.parts[1].end);
}

TEST(Speaker, TheEchoOfTheOtherOneIsNotThisPerson) {
  Person p;
  Voice agent(110, 9);
  std::deque<audio::Frame> line;
  for (int i = 0; i < 300; ++i) {
    audio::Frame f;
    agent.fill(f);
    line.push_back(f);
    p.played = f;
    if (line.size() > 6) {  // 120 ms later and four times as quiet it is back
      audio::Frame back = line.front();
      line.pop_front();
      for (auto& s : back) s = static_cast<std::int16_t>(s / 4);
      p.echo = back;
    }
    p.tick(false);
  }
  p.played.reset();
  p.echo.reset();
  p.is_silent(2500ms);
  EXPECT_EQ(p.parts.size(), 0U);
}

TEST(Speaker, ADyingRecogniserIsToldAndReplaced) {
  Person p;
  p.is_silent(600ms);
  p.stt.die();
  p.is_silent(1000ms);
  EXPECT_TRUE(p.speaker.take_error().has_value());
  EXPECT_FALSE(p.speaker.take_error().has_value());
  p.says("다시 들리나요", 1200ms);
  p.is_silent(2500ms);
  EXPECT_EQ(p.texts(), "[+다시 들리나요]");
}

}  // namespace
}  // namespace daedap::speech::test
