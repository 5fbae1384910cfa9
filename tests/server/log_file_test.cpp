#include "server/log_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace daedap::server {
namespace {

class LogFolder : public testing::Test {
 protected:
  void SetUp() override { folder_ = testing::TempDir() + "daedap_log_" + std::to_string(::getpid()); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::vector<nlohmann::json> lines() {
    std::ifstream in(folder_ + "/app.log");
    std::vector<nlohmann::json> out;
    for (std::string line; std::getline(in, line);) out.push_back(nlohmann::json::parse(line));
    return out;
  }
  std::string folder_;
};

TEST_F(LogFolder, EachLineIsOneJsonObjectWithItsFields) {
  {
    auto file = LogFile::open(folder_, base::Level::info);
    ASSERT_TRUE(file) << file.error().message();
    base::Log(**file).for_call("c-1").info("ai_200_ok_sent", {{"setup_ms", 12}, {"ok", true}, {"text", "안녕\n"}});
    base::Log(**file).debug("not_written");
  }
  const auto all = lines();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0]["event"], "ai_200_ok_sent");
  EXPECT_EQ(all[0]["call_id"], "c-1");
  EXPECT_EQ(all[0]["setup_ms"], 12);
  EXPECT_EQ(all[0]["ok"], true);
  EXPECT_EQ(all[0]["text"], "안녕\n");
  EXPECT_EQ(all[0]["level"], "info");
}

TEST_F(LogFolder, BytesThatAreNoUtf8DoNotBreakTheLine) {
  { base::Log(**LogFile::open(folder_, base::Level::info)).warn("sip_malformed", {{"detail", "\xff\xfe"}}); }
  ASSERT_EQ(lines().size(), 1u);
}

TEST_F(LogFolder, FolderThatCannotBeMadeIsAnError) {
  std::ofstream(testing::TempDir() + "daedap_plain_file") << "x";
  EXPECT_FALSE(LogFile::open(testing::TempDir() + "daedap_plain_file/logs", base::Level::info));
}

TEST(WallText, IsRfc3339WithMilliseconds) {
  const std::string now = wall_text();
  EXPECT_EQ(now.size(), 24u);
  EXPECT_EQ(now.back(), 'Z');
  EXPECT_EQ(now[10], 'T');
}

}  // namespace
}  // namespace daedap::server
