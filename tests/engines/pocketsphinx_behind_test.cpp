// More speech than the recogniser's workers can hear: what is lost, what is told, and who has to wait.
#include <gtest/gtest.h>

#include <future>
#include <latch>

#include "audio/frame.hpp"
#include "engines/assistant/loader.hpp"
#include "engines/pocketsphinx/stt.hpp"
#include "home_loop.hpp"
#include "sim/voice.hpp"

namespace daedap::engines::pocketsphinx {
namespace {

using std::chrono::milliseconds;

Grammars grammars() {
  static const auto script = assistant::load_script(DAEDAP_SOURCE_DIR "/share/assistants/default.yaml");
  return assistant::grammars_of(*script, "en");
}

/// Something like speech that no phrase fits: many paths stay alive in the decoder. (Plain tones and plain
/// noise are left out by its front end.)
std::vector<std::int16_t> babble(std::chrono::seconds length) {
  std::vector<std::int16_t> pcm;
  for (int word = 0; pcm.size() < static_cast<std::size_t>(audio::samples_in(length)); ++word) {
    const auto vowel = sim::speak("여러분 안녕하세요 반갑습니다", {.period = 70 + 13 * (word % 5)});
    pcm.insert(pcm.end(), vowel.begin(), vowel.end());
    pcm.insert(pcm.end(), 1600, 0);
  }
  pcm.resize(static_cast<std::size_t>(audio::samples_in(length)));
  return pcm;
}

struct Behind : ::testing::Test {
  void start(PocketSphinxSettings settings = {}) {
    settings.warm_decoders = 1;
    recogniser = std::make_unique<Recogniser>(settings, workers, [this](const RecogniserFigures& figures) { told.push_back(figures.stale); });
    ASSERT_TRUE(recogniser->start(grammars()));
    stt = std::make_unique<PocketSphinxStt>(*recogniser, home);
    auto opened = stt->open({"en", "main"}, [this](speech::SttEvent event) {
      if (auto* final = std::get_if<speech::SttFinal>(&event)) finals.push_back(*final);
      else ++others;
    });
    ASSERT_TRUE(opened);
    stream = std::move(*opened);
  }
  void TearDown() override {
    if (!go.try_wait()) go.count_down();
    stream.reset();
    workers.stop();
  }
  void says(std::span<const std::int16_t> pcm) {
    stream->begin_utterance();
    stream->push(pcm);
    stream->end_utterance();
  }
  /// Keeps the only worker busy until `go`.
  void hold_worker() {
    ASSERT_TRUE(workers.post([this] { go.wait(); }));
  }
  base::Duration until_no_decoder_is_busy() {
    const auto from = std::chrono::steady_clock::now();
    while (recogniser->figures().decoders_busy != 0) std::this_thread::yield();
    return std::chrono::steady_clock::now() - from;
  }

  HomeLoop home;
  Workers workers{{.threads = 1}};
  std::latch go{1};
  std::vector<std::uint64_t> told;
  std::unique_ptr<Recogniser> recogniser;
  std::unique_ptr<PocketSphinxStt> stt;
  std::vector<speech::SttFinal> finals;
  int others = 0;
  std::unique_ptr<speech::SttStream> stream;
};

TEST_F(Behind, DecoderStopsAsSoonAsNobodyWantsTheWords) {
  const auto vocabulary = Vocabulary::make(grammars(), PocketSphinxSettings().dictionary);
  ASSERT_TRUE(vocabulary);
  auto decoder = Decoder::make(PocketSphinxSettings().model, *vocabulary);
  ASSERT_TRUE(decoder);
  const auto pcm = babble(std::chrono::seconds(4));
  int asked = 0;
  ASSERT_TRUE((*decoder)->begin("main"));
  EXPECT_EQ((*decoder)->end(pcm, -20, [&] { return ++asked == 3; }).text, "");
  EXPECT_EQ(asked, 3);
  asked = 0;
  ASSERT_TRUE((*decoder)->begin("main"));
  (*decoder)->end(pcm, -20, [&] { return ++asked == 0; });
  EXPECT_GE(asked, 40) << "every 100 ms of 4 s";
}

TEST_F(Behind, ClosedStreamFreesItsWorkerInMidUtterance) {
  start();
  const auto long_one = babble(std::chrono::seconds(15));
  const auto begin = [&] {
    says(long_one);
    while (recogniser->figures().decoders_busy == 0) std::this_thread::yield();
  };
  begin();
  const auto whole = until_no_decoder_is_busy();
  begin();
  stream.reset();
  const auto closed = until_no_decoder_is_busy();
  std::cout << "15 s of speech: " << base::to_ms(whole) << " ms; closed: " << base::to_ms(closed) << " ms\n";
  EXPECT_LT(closed, whole / 2);
}

TEST_F(Behind, WorkersRestWhileAnOpenUtteranceGetsNoAudio) {
  start();
  stream->begin_utterance();
  stream->push(babble(std::chrono::seconds(1)));
  constexpr int markers = 200;
  for (int i = 0; i < markers; ++i) {
    std::promise<void> passed;
    ASSERT_TRUE(workers.post([&] { passed.set_value(); }));
    passed.get_future().wait();
  }
  EXPECT_LT(workers.figures().done, markers + 10U);
}

TEST_F(Behind, StoppedWorkersLeaveAnUtterance) {
  start();
  const auto long_one = babble(std::chrono::seconds(15));
  says(long_one);
  while (recogniser->figures().decoders_busy == 0) std::this_thread::yield();
  workers.stop();
  EXPECT_EQ(recogniser->figures().utterances, 0U) << "it was heard to its end";
}

TEST_F(Behind, OldestUtteranceLosesItsAudioWhenTooMuchWaits) {
  start({.max_behind = milliseconds(4000)});
  hold_worker();
  const auto pcm = babble(std::chrono::seconds(2));
  for (int i = 0; i < 5; ++i) says(pcm);
  EXPECT_EQ(recogniser->figures().dropped_samples, 3 * pcm.size());
  EXPECT_EQ(recogniser->figures().stale, 3U);
  EXPECT_EQ(told, std::vector<std::uint64_t>{1}) << "told once, not for each";
  go.count_down();
  EXPECT_TRUE(home.run_until([&] { return finals.size() == 5; }));
  for (const auto& final : finals) EXPECT_EQ(final.text, "");
}

TEST_F(Behind, WordsThatNobodyWaitsForAnyMoreAreNotLookedFor) {
  start({.stale = milliseconds(0)});
  hold_worker();
  says(babble(std::chrono::seconds(2)));
  says(babble(std::chrono::seconds(2)));
  go.count_down();
  EXPECT_TRUE(home.run_until([&] { return finals.size() == 2; }));
  EXPECT_EQ(recogniser->figures().stale, 2U);
  EXPECT_EQ(recogniser->figures().decoders_busy, 0U);
}

TEST_F(Behind, NoPartialsOfAnUtteranceThatIsFarBehind) {
  start({.partials_behind = milliseconds(500)});
  hold_worker();
  stream->begin_utterance();
  stream->push(babble(std::chrono::seconds(2)));
  go.count_down();
  while (workers.figures().queued + workers.figures().running > 0) std::this_thread::yield();
  stream->push(babble(std::chrono::seconds(1)));
  stream->end_utterance();
  EXPECT_TRUE(home.run_until([&] { return finals.size() == 1; }));
  EXPECT_EQ(others, 0);
}

}  // namespace
}  // namespace daedap::engines::pocketsphinx
