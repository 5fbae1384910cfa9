#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <cstring>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include "store/recording_disk.hpp"
#include "store/recording_file.hpp"
#include "store/recording_folder.hpp"
#include "store/temp_folder.hpp"
#include "store/wav_header.hpp"

namespace daedap::store {
namespace {

constexpr WallTime start_time{std::chrono::milliseconds{1'769'688'000'000}};  // 2026-01-29T12:00:00Z

std::vector<std::int16_t> block(std::int16_t value, std::size_t samples = 16'000) {
  return std::vector<std::int16_t>(samples, value);
}

// The audio that a player would find in the file; nothing when it could not play it.
std::optional<std::vector<std::int16_t>> play(const std::filesystem::path& path) {
  const std::string bytes = test::read_file(path);
  WavHeader header{};
  if (bytes.size() < header.size()) return std::nullopt;
  std::copy_n(bytes.begin(), header.size(), header.begin());
  std::uint64_t audio = 0;
  if (!read_wav_header(header, audio) || audio > bytes.size() - header.size()) return std::nullopt;
  std::vector<std::int16_t> out(audio / 2);
  std::memcpy(out.data(), bytes.data() + header.size(), audio);
  return out;
}

// A writer that runs only when the test says so.
class HeldWriter final : public base::Executor {
 public:
  void post(base::Task task) override { tasks.push_back(std::move(task)); }
  void post_after(base::Duration, base::Task task) override { post(std::move(task)); }
  void run() {
    for (auto& task : std::exchange(tasks, {})) task();
  }
  std::vector<base::Task> tasks;
};

class RecordingFileTest : public testing::Test {
 protected:
  std::unique_ptr<RecordingFile> held() {
    shared->events.failed = [this](const std::string& id, const base::Error& error) {
      failed.push_back(id + ": " + error.message());
    };
    shared->events.finished = [this](const std::string& id, const auto&) { finished.push_back(id); };
    return std::make_unique<RecordingFile>(shared, writer, "c", folder.path() / "c");
  }
  test::TempFolder folder;
  HeldWriter writer;
  std::shared_ptr<RecordingDisk::Shared> shared = std::make_shared<RecordingDisk::Shared>();
  std::vector<std::string> failed, finished;
  std::filesystem::path wav = folder.path() / "c/call.wav";
};

TEST_F(RecordingFileTest, IsPlayableAfterEachBlockThoughNeverClosed) {
  auto file = held();
  for (std::int16_t i = 1; i <= 3; ++i) {
    file->write(block(i));
    writer.run();
    const auto audio = play(wav);
    ASSERT_TRUE(audio);
    EXPECT_EQ(audio->size(), 16'000U * static_cast<unsigned>(i));
    EXPECT_EQ(audio->back(), i);
  }
}

TEST_F(RecordingFileTest, HasItsNameOnlyOnceItIsUsable) {
  auto file = held();
  EXPECT_FALSE(std::filesystem::exists(wav));
  file->write({});
  writer.run();
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "c"));
  file->write(block(1));
  writer.run();
  EXPECT_TRUE(std::filesystem::exists(wav));
  EXPECT_FALSE(std::filesystem::exists(wav.string() + ".part"));
}

TEST_F(RecordingFileTest, PutsSilenceInThePlaceOfWhatASlowDiskLost) {
  auto file = held();
  const auto limit = static_cast<std::int16_t>(RecordingFile::queue_limit);
  for (std::int16_t i = 1; i <= limit + 3; ++i) file->write(block(i, 100));
  writer.run();
  file->write(block(99, 100));
  file->close();
  writer.run();
  EXPECT_EQ(shared->figures.blocks_dropped, 3U);
  const auto audio = play(wav);
  ASSERT_TRUE(audio);
  ASSERT_EQ(audio->size(), 100U * (RecordingFile::queue_limit + 4));
  const auto at = [&](std::size_t b) { return (*audio)[b * 100 + 50]; };
  EXPECT_EQ(at(RecordingFile::queue_limit - 1), limit);
  EXPECT_EQ(at(RecordingFile::queue_limit), 0);
  EXPECT_EQ(at(RecordingFile::queue_limit + 2), 0);
  EXPECT_EQ(at(RecordingFile::queue_limit + 3), 99);
}

TEST_F(RecordingFileTest, TellsOnceThatTheDiskIsFullAndKeepsWhatItHas) {
  auto file = held();
  file->write(block(1));
  writer.run();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = ::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 50'000;  // the next block does not fit
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  file->write(block(2));
  file->write(block(3));
  file->close();
  writer.run();
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(failed.size(), 1U);
  EXPECT_TRUE(finished.empty());
  EXPECT_EQ(shared->figures.failures, 1U);
  EXPECT_EQ(shared->figures.open, 0U);
  const auto audio = play(wav);
  ASSERT_TRUE(audio);
  EXPECT_EQ(audio->size(), 16'000U);
}

TEST_F(RecordingFileTest, TellsThatItsFolderCannotBeMade) {
  test::write_file(folder.path() / "c", "a file in the way");
  auto file = held();
  file->write(block(1));
  file->close();
  writer.run();
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_TRUE(failed[0].starts_with("c: cannot make the folder"));
}

TEST(RecordingDisk, WritesEachCallIntoTheFolderOfItsDay) {
  test::TempFolder root;
  std::promise<std::filesystem::path> done;
  RecordingEvents events;
  events.finished = [&](const std::string&, const std::filesystem::path& folder) { done.set_value(folder); };
  RecordingDisk disk(root.path(), events);
  auto sink = disk.open("abc-1", start_time);
  sink->write(block(5));
  sink->close();
  auto future = done.get_future();
  ASSERT_EQ(future.wait_for(std::chrono::seconds{10}), std::future_status::ready);
  EXPECT_EQ(future.get(), root.path() / "2026/01/29/abc-1");
  EXPECT_EQ(play(root.path() / "2026/01/29/abc-1/call.wav")->size(), 16'000U);
}

TEST(RecordingDisk, TakesBlocksFromManyThreads) {
  test::TempFolder root;
  {
    RecordingDisk disk(root.path(), {});
    std::vector<std::thread> shards;
    for (int n = 0; n < 4; ++n) {
      shards.emplace_back([&disk, n] {
        auto sink = disk.open("call-" + std::to_string(n), start_time);
        for (int i = 0; i < 20; ++i) sink->write(block(1, 640));
      });
    }
    for (auto& shard : shards) shard.join();
  }
  for (int n = 0; n < 4; ++n)
    EXPECT_EQ(play(root.path() / ("2026/01/29/call-" + std::to_string(n) + "/call.wav"))->size(), 12'800U);
}

TEST(RecordingDisk, WritesTheFilesBesideTheAudio) {
  test::TempFolder root;
  { RecordingDisk(root.path(), {}).write_file("c", start_time, "call.json", "{}"); }
  EXPECT_EQ(test::read_file(root.path() / "2026/01/29/c/call.json"), "{}");
  EXPECT_FALSE(std::filesystem::exists(root.path() / "2026/01/29/c/call.json.tmp"));
}

TEST(RecordingDisk, WritesAFileThatNeedNotBeOnTheDiskAtOnceTheSameWay) {
  test::TempFolder root;
  {
    RecordingDisk disk(root.path(), {});
    disk.write_file("c", start_time, "call.json", "old", Sync::later);
    disk.write_file("c", start_time, "call.json", "{}", Sync::later);
  }
  EXPECT_EQ(test::read_file(root.path() / "2026/01/29/c/call.json"), "{}");
  EXPECT_FALSE(std::filesystem::exists(root.path() / "2026/01/29/c/call.json.tmp"));
}

TEST(RecordingFolder, NeverLeavesItsRoot) {
  EXPECT_EQ(recording_folder("/r", "../../etc", start_time), "/r/2026/01/29/______etc");
  EXPECT_EQ(recording_folder("/r", "", start_time), "/r/2026/01/29/_");
}

TEST(FinishOrphans, RepairsEveryCallOfTheTree) {
  test::TempFolder root;
  const WavHeader empty = wav_header(0), wrong = wav_header(1'000'000);
  const std::string audio(4000, '\2');
  const auto put = [&](const char* call, const char* name, const std::string& content) {
    std::filesystem::create_directories(root.path() / "2026/01/29" / call);
    test::write_file(root.path() / "2026/01/29" / call / name, content);
  };
  put("stale", "call.wav", std::string(empty.begin(), empty.end()) + audio);
  put("cut", "call.wav", std::string(wrong.begin(), wrong.end()) + audio);
  put("part", "call.wav.part", std::string(empty.begin(), empty.end()) + audio);
  put("nothing", "call.wav.part", "RIFF");
  put("json", "call.json.tmp", "{");
  put("foreign", "call.wav", "not a WAV file at all, but longer than a header of one would be");
  ASSERT_TRUE(finish_orphans(root.path()));
  for (const char* call : {"stale", "cut", "part"})
    EXPECT_EQ(play(root.path() / "2026/01/29" / call / "call.wav")->size(), 2000U) << call;
  EXPECT_TRUE(std::filesystem::is_empty(root.path() / "2026/01/29/nothing"));
  EXPECT_TRUE(std::filesystem::is_empty(root.path() / "2026/01/29/json"));
  EXPECT_TRUE(test::read_file(root.path() / "2026/01/29/foreign/call.wav").starts_with("not a WAV"));
}

TEST(WavHeader, NeverTellsMoreThanItsFieldsCanHold) {
  std::uint64_t audio = 0;
  ASSERT_TRUE(read_wav_header(wav_header(10'000'000'000ULL), audio));
  EXPECT_EQ(audio, wav_audio_limit);
  WavHeader other = wav_header(4);
  other[22] = 1;  // mono
  EXPECT_FALSE(read_wav_header(other, audio));
}

}  // namespace
}  // namespace daedap::store
