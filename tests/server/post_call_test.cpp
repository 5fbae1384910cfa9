#include "server/post_call.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/store/temp_folder.hpp"

namespace daedap::server {
namespace {

namespace fs = std::filesystem;

struct Quiet : base::LogSink {
  void write(base::Level, std::string_view, std::span<const base::Field>) override {}
};

struct PostCallTest : testing::Test {
  void end(const call::Record& record) {
    store::RecordingDisk disk(root.path(), {});
    WallClock clock;
    PostCall(disk, clock, nullptr, base::Log(quiet)).on_ended(record, WallClock::WallTime{});
  }
  fs::path folder(const std::string& call_id) const { return root.path() / "1970/01/01" / call_id; }

  Quiet quiet;
  test::TempFolder root;
};

TEST_F(PostCallTest, CallWithoutSoundOrWordsLeavesNoFolder) {
  call::Record record;
  record.call_id = "still";
  end(record);
  EXPECT_FALSE(fs::exists(folder("still")));
}

TEST_F(PostCallTest, WordsOfAnUnrecordedCallAreKept) {
  call::Record record;
  record.call_id = "spoken";
  record.turns.push_back(call::Turn{.speaker = speech::Said::Speaker::caller, .text = "여보세요", .planned = ""});
  end(record);
  EXPECT_NE(test::read_file(folder("spoken") / "transcript.json").find("여보세요"), std::string::npos);
  EXPECT_TRUE(fs::exists(folder("spoken") / "call.json"));
}

TEST_F(PostCallTest, CallThatACrashCutOffIsDescribed) {
  call::Record record;
  record.call_id = "killed";
  record.cause = call::Cause::killed;
  end(record);
  EXPECT_TRUE(fs::exists(folder("killed") / "call.json"));
}

TEST_F(PostCallTest, RecordedCallIsDescribedThoughNobodySpoke) {
  call::Record record;
  record.call_id = "recorded";
  record.recorded = true;
  end(record);
  EXPECT_TRUE(fs::exists(folder("recorded") / "call.json"));
}

}  // namespace
}  // namespace daedap::server
