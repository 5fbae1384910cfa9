#include "server/turns/pause_lines.hpp"

#include <gtest/gtest.h>

#include <random>

namespace daedap::server {
namespace {

using namespace std::chrono_literals;
using namespace speech::turn;

call::LoggedPause pause() {
  call::LoggedPause one{.speaker = call::LoggedPause::Speaker::agent, .with_ai = false, .codec = "G722"};
  Pause& p = one.pause;
  p.start = base::Time{1200ms};
  p.end = base::Time{2500ms};
  p.resumed = base::Time{3100ms};
  p.new_turn = false;
  p.theta = 0.95;
  p.decided = true;
  p.silence = 420ms;
  p.wait = 400ms;
  p.state = State::complete;
  p.score = 0.75;
  p.features = {.text = true, .lexical = 1.5, .trust = 0.7, .context = -0.5, .habit = -0.2};
  p.features.prosody = {.heard = true, .slope = -12, .height = 3, .lengthening = 0.5, .fall = 9, .cut_off = false, .filled = true};
  p.cls = "C1";
  p.reasons = {"formal ending", "asked"};
  p.asked = "성함이 어떻게 되세요?";
  p.asks = true;
  p.slot = SlotKind::noun;
  p.steps = {{.at = base::Time{2400ms}, .text = "비밀 이름", .p = 0.3, .state = State::wait, .kind = Kind::filler, .filling = Filling::partial,
              .short_answer = true, .words = 2, .cls = "F"},
             {.at = base::Time{2700ms}, .text = "비밀 이름입니다", .final = true, .confidence = 0.8, .p = 0.9}};
  one.found = {PauseLabel::hold, 600ms, true};
  return one;
}

TEST(PauseLines, AreReadBackAsTheyWere) {
  const auto read = read_pauses(write_pauses("call-1", "ko", true, {pause(), pause()}));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->call_id, "call-1");
  EXPECT_EQ(read->language, "ko");
  EXPECT_EQ(read->damaged, 0U);
  ASSERT_EQ(read->pauses.size(), 2U);
  const call::LoggedPause& one = read->pauses[1];
  const call::LoggedPause was = pause();
  EXPECT_EQ(one.speaker, was.speaker);
  EXPECT_EQ(one.codec, "G722");
  EXPECT_EQ(one.pause.start, was.pause.start);
  EXPECT_EQ(one.pause.resumed, was.pause.resumed);
  EXPECT_EQ(one.pause.silence, was.pause.silence);
  EXPECT_EQ(one.pause.state, State::complete);
  EXPECT_EQ(one.pause.features.lexical, 1.5);
  EXPECT_EQ(one.pause.features.prosody.slope, -12);
  EXPECT_TRUE(one.pause.features.prosody.filled);
  EXPECT_EQ(one.pause.reasons, was.pause.reasons);
  EXPECT_EQ(one.pause.asked, was.pause.asked);
  EXPECT_EQ(one.pause.slot, SlotKind::noun);
  ASSERT_EQ(one.pause.steps.size(), 2U);
  EXPECT_EQ(one.pause.steps[0].at, was.pause.steps[0].at);
  EXPECT_EQ(one.pause.steps[0].kind, Kind::filler);
  EXPECT_EQ(one.pause.steps[0].filling, Filling::partial);
  EXPECT_EQ(one.pause.steps[1].text, "비밀 이름입니다");
  EXPECT_EQ(one.found.label, PauseLabel::hold);
  EXPECT_EQ(one.found.length, 600ms);
  EXPECT_TRUE(one.found.cut_in);
}

TEST(PauseLines, HoldNoWordsOfACallThatIsNotRecorded) {
  const std::string lines = write_pauses("call-1", "ko", false, {pause()});
  EXPECT_EQ(lines.find("비밀"), std::string::npos);
  EXPECT_EQ(lines.find("성함"), std::string::npos);
  const auto read = read_pauses(lines);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->pauses.size(), 1U);
  EXPECT_EQ(read->pauses[0].pause.steps[1].p, 0.9);
}

TEST(PauseLines, ALineThatWasCutOffCostsNoOther) {
  std::string lines = write_pauses("call-1", "ko", true, {pause(), pause(), pause()});
  lines.resize(lines.size() - 40);
  const auto read = read_pauses(lines);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->pauses.size(), 2U);
  EXPECT_EQ(read->damaged, 1U);
}

TEST(PauseLines, AValueOutOfItsRangeMakesTheLineBad) {
  const std::string good = write_pauses("call-1", "ko", true, {pause()});
  for (const auto& [from, to] : {std::pair{"\"score\":0.75", "\"score\":7.5"}, {"\"label\":\"hold\"", "\"label\":\"held\""},
                                 {"\"end_ms\":2500.0", "\"end_ms\":1e300"}, {"\"end_ms\":2500.0", "\"end_ms\":100.0"},
                                 {"\"steps\":[", "\"steps\":[7,"}, {"\"trust\":0.7", "\"trust\":null"}}) {
    std::string bad = good;
    const auto at = bad.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    bad.replace(at, std::string(from).size(), to);
    const auto read = read_pauses(bad);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->damaged, 1U) << to;
  }
}

TEST(PauseLines, ReadAnythingWithoutHarm) {
  const std::string good = write_pauses("call-1", "ko", true, {pause(), pause()});
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string text = good;
    for (int i = 0; i < 1 + round % 8; ++i) {
      const std::size_t at = random() % text.size();
      if (round % 3 == 0) text[at] = static_cast<char>(random());
      else if (round % 3 == 1) text.erase(at, 1 + random() % 20);
      else text.insert(at, text.substr(random() % text.size(), random() % 30));
    }
    const auto read = read_pauses(text);
    ASSERT_TRUE(read);
    EXPECT_LE(read->pauses.size() + read->damaged, 40U);
  }
  EXPECT_TRUE(read_pauses(""));
  EXPECT_EQ(read_pauses("[]\n{}\nnull\n")->damaged, 3U);
}

}  // namespace
}  // namespace daedap::server
