#include "engines/engine_set.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "home_loop.hpp"

namespace daedap::engines {
namespace {

EngineSettings settings() {
  EngineSettings out;
  out.assistant_file = DAEDAP_SOURCE_DIR "/share/assistants/default.yaml";
  out.pocketsphinx.warm_decoders = 1;
  return out;
}

class Engines : public ::testing::Test {
 protected:
  EngineSet::Readiness start(EngineSet& set) {
    set.start();
    while (set.readiness() == EngineSet::Readiness::starting) std::this_thread::yield();
    return set.readiness();
  }
  QuietLog quiet_;
  HomeLoop home_;
};

TEST_F(Engines, AreNotReadyUntilTheyAre) {
  EngineSet set(settings(), base::Log(quiet_));
  auto shard = set.for_shard(home_);
  auto seams = shard->seams();
  EXPECT_EQ(seams.llm.open({}).error().code, base::Code::engine_not_ready);
  EXPECT_EQ(seams.tts.speak({"네"}, [](speech::TtsEvent) {}).error().code,
            base::Code::engine_not_ready);
  EXPECT_EQ(seams.stt.open({"en", ""}, [](speech::SttEvent) {}).error().code,
            base::Code::engine_not_ready);
  ASSERT_EQ(start(set), EngineSet::Readiness::ready) << set.why();
  EXPECT_TRUE(seams.llm.open({}));
  EXPECT_TRUE(seams.stt.open({"en", ""}, [](speech::SttEvent) {}));
  EXPECT_NE(set.script(), nullptr);
}

TEST_F(Engines, SpeakAndAnswerTogether) {
  EngineSet set(settings(), base::Log(quiet_));
  ASSERT_EQ(start(set), EngineSet::Readiness::ready) << set.why();
  auto shard = set.for_shard(home_);
  auto session = shard->llm->open({.language = "ko", .speech_understood = false}).value();
  std::string answer;
  bool done = false, spoken = false;
  auto reply = session->ask({speech::LlmInput::Kind::digits, "1", 1.0}, {}, [&](speech::LlmEvent e) {
    if (auto* token = std::get_if<speech::LlmToken>(&e)) answer += token->text;
    done = done || std::holds_alternative<speech::LlmDone>(e);
  });
  ASSERT_TRUE(home_.run_until([&] { return done; }));
  std::size_t samples = 0;
  auto stream = shard->tts->speak({answer, "ko", ""}, [&](speech::TtsEvent e) {
    if (auto* audio = std::get_if<speech::TtsAudio>(&e)) samples += audio->pcm.size();
    spoken = std::holds_alternative<speech::TtsDone>(e);
  });
  ASSERT_TRUE(home_.run_until([&] { return spoken; }));
  EXPECT_GT(samples, 16000u * 5);
  EXPECT_EQ(set.figures().tts.done, 1u);
  EXPECT_EQ(set.figures().llm_sessions, 1u);
}

TEST_F(Engines, FailWithEveryMistakeOfTheScript) {
  auto wrong = settings();
  wrong.assistant_file = std::filesystem::path(::testing::TempDir()) / "daedap_wrong.yaml";
  std::ofstream(wrong.assistant_file) << "languages: [en]\nfoo: 1\n";
  EngineSet set(wrong, base::Log(quiet_));
  EXPECT_EQ(start(set), EngineSet::Readiness::failed);
  EXPECT_NE(set.why().find("daedap_wrong.yaml: line 2: foo: unknown key"), std::string::npos);
  std::filesystem::remove(wrong.assistant_file);
}

TEST_F(Engines, FailWithoutTheModelAndSayWhich) {
  auto wrong = settings();
  wrong.pocketsphinx.model = "/nonexistent/model";
  EngineSet set(wrong, base::Log(quiet_));
  EXPECT_EQ(start(set), EngineSet::Readiness::failed);
  EXPECT_NE(set.why().find("/nonexistent/model"), std::string::npos);
}

TEST_F(Engines, WorkWithoutARecogniser) {
  auto keys_only = settings();
  keys_only.stt = "none";
  keys_only.pocketsphinx.model = "/nonexistent/model";
  EngineSet set(keys_only, base::Log(quiet_));
  ASSERT_EQ(start(set), EngineSet::Readiness::ready) << set.why();
  auto shard = set.for_shard(home_);
  EXPECT_FALSE(shard->stt->understands("en"));
  EXPECT_EQ(shard->stt->open({"en", ""}, [](speech::SttEvent) {}).error().code,
            base::Code::unsupported);
  EXPECT_EQ(set.transcribe({}, {}, "en").error().code, base::Code::unsupported);
}

TEST_F(Engines, StopWhileStarting) {
  EngineSet set(settings(), base::Log(quiet_));
  set.start();
  set.stop();
  set.stop();
  EXPECT_NE(set.readiness(), EngineSet::Readiness::starting);
}

TEST(EngineSettings, NamesEveryWrongChoice) {
  EXPECT_TRUE(check({}).empty());
  EXPECT_EQ(check({.stt = "a", .tts = "b", .llm = "c"}).size(), 3u);
}

TEST(EngineSettings, FindTheDefaultAssistant) { EXPECT_TRUE(find_assistant()); }

}  // namespace
}  // namespace daedap::engines
