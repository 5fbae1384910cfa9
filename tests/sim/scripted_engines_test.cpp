#include <gtest/gtest.h>

#include "audio/frame.hpp"
#include "sim/clock.hpp"
#include "sim/engines.hpp"

namespace daedap::sim {
namespace {

using base::Millis;

struct ScriptedSttTest : ::testing::Test {
  void open(ScriptedStt::Settings settings) {
    engine = std::make_unique<ScriptedStt>(world, std::move(settings));
    stream = std::move(engine->open({.language = "ko"}, [this](speech::SttEvent e) { events.push_back(std::move(e)); }).value());
  }
  void utter(const std::vector<std::int16_t>& pcm) {
    stream->begin_utterance();
    stream->push(pcm);
    stream->end_utterance();
  }
  std::string final_at(std::size_t i) { return std::get<speech::SttFinal>(events.at(i)).text; }
  World world;
  std::unique_ptr<ScriptedStt> engine;
  std::unique_ptr<speech::SttStream> stream;
  std::vector<speech::SttEvent> events;
};

TEST_F(ScriptedSttTest, UtterancesGetTheirTextsInTurnAfterTheDelay) {
  open({.script = say_in_turn({"one", "two"}), .final_delay = Millis(100)});
  for (int i = 0; i < 3; ++i) {
    utter(vowel(Millis(400)));
    world.run_for(Millis(99));
    EXPECT_EQ(events.size(), static_cast<std::size_t>(i));
    world.run_for(Millis(1));
  }
  EXPECT_EQ(final_at(0), "one");
  EXPECT_EQ(final_at(1), "two");
  EXPECT_EQ(final_at(2), "");
}

TEST_F(ScriptedSttTest, CoughsAreNotUnderstoodAndUseNothingUp) {
  open({.script = say_in_turn({"one"})});
  utter(cough(Millis(80)));
  utter(vowel(Millis(400)));
  world.run_for(Millis(500));
  EXPECT_EQ(final_at(0), "");
  EXPECT_EQ(final_at(1), "one");
}

TEST_F(ScriptedSttTest, VoiceBeforeTheAnnouncementCounts) {
  open({.script = say_in_turn({"one"})});
  stream->push(vowel(Millis(200)));
  utter({});
  world.run_for(Millis(500));
  EXPECT_EQ(final_at(0), "one");
}

TEST_F(ScriptedSttTest, PartialsComeWithTheirVoice) {
  open({.script = [](int, int) { return Recognised{.text = "ab", .partials = {{Millis(200), "a"}, {Millis(5000), "never"}}}; }});
  utter(vowel(Millis(400)));
  EXPECT_TRUE(events.empty());  // never from inside a call
  world.run_for(Millis(500));
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(std::get<speech::SttPartial>(events[0]).text, "a");
}

TEST_F(ScriptedSttTest, FaultsDoWhatTheySay) {
  open({.script = say_in_turn({"1", "2", "3"}), .faults = {.failing = {3}, .unanswered = {1}, .late = {2}, .lateness = Millis(900)}});
  utter(vowel(Millis(400)));
  world.run_for(Millis(500));
  EXPECT_TRUE(events.empty());
  utter(vowel(Millis(400)));
  world.run_for(Millis(900));
  EXPECT_TRUE(events.empty());
  world.run_for(Millis(200));
  EXPECT_EQ(final_at(0), "2");
  utter(vowel(Millis(400)));
  utter(vowel(Millis(400)));
  world.run_for(Millis(500));
  ASSERT_EQ(events.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<speech::SttFailed>(events[1]));
}

TEST_F(ScriptedSttTest, DestroyedStreamTellsNothing) {
  open({.script = say_in_turn({"one"})});
  utter(vowel(Millis(400)));
  stream.reset();
  world.run_for(Millis(500));
  EXPECT_TRUE(events.empty());
}

TEST_F(ScriptedSttTest, RefusesWhenFullOrInAnotherLanguage) {
  ScriptedStt stt(world, {.languages = {"en"}, .faults = {.full = true}});
  EXPECT_EQ(stt.open({.language = "en"}, {}).error().code, base::Code::engine_full);
  stt.settings().faults.full = false;
  EXPECT_EQ(stt.open({.language = "ko"}, {}).error().code, base::Code::unsupported);
  EXPECT_FALSE(stt.understands("ko"));
}

TEST(ScriptedTts, AudioIsAsLongAsTheTextAndFasterThanRealTime) {
  World world;
  ScriptedTts tts(world, {.first_audio = Millis(100)});
  std::size_t samples = 0;
  bool done = false;
  auto stream = tts.speak({.text = "가나다라마바사아자차"}, [&](speech::TtsEvent e) {
    if (const auto* audio = std::get_if<speech::TtsAudio>(&e)) samples += audio->pcm.size();
    done = done || std::holds_alternative<speech::TtsDone>(e);
  });
  world.run_for(Millis(99));
  EXPECT_EQ(samples, 0U);
  world.run_for(Millis(1));
  EXPECT_EQ(samples, 3200U);
  world.run_for(Millis(100));
  EXPECT_TRUE(done);
  EXPECT_EQ(samples, 9600U);  // 10 characters of 60 ms
  EXPECT_EQ(tts.asked(), std::vector<std::string>{"가나다라마바사아자차"});
}

TEST(ScriptedTts, SinkMayDestroyTheStream) {
  World world;
  ScriptedTts tts(world, {});
  int events = 0;
  std::unique_ptr<speech::TtsStream> stream;
  stream = std::move(tts.speak({.text = "hello there"}, [&](speech::TtsEvent) {
    ++events;
    stream.reset();
  }).value());
  world.run_for(Millis(2000));
  EXPECT_EQ(events, 1);
}

TEST(ScriptedTts, RequestsAreRefusedFailOrStayUnanswered) {
  World world;
  ScriptedTts tts(world, {.faults = {.refused = {1}, .failing = {2}, .unanswered = {3}}});
  EXPECT_FALSE(tts.speak({.text = "a"}, {}));
  int failed = 0, events = 0;
  const auto sink = [&](speech::TtsEvent e) { ++events, failed += std::holds_alternative<speech::TtsFailed>(e); };
  auto second = tts.speak({.text = "a"}, sink);
  auto third = tts.speak({.text = "a"}, sink);
  world.run_for(Millis(2000));
  EXPECT_EQ(failed, 1);
  EXPECT_EQ(events, 1);
}

struct ScriptedLlmTest : ::testing::Test {
  std::string ask(ScriptedLlm& llm, const std::string& text) {
    std::string answer;
    auto session = std::move(llm.open({.language = "en"}).value());
    auto reply = session->ask({.text = text}, {}, [&](speech::LlmEvent e) {
      if (const auto* token = std::get_if<speech::LlmToken>(&e)) answer += token->text;
      if (std::holds_alternative<speech::LlmAction>(e)) answer += "<action>";
      if (const auto* end = std::get_if<speech::LlmDone>(&e)) answer += "<" + end->intent + ">";
      if (std::holds_alternative<speech::LlmFailed>(e)) answer += "<failed>";
    });
    if (!reply) return "<refused>";
    world.run_for(Millis(1000));
    return answer;
  }
  World world;
};

TEST_F(ScriptedLlmTest, FirstFittingRuleAnswersOtherwiseEcho) {
  ScriptedLlm llm(world, {.rules = {{"bye", "Good bye.", "goodbye", speech::LlmAction::Kind::hang_up}, {"b", "B"}}});
  EXPECT_EQ(ask(llm, "bye now"), "Good bye.<action><goodbye>");
  EXPECT_EQ(ask(llm, "abc"), "B<>");
  EXPECT_EQ(ask(llm, "hours"), "You said hours.<echo>");
  EXPECT_EQ(ask(llm, ""), "Could you say that again?<>");
  ASSERT_EQ(llm.asked().size(), 4U);
  EXPECT_EQ(llm.asked()[1].input.text, "abc");
}

TEST_F(ScriptedLlmTest, FaultsDoWhatTheySay) {
  ScriptedLlm llm(world, {.faults = {.refused = {1}, .failing = {2}, .unanswered = {3}, .late = {4}, .lateness = Millis(900)}});
  EXPECT_EQ(ask(llm, "a"), "<refused>");
  EXPECT_EQ(ask(llm, "a"), "<failed>");
  EXPECT_EQ(ask(llm, "a"), "");
  EXPECT_EQ(ask(llm, "a"), "");
  EXPECT_EQ(ask(llm, "a"), "You said a.<echo>");
  llm.settings().faults.full = true;
  EXPECT_EQ(llm.open({}).error().code, base::Code::engine_full);
}

TEST(Voice, LengthAndLoudnessAreAsAsked) {
  const auto pcm = speak("ab c", {.level = 2000, .leading = Millis(100), .trailing = Millis(50)});
  EXPECT_EQ(pcm.size(), 16U * (100 + 240 + 50));
  EXPECT_TRUE(std::all_of(pcm.begin(), pcm.begin() + 1600, [](auto s) { return s == 0; }));
  EXPECT_EQ(vowel(Millis(300)).size(), 4800U);
  EXPECT_EQ(cough(Millis(80)), cough(Millis(80)));
}

}  // namespace
}  // namespace daedap::sim
