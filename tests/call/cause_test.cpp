#include "call/cause.hpp"

#include <gtest/gtest.h>

#include <set>

namespace daedap::call {
namespace {

TEST(Cause, EveryOneHasItsOwnName) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(last_cause); ++i) names.insert(name(static_cast<Cause>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(last_cause) + 1);
  EXPECT_EQ(name(Cause::goodbye), "goodbye");
  EXPECT_EQ(name(Cause::killed), "killed");
}

TEST(Cause, EveryVerdictIsAFinalFailure) {
  for (int i = 0; i <= static_cast<int>(last_cause); ++i) {
    const Verdict& row = verdict(static_cast<Cause>(i));
    EXPECT_GE(row.status, 400) << i;
    EXPECT_LT(row.status, 700) << i;
  }
}

TEST(Cause, StatusesAreTheOnesThatTheOutsideKnows) {
  EXPECT_EQ(verdict(Cause::not_found).status, 404);
  EXPECT_EQ(verdict(Cause::operator_unavailable).status, 480);
  EXPECT_EQ(verdict(Cause::caller_cancelled).status, 487);
  EXPECT_EQ(verdict(Cause::no_common_codec).status, 488);
  EXPECT_EQ(verdict(Cause::ai_unavailable).status, 503);
  EXPECT_EQ(verdict(Cause::no_port).status, 503);
}

TEST(Cause, ErrorsBecomeTheCauseThatTheirStatusTells) {
  EXPECT_EQ(cause_of(base::Code::no_common_codec), Cause::no_common_codec);
  EXPECT_EQ(cause_of(base::Code::bad_syntax), Cause::bad_request);
  EXPECT_EQ(cause_of(base::Code::no_port), Cause::no_port);
  EXPECT_EQ(cause_of(base::Code::engine_full), Cause::ai_unavailable);
  EXPECT_EQ(cause_of(base::Code::io), Cause::internal);
}

}  // namespace
}  // namespace daedap::call
