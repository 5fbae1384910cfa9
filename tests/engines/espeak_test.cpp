#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <optional>

#include "audio/frame.hpp"
#include "audio/level.hpp"
#include "engines/espeak/helper_process.hpp"
#include "engines/espeak/tts.hpp"
#include "home_loop.hpp"

namespace daedap::engines::espeak {
namespace {

using speech::TtsAudio, speech::TtsDone, speech::TtsFailed;

/// All that came for one sentence.
struct Spoken {
  std::vector<std::int16_t> pcm;
  int pieces = 0, ends = 0;
  std::optional<base::Error> error;
  double seconds() const { return static_cast<double>(pcm.size()) / audio::sample_rate; }
};

/// True once the process has ended (whoever is its parent).
bool ends(pid_t pid) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) return true;
  pollfd gone{fd, POLLIN, 0};
  const bool ended = ::poll(&gone, 1, 10'000) == 1;
  ::close(fd);
  return ended;
}

class Espeak : public ::testing::Test {
 protected:
  explicit Espeak(EspeakSettings settings = {}) : settings_(settings) {}
  void start() {
    const auto started = pool_.start();
    ASSERT_TRUE(started) << started.error().message();
  }
  std::unique_ptr<speech::TtsStream> ask(const std::string& text, const std::string& language,
                                         Spoken& into, const std::string& voice = "") {
    auto stream = tts_.speak({text, language, voice}, [&into](speech::TtsEvent event) {
      if (auto* audio = std::get_if<TtsAudio>(&event)) {
        into.pcm.insert(into.pcm.end(), audio->pcm.begin(), audio->pcm.end());
        ++into.pieces;
      } else {
        ++into.ends;
        if (auto* failed = std::get_if<TtsFailed>(&event)) into.error = failed->error;
      }
    });
    EXPECT_TRUE(stream) << stream.error().message();
    return stream ? std::move(*stream) : nullptr;
  }
  Spoken speak(const std::string& text, const std::string& language, const std::string& voice = "") {
    Spoken spoken;
    const auto stream = ask(text, language, spoken, voice);
    EXPECT_TRUE(home_.run_until([&] { return spoken.ends > 0; }));
    home_.drain();
    return spoken;
  }

  EspeakSettings settings_;
  QuietLog quiet_;
  HomeLoop home_;
  EspeakPool pool_{settings_, base::Log(quiet_)};
  EspeakTts tts_{pool_, settings_, home_};
};

TEST_F(Espeak, SpeaksKoreanAndEnglish) {
  start();
  const auto ko = speak("안녕하세요, 무엇을 도와드릴까요?", "ko");
  EXPECT_FALSE(ko.error);
  EXPECT_EQ(ko.ends, 1);
  EXPECT_GT(ko.seconds(), 1.5);
  EXPECT_LT(ko.seconds(), 6.0);
  EXPECT_GT(audio::rms_dbfs(ko.pcm), -35.0);
  const auto en = speak("Hello, how can I help you today?", "en");
  EXPECT_GT(en.seconds(), 1.0);
  EXPECT_LT(en.seconds(), 5.0);
  EXPECT_GT(audio::rms_dbfs(en.pcm), -35.0);
}

TEST_F(Espeak, LongerTextIsLonger) {
  start();
  const auto one = speak("One sentence of speech.", "en");
  const auto three = speak("One sentence of speech. One sentence of speech. One sentence of speech.",
                           "en");
  EXPECT_GT(three.seconds(), 2 * one.seconds());
}

TEST_F(Espeak, AVariantSoundsDifferentAndAnUnknownVoiceFails) {
  start();
  EXPECT_FALSE(speak("네, 알겠습니다.", "ko", "ko+f3").error);
  const auto failed = speak("네", "ko", "nobody");
  ASSERT_TRUE(failed.error);
  EXPECT_EQ(failed.error->code, base::Code::engine_failed);
  EXPECT_EQ(failed.ends, 1);
}

TEST_F(Espeak, RefusesGiantTextStrangeVoicesAndLanguages) {
  start();
  const auto sink = [](speech::TtsEvent) {};
  EXPECT_EQ(tts_.speak({std::string(EspeakTts::max_text + 1, 'a'), "en"}, sink).error().code,
            base::Code::too_large);
  EXPECT_EQ(tts_.speak({"a", "en", "../../etc/passwd"}, sink).error().code, base::Code::unsupported);
  EXPECT_EQ(tts_.speak({"a", "fr"}, sink).error().code, base::Code::unsupported);
}

TEST_F(Espeak, SpeaksTheLongestTextMarkupAndControlCharacters) {
  start();
  std::string longest;
  while (longest.size() + 5 <= EspeakTts::max_text) longest += "word ";
  EXPECT_GT(speak(longest, "en").seconds(), 100.0);
  EXPECT_FALSE(speak("<speak>&amp; \x01\x02 [[h@]] \xff\xfe", "en").error);
  EXPECT_EQ(speak("", "ko").ends, 1);
}

TEST_F(Espeak, IsNotReadyBeforeStart) {
  const auto refused = tts_.speak({"a", "en"}, [](speech::TtsEvent) {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::engine_not_ready);
}

TEST_F(Espeak, ManySentencesAtOnceAllEnd) {
  start();
  std::vector<Spoken> spoken(40);
  std::vector<std::unique_ptr<speech::TtsStream>> streams;
  for (auto& s : spoken) streams.push_back(ask("Sentence after sentence.", "en", s));
  EXPECT_TRUE(home_.run_until(
      [&] { return std::ranges::all_of(spoken, [](auto& s) { return s.ends == 1 && !s.error; }); }));
  EXPECT_EQ(pool_.figures().done, 40u);
}

TEST_F(Espeak, ADestroyedStreamIsNeverHeardAgainAndTheHelperStaysUsable) {
  start();
  std::string text;
  for (int i = 0; i < 60; ++i) text += "This goes on and on. ";
  Spoken cut;
  auto stream = ask(text, "en", cut);
  ASSERT_TRUE(home_.run_until([&] { return cut.pieces > 0; }));
  stream.reset();
  const auto heard = cut.pieces;
  EXPECT_FALSE(speak("Still here.", "en").error);
  EXPECT_FALSE(speak("And here.", "en").error);
  EXPECT_EQ(cut.pieces, heard);
  EXPECT_EQ(cut.ends, 0);
  EXPECT_EQ(pool_.figures().restarts, 0u);
}

TEST_F(Espeak, PrintsItsLatency) {
  start();
  for (int i = 0; i < 50; ++i) speak("네, 안녕하세요. 무엇을 도와드릴까요?", "ko");
  const auto f = pool_.figures();
  ASSERT_EQ(f.first_audio_count, 50u);
  std::cout << "first audio: mean " << f.first_audio_us_total / f.first_audio_count << " us, max "
            << f.first_audio_us_max << " us\n";
}

TEST_F(Espeak, AKilledHelperIsReplacedAndTheSentenceSpoken) {
  settings_.helpers = 1;
  EspeakPool pool(settings_, base::Log(quiet_));
  ASSERT_TRUE(pool.start());
  EspeakTts tts(pool, settings_, home_);
  const pid_t first = pool.helpers().front();
  ASSERT_EQ(::kill(first, SIGSTOP), 0);  // the sentence reaches it, but no audio comes back
  int ends_seen = 0;
  std::optional<base::Error> error;
  auto stream = tts.speak({"Please try again.", "en"}, [&](speech::TtsEvent event) {
    if (auto* failed = std::get_if<TtsFailed>(&event)) error = failed->error;
    ends_seen += !std::holds_alternative<TtsAudio>(event);
  });
  ASSERT_TRUE(stream);
  ASSERT_EQ(::kill(first, SIGKILL), 0);
  ASSERT_TRUE(home_.run_until([&] { return ends_seen > 0; }));
  EXPECT_FALSE(error) << error->message();
  EXPECT_NE(pool.helpers().front(), first);
  EXPECT_EQ(pool.figures().restarts, 1u);
}

TEST_F(Espeak, AHangingHelperIsReplaced) {
  settings_.helpers = 1;
  settings_.silence_limit = std::chrono::milliseconds(300);
  EspeakPool pool(settings_, base::Log(quiet_));
  ASSERT_TRUE(pool.start());
  EspeakTts tts(pool, settings_, home_);
  ASSERT_EQ(::kill(pool.helpers().front(), SIGSTOP), 0);
  bool done = false;
  auto stream = tts.speak({"Hello.", "en"}, [&](speech::TtsEvent event) {
    done = done || std::holds_alternative<TtsDone>(event);
  });
  ASSERT_TRUE(stream);
  EXPECT_TRUE(home_.run_until([&] { return done; }));
  EXPECT_EQ(pool.figures().restarts, 1u);
}

/// A stand-in for the helper that does what the test wants.
std::filesystem::path bad_helper(const std::string& name, const std::string& body) {
  const auto path = std::filesystem::path(::testing::TempDir()) /
                    (name + std::to_string(::getpid()) + ".sh");
  std::ofstream(path) << "#!/bin/bash\n" << body;
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}
constexpr const char* says_ready = "printf '\\x09\\0\\0\\0\\x10\\0\\0\\0\\0\\x22\\x56\\0\\0' >&0\n";

TEST_F(Espeak, AHelperThatDiesOnEverySentenceFailsItAfterTwoTries) {
  settings_.helper = bad_helper("dies", std::string(says_ready) + "head -c 4 >/dev/null\n");
  settings_.helpers = 1;
  settings_.backoff_first = std::chrono::milliseconds(1);
  EspeakPool pool(settings_, base::Log(quiet_));
  ASSERT_TRUE(pool.start());
  EspeakTts tts(pool, settings_, home_);
  std::optional<base::Error> error;
  auto stream = tts.speak({"Hello.", "en"}, [&](speech::TtsEvent event) {
    if (auto* failed = std::get_if<TtsFailed>(&event)) error = failed->error;
  });
  ASSERT_TRUE(stream);
  ASSERT_TRUE(home_.run_until([&] { return error.has_value(); }));
  EXPECT_EQ(error->code, base::Code::engine_failed);
  EXPECT_EQ(pool.figures().restarts, 2u);
  EXPECT_EQ(pool.figures().failed, 1u);
  std::filesystem::remove(settings_.helper);
}

TEST_F(Espeak, MalformedFramesFromAHelperAreItsEnd) {
  settings_.helper = bad_helper(
      "lies", std::string(says_ready) +
                  "head -c 4 >/dev/null\nprintf '\\xff\\xff\\xff\\xff\\x11\\0\\0\\0\\0' >&0\nexec sleep 60\n");
  settings_.helpers = 1;
  settings_.backoff_first = std::chrono::milliseconds(1);
  EspeakPool pool(settings_, base::Log(quiet_));
  ASSERT_TRUE(pool.start());
  EspeakTts tts(pool, settings_, home_);
  std::optional<base::Error> error;
  auto stream = tts.speak({"Hello.", "en"}, [&](speech::TtsEvent event) {
    if (auto* failed = std::get_if<TtsFailed>(&event)) error = failed->error;
  });
  ASSERT_TRUE(home_.run_until([&] { return error.has_value(); }));
  EXPECT_EQ(error->detail, "helper frame too long");
  std::filesystem::remove(settings_.helper);
}

TEST_F(Espeak, SaysWhyWhenThereIsNoHelper) {
  settings_.helper = "/nonexistent/daedap-espeak";
  settings_.backoff_first = std::chrono::milliseconds(1);
  EspeakPool pool(settings_, base::Log(quiet_));
  const auto started = pool.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, base::Code::engine_failed);
  EXPECT_NE(started.error().detail.find("/nonexistent"), std::string::npos);
}

TEST_F(Espeak, AFullQueueRefuses) {
  settings_.helpers = 1;
  settings_.max_queued = 2;
  EspeakPool pool(settings_, base::Log(quiet_));
  ASSERT_TRUE(pool.start());
  EspeakTts tts(pool, settings_, home_);
  ASSERT_EQ(::kill(pool.helpers().front(), SIGSTOP), 0);
  std::vector<std::unique_ptr<speech::TtsStream>> streams;
  std::optional<base::Error> refused;
  for (int i = 0; i < 4 && !refused; ++i) {
    auto stream = tts.speak({"Hello.", "en"}, [](speech::TtsEvent) {});
    if (stream) streams.push_back(std::move(*stream));
    if (!stream) refused = stream.error();
  }
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, base::Code::engine_full);
  EXPECT_GE(streams.size(), 2u);
  EXPECT_EQ(pool.figures().refused, 1u);
}

TEST(HelperProcess, ClosesWithoutLeavingAZombieOrARunningHelper) {
  pid_t pid = 0;
  {
    auto helper = HelperProcess::spawn(*find_helper());
    ASSERT_TRUE(helper);
    pid = helper->pid();
    EXPECT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_EQ(::kill(pid, 0), -1);
}

TEST(HelperProcess, EndsByItselfWhenTheServerIsKilled) {
  int report[2];
  ASSERT_EQ(::pipe(report), 0);
  const pid_t server = ::fork();
  if (server == 0) {  // a "server" that is killed without any chance to clean up
    auto helper = HelperProcess::spawn(*find_helper());
    const pid_t pid = helper ? helper->pid() : 0;
    (void)!::write(report[1], &pid, sizeof pid);
    while (true) ::pause();
  }
  pid_t helper = 0;
  ASSERT_EQ(::read(report[0], &helper, sizeof helper), static_cast<ssize_t>(sizeof helper));
  ASSERT_GT(helper, 0);
  EXPECT_EQ(::kill(server, SIGKILL), 0);
  ::waitpid(server, nullptr, 0);
  EXPECT_TRUE(ends(helper));
  ::close(report[0]);
  ::close(report[1]);
}

TEST(HelperProcess, TheHelperEndsOnMalformedFramesFromUs) {
  const std::string too_long("\xff\xff\xff\x7f\x01\0\0\0\0", 9);
  const std::string wrong_type("\x05\0\0\0\x63\0\0\0\0", 9);
  const std::string cut_short("\x06\0\0\0\x01\0\0\0\0\x01", 10);
  const std::string voice_beyond_end("\x08\0\0\0\x01\0\0\0\0\x96\0\xff", 12);
  for (const auto& bytes : {too_long, wrong_type, cut_short, voice_beyond_end}) {
    auto helper = HelperProcess::spawn(*find_helper());
    ASSERT_TRUE(helper);
    ASSERT_TRUE(helper->send(bytes));
    EXPECT_TRUE(ends(helper->pid()));
  }
}

TEST(HelperProcess, RefusesATextOverTheCap) {
  auto helper = HelperProcess::spawn(*find_helper());
  ASSERT_TRUE(helper);
  ASSERT_TRUE(helper->send(write_speak(9, 150, "en-us", std::string(9000, 'a'))));
  FrameReader reader;
  std::optional<HelperFrame> frame;
  while (true) {
    frame = reader.next().value();
    if (frame && frame->type != FrameType::ready) break;
    if (frame) continue;
    pollfd readable{helper->fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&readable, 1, 10'000), 1);
    std::string bytes;
    ASSERT_TRUE(helper->receive(bytes));
    reader.append(bytes);
  }
  EXPECT_EQ(frame->type, FrameType::error);
  EXPECT_EQ(frame->id, 9u);
}

}  // namespace
}  // namespace daedap::engines::espeak
