#include "call/operators.hpp"

#include <gtest/gtest.h>

namespace daedap::call {
namespace {

TEST(OperatorStatus, NamesReadBackAsThemselves) {
  using enum OperatorStatus;
  for (const auto status : {available, away, busy, offline}) EXPECT_EQ(operator_status(name(status)), status);
  EXPECT_FALSE(operator_status("gone"));
  EXPECT_FALSE(operator_status("Away"));
}

TEST(Operators, FindsByIdAndForgetsWhoIsReplaced) {
  Operators all;
  all.replace({{.id = "1001", .name = "김지원"}, {.id = "1002"}});
  ASSERT_NE(all.find("1001"), nullptr);
  EXPECT_EQ(all.find("1001")->name, "김지원");
  all.replace({{.id = "1002"}});
  EXPECT_EQ(all.find("1001"), nullptr);
  EXPECT_EQ(all.all().size(), 1U);
}

TEST(Operators, LastOfTwoWithOneIdCounts) {
  Operators all;
  all.replace({{.id = "1", .name = "a"}, {.id = "1", .name = "b"}});
  EXPECT_EQ(all.find("1")->name, "b");
}

TEST(Miss, NamesReadBackAsThemselves) {
  using enum Miss;
  for (const auto one : {no_answer, busy, declined, unregistered}) EXPECT_EQ(miss(name(one)), one);
  EXPECT_FALSE(miss("away"));
}

TEST(OperatorChange, ChangesOnlyWhatItNames) {
  Operator one{.id = "1", .name = "a", .voice = "v", .on_miss = {Fallback::reject, Fallback::reject}};
  OperatorChange change;
  change.name = "b";
  change.on_miss[0] = std::optional<Fallback>{};
  change.on_miss[3] = Fallback::ai;
  change.apply(one);
  EXPECT_EQ(one.name, "b");
  EXPECT_EQ(one.voice, "v");
  EXPECT_EQ(one.on_miss, (std::array<std::optional<Fallback>, miss_count>{std::nullopt, Fallback::reject, std::nullopt, Fallback::ai}));
}

}  // namespace
}  // namespace daedap::call
