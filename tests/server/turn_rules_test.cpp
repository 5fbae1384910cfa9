#include "server/turn_rules.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace daedap::server {
namespace {

TEST(TurnRulesFile, ThePackagedOnesAreFoundAndKnowBothLanguages) {
  const auto book = load_turn_rules("");
  ASSERT_TRUE(book) << book.error().message();
  EXPECT_NE(book->find("ko"), nullptr);
  EXPECT_NE(book->find("en-US"), nullptr);
  EXPECT_EQ(book->find("fr"), nullptr);
}

TEST(TurnRulesFile, AMissingOrBrokenFileIsNamed) {
  const std::string folder = testing::TempDir() + "/turn_rules_test";
  std::filesystem::create_directories(folder);
  std::filesystem::remove(folder + "/ko.rules");
  const auto missing = load_turn_rules(folder);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, base::Code::not_found);
  EXPECT_NE(missing.error().message().find("ko.rules"), std::string::npos);
  std::ofstream(folder + "/ko.rules") << "turns 1 ko\nfish\n";
  const auto broken = load_turn_rules(folder);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, base::Code::bad_syntax);
  EXPECT_NE(broken.error().message().find("ko.rules: line 2"), std::string::npos) << broken.error().message();
}

}  // namespace
}  // namespace daedap::server
