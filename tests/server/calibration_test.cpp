#include <gtest/gtest.h>

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>

#include "audio/wav.hpp"
#include "server/commands/commands.hpp"
#include "server/turns/calibration_file.hpp"
#include "server/turns/fitting.hpp"
#include "server/turns/pause_files.hpp"
#include "server/turns/recorded_call.hpp"
#include "sim/voice.hpp"

namespace daedap::server {
namespace {

using namespace std::chrono_literals;
using namespace speech::turn;
namespace fs = std::filesystem;

/// A folder that goes with the test.
struct Folder {
  Folder() : path(fs::path(testing::TempDir()) / ("daedap_turns_" + std::to_string(::getpid()) + "_" +
                                                   testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  std::string write(const std::string& name, const std::string& text) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name, std::ios::binary) << text;
    return (path / name).string();
  }
  const fs::path path;
};

struct Ran {
  int code = -1;
  std::string out, err;
};

/// The command line from its front door.
Ran run(const std::string& line) {
  CLI::App app;
  Ran ran;
  add_turns(app, ran.code);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  try {
    app.parse(line);
  } catch (const CLI::ParseError&) {
    ran.code = exit_usage;
  }
  ran.out = testing::internal::GetCapturedStdout();
  ran.err = testing::internal::GetCapturedStderr();
  return ran;
}

/// A call whose speaker goes on more often than the design thinks.
std::vector<call::LoggedPause> pauses_of_a_call(std::mt19937& random, int count) {
  std::uniform_real_distribution<double> unit(0, 1);
  std::vector<call::LoggedPause> out;
  for (int i = 0; i < count; ++i) {
    call::LoggedPause one{.codec = i % 2 ? "PCMU" : "G722"};
    Pause& p = one.pause;
    p.start = base::Time{10s * i};
    p.end = p.start + 2s;
    p.features = {.text = true, .lexical = 6 * unit(random) - 3, .trust = 1};
    p.theta = 0.95;
    const bool finished = unit(random) < score(p.features, {.bias = -1, .lexical = 2});
    const auto length = base::Duration(static_cast<std::int64_t>(1e9 * (0.2 + 0.4 * std::pow(-std::log(1 - unit(random)), 1 / 0.8))));
    if (!finished) p.resumed = p.end + std::min<base::Duration>(length, 3s);
    one.found = finished ? LabelledPause{PauseLabel::eot, 500ms} : LabelledPause{PauseLabel::hold, *p.resumed - p.end};
    if (i % 10 == 9) one.found = {PauseLabel::censored, 400ms};
    p.steps.push_back({.at = p.end + 200ms, .text = finished ? "바꿔 주세요" : "그런데 제가", .final = true, .p = finished ? 0.9 : 0.1, .words = 2});
    out.push_back(std::move(one));
  }
  return out;
}

void write_calls(const Folder& folder, int calls, int pauses) {
  std::mt19937 random(11);
  for (int i = 0; i < calls; ++i) {
    const std::string id = "call-" + std::to_string(100 + i);
    folder.write("recordings/2026/01/29/" + id + "/" + pause_file, write_pauses(id, "ko", true, pauses_of_a_call(random, pauses)));
  }
}

TEST(CalibrationFile, IsReadBackAsItWasWritten) {
  Calibration c{.weights = {.bias = -0.25, .lexical = 1.75, .habit = 0}, .holds = {{"ko", 0.8, 0.3, 0.5}, {"en", 0.6, 0.25, 0}}};
  const auto read = parse_calibration(write_calibration(c, 2000));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->weights, c.weights);
  EXPECT_EQ(read->holds, c.holds);
}

TEST(CalibrationFile, NamesTheMemberThatIsWrong) {
  for (const auto& [text, member] : {std::pair{"[]", "object"}, {R"({"weights":{"lexical":-1}})", "weights.lexical"},
                                     {R"({"weights":{"bias":1e9}})", "weights.bias"}, {R"({"weights":{"lexcal":1}})", "weights.lexcal"},
                                     {R"({"holds":{"ko":{"shape":9}}})", "holds.ko.shape"}, {R"({"holds":{"ko":{"scale":"x"}}})", "holds.ko.scale"},
                                     {R"({"holds":{"korean":{}}})", "holds.korean"}, {R"({"theta":1})", "theta"}, {"{", "object"}}) {
    const auto read = parse_calibration(text);
    ASSERT_FALSE(read) << text;
    EXPECT_NE(read.error().message().find(member), std::string::npos) << read.error().message();
  }
  EXPECT_FALSE(parse_calibration(std::string(70'000, ' ')));
  EXPECT_FALSE(read_calibration("/nowhere/weights.json"));
}

TEST(CalibrationFile, ReadAnythingWithoutHarm) {
  const std::string good = write_calibration({.holds = {{"ko", 0.8, 0.3, 0.5}}}, 2000);
  std::mt19937 random(3);
  for (int round = 0; round < 3000; ++round) {
    std::string text = good;
    for (int i = 0; i < 1 + round % 5; ++i) {
      const std::size_t at = random() % text.size();
      if (round % 2) text[at] = static_cast<char>(random());
      else text.erase(at, 1 + random() % 9);
      if (text.empty()) text = "x";
    }
    const auto read = parse_calibration(text);
    if (!read) continue;
    EXPECT_LE(std::abs(read->weights.lexical), 10);
  }
}

TEST(TurnWeights, OfTheConfigurationAreCheckedAndTaken) {
  const Folder folder;
  const std::string weights = folder.write("w.json", R"({"weights":{"lexical":1.5},"holds":{"ko":{"shape":0.7,"scale":0.3}}})");
  const auto good = read_config(folder.write("good.yaml", "turn:\n  weights: " + weights + "\n"));
  EXPECT_TRUE(good.faults.empty());
  EXPECT_EQ(good.config.call.conversation.turn.weights.lexical, 1.5);
  ASSERT_EQ(good.config.call.conversation.turn.holds.size(), 1U);
  EXPECT_TRUE(good.config.call.conversation.turn.keep_pauses);
  folder.write("w.json", R"({"weights":{"lexical":-1.5}})");
  const auto bad = read_config((folder.path / "good.yaml").string());
  ASSERT_EQ(bad.faults.size(), 1U);
  EXPECT_EQ(bad.faults[0].key, "turn.weights");
  EXPECT_EQ(bad.faults[0].line, 2);
  EXPECT_EQ(bad.config.call.conversation.turn.weights.lexical, 1.0);
}

TEST(TurnsFit, LearnsFromTheLogsOfManyCallsAndTheServerReadsItsFile) {
  const Folder folder;
  write_calls(folder, 40, 30);
  const std::string out = (folder.path / "weights.json").string();
  const Ran ran = run("turns fit --state " + folder.path.string() + " --out " + out);
  ASSERT_EQ(ran.code, exit_good) << ran.err;
  EXPECT_NE(ran.out.find("40 calls, 1200 pauses"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("brier"), std::string::npos);
  EXPECT_NE(ran.out.find("about 2000 are wanted"), std::string::npos);
  const auto learned = read_calibration(out);
  ASSERT_TRUE(learned) << learned.error().message();
  EXPECT_NEAR(learned->weights.bias, -1, 0.4);
  EXPECT_NEAR(learned->weights.lexical, 2, 0.4);
  ASSERT_EQ(learned->holds.size(), 1U);
  EXPECT_NEAR(learned->holds[0].scale, 0.4, 0.08);
  EXPECT_TRUE(read_config(folder.write("d.yaml", "turn: {weights: " + out + "}\n")).faults.empty());
  EXPECT_EQ(run("turns fit --state " + folder.path.string()).out.substr(0, 400), ran.out.substr(0, 400)) << "the same each time";
}

TEST(TurnsFit, SaysWhatIsMissingWhereThereIsTooLittle) {
  const Folder folder;
  EXPECT_EQ(run("turns fit").code, exit_usage);
  EXPECT_EQ(run("turns fit /nowhere").code, exit_failed);
  write_calls(folder, 3, 100);
  const Ran few_calls = run("turns fit " + folder.path.string());
  EXPECT_EQ(few_calls.code, exit_failed);
  EXPECT_NE(few_calls.err.find("3 calls with labelled pauses; at least 5 are needed"), std::string::npos) << few_calls.err;
  write_calls(folder, 6, 10);
  const Ran few = run("turns fit " + folder.path.string());
  EXPECT_NE(few.err.find("54 labelled pauses; at least 200"), std::string::npos) << few.err;
  const Ran codec = run("turns fit --codec GSM " + folder.path.string());
  EXPECT_EQ(codec.code, exit_failed);
}

TEST(TurnsReplay, TellsWhatOtherSettingsWouldHaveDone) {
  const Folder folder;
  write_calls(folder, 1, 20);
  const std::string call = (folder.path / "recordings/2026/01/29/call-100").string();
  const Ran same = run("turns replay " + call);
  ASSERT_EQ(same.code, exit_good) << same.err;
  EXPECT_NE(same.out.find("20 pauses, 0 decided otherwise"), std::string::npos) << same.out;
  EXPECT_NE(same.out.find("call call-100"), std::string::npos);
  EXPECT_NE(same.out.find("then"), std::string::npos);
  const Ran other = run("turns replay --theta 0.5 " + call);
  EXPECT_EQ(other.out.find(" 0 decided otherwise"), std::string::npos) << other.out;
  EXPECT_EQ(run("turns replay --theta 0.5 " + call).out, other.out) << "the same each time";
  const std::string eager = folder.write("eager.json", R"({"weights":{"bias":5}})");
  EXPECT_EQ(run("turns replay --weights " + eager + " " + call).out.find(" 0 decided otherwise"), std::string::npos);
  EXPECT_EQ(run("turns replay --theta 2 " + call).code, exit_usage);
  EXPECT_EQ(run("turns replay /nowhere").code, exit_failed);
  EXPECT_EQ(run("turns").code, exit_usage);
}

/// A call in which the customer pauses within a sentence.
void record_call(const Folder& folder, const std::string& answered_by) {
  std::vector<std::int16_t> stereo(2 * 16'000 * 9);
  const auto put = [&](int channel, base::Millis at, const std::string& text, int period) {
    const auto pcm = sim::speak(text, {.period = period});
    for (std::size_t i = 0; i < pcm.size(); ++i)
      stereo[2 * (static_cast<std::size_t>(audio::samples_in(at)) + i) + static_cast<std::size_t>(channel)] = pcm[i];
  };
  for (std::size_t i = 0; i < stereo.size(); ++i) stereo[i] = static_cast<std::int16_t>(static_cast<int>(i * 2654435761U % 41) - 20);
  put(0, 1000ms, "카드를 잃어버렸는데요 어제", 90);
  const auto first = static_cast<std::int64_t>(sim::speak("카드를 잃어버렸는데요 어제", {.period = 90}).size()) / 16;
  const std::int64_t second = 1000 + first + 800;
  put(0, base::Millis{second}, "다시 만들어 주세요", 90);
  const auto length = static_cast<std::int64_t>(sim::speak("다시 만들어 주세요", {.period = 90}).size()) / 16;
  put(1, base::Millis{second + length + 700}, "네 알겠습니다 고객님 확인해 드리겠습니다", 140);
  const auto wav = audio::write_wav(16'000, 2, stereo);
  folder.write("call/call.wav", std::string(wav.begin(), wav.end()));
  folder.write("call/call.json", R"({"answered_by":")" + answered_by + R"("})");
  folder.write("call/transcript.json",
               R"({"call_id":"old-1","language":"ko","turns":[{"speaker":"caller","text":"카드를 잃어버렸는데","start_ms":1000,"end_ms":)" +
                   std::to_string(1000 + first) + R"(},{"speaker":"caller","text":"다시 만들어 주세요","start_ms":)" + std::to_string(second) +
                   R"(,"end_ms":)" + std::to_string(second + length) + "}]}");
}

TEST(PausesOfRecording, AreFoundByVoiceAndCarryTheTranscriptsWords) {
  const Folder folder;
  record_call(folder, "1002");
  const auto call = pauses_of_recording(folder.path / "call", {.lag = 300ms});
  ASSERT_TRUE(call) << call.error().message();
  EXPECT_EQ(call->call_id, "old-1");
  ASSERT_GE(call->pauses.size(), 2U);
  const auto& first = call->pauses[0];
  EXPECT_EQ(first.found.label, PauseLabel::hold);
  EXPECT_NEAR(base::to_ms_f(first.found.length), 800, 150);
  ASSERT_EQ(first.pause.steps.size(), 1U);
  EXPECT_EQ(first.pause.steps[0].text, "카드를 잃어버렸는데");
  EXPECT_EQ(first.pause.steps[0].at - first.pause.end, 300ms);
  EXPECT_EQ(call->pauses[1].found.label, PauseLabel::eot);
  const Ran ran = run("turns replay " + (folder.path / "call").string());
  ASSERT_EQ(ran.code, exit_good) << ran.err;
  EXPECT_NE(ran.out.find("then: not kept"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("카드를 잃어버렸는데"), std::string::npos);
}

TEST(PausesOfRecording, OfTheAssistantsCallAreTheCallersAlone) {
  const Folder folder;
  record_call(folder, "ai");
  const auto call = pauses_of_recording(folder.path / "call", {});
  ASSERT_TRUE(call);
  for (const auto& one : call->pauses) {
    EXPECT_EQ(one.speaker, call::LoggedPause::Speaker::customer);
    EXPECT_TRUE(one.with_ai);
  }
  EXPECT_FALSE(pauses_of_recording(folder.path, {}));
  folder.write("call/transcript.json", "[1,2]");
  EXPECT_FALSE(pauses_of_recording(folder.path / "call", {}));
}

}  // namespace
}  // namespace daedap::server
