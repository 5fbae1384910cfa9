#include "call/routing.hpp"

#include <gtest/gtest.h>

namespace daedap::call {
namespace {

using Kind = Decision::Kind;

struct Routing : ::testing::Test {
  Routing() { set(OperatorStatus::away); }
  void set(OperatorStatus status) { operators.replace({{.id = "1001", .name = "Kim", .status = status}}); }
  Decision ask(std::string_view callee = "1001", std::size_t running = 0) {
    return route({.callee = callee, .operators = operators, .settings = settings, .ai = ai, .running = running});
  }
  Operators operators;
  Settings settings;
  AiState ai{.state = AiState::State::ready};
};

TEST_F(Routing, AwayOperatorIsAnsweredByTheAi) {
  const Decision d = ask();
  EXPECT_EQ(d.kind, Kind::ai);
  EXPECT_TRUE(d.away);
  EXPECT_EQ(d.callee->id, "1001");
}

TEST_F(Routing, UnknownOperatorIsNotFound) {
  const Decision d = ask("4711");
  EXPECT_EQ(d.kind, Kind::reject);
  EXPECT_EQ(d.cause, Cause::not_found);
  EXPECT_EQ(d.callee, nullptr);
}

TEST_F(Routing, OperatorWhoIsNotAwayIsRefusedUnlessConfiguredOtherwise) {
  using enum OperatorStatus;
  for (const auto status : {available, busy, offline}) {
    set(status);
    EXPECT_EQ(ask().kind, Kind::reject) << name(status);
    EXPECT_EQ(ask().cause, Cause::operator_unavailable) << name(status);
  }
}

TEST_F(Routing, EachStatusHasItsOwnSwitch) {
  set(OperatorStatus::busy);
  settings.when_offline = settings.when_available = Unavailable::ai;
  EXPECT_EQ(ask().kind, Kind::reject);
  settings.when_busy = Unavailable::ai;
  EXPECT_EQ(ask().kind, Kind::ai);
  EXPECT_FALSE(ask().away);
  set(OperatorStatus::offline);
  EXPECT_EQ(ask().kind, Kind::ai);
  set(OperatorStatus::available);
  EXPECT_EQ(ask().kind, Kind::ai);
}

TEST_F(Routing, AbsentAiIsSaidSo) {
  ai.state = AiState::State::absent;
  const Decision d = ask();
  EXPECT_EQ(d.kind, Kind::reject);
  EXPECT_EQ(d.cause, Cause::ai_unavailable);
  EXPECT_STREQ(d.event, "ai_orchestrator_not_provided");
}

TEST_F(Routing, FailedAiTellsWhy) {
  ai = {.state = AiState::State::failed, .why = "no model"};
  const Decision d = ask();
  EXPECT_STREQ(d.event, "ai_orchestrator_not_available");
  EXPECT_EQ(d.why, "no model");
}

TEST_F(Routing, FullAiTellsHowFull) {
  ai.max_calls = 2;
  EXPECT_EQ(ask("1001", 1).kind, Kind::ai);
  const Decision d = ask("1001", 2);
  EXPECT_EQ(d.kind, Kind::reject);
  EXPECT_STREQ(d.event, "ai_orchestrator_not_available");
  EXPECT_EQ(d.why, "full: 2 calls");
}

TEST_F(Routing, StartingAiIsWaitedForOnlyWhenConfigured) {
  ai.state = AiState::State::starting;
  EXPECT_EQ(ask().kind, Kind::reject);
  EXPECT_EQ(ask().cause, Cause::ai_unavailable);
  settings.ai_wait = std::chrono::seconds(60);
  const Decision d = ask();
  EXPECT_EQ(d.kind, Kind::wait);
  EXPECT_TRUE(d.away);
  EXPECT_STREQ(d.event, "waiting_for_ai_initialization");
}

}  // namespace
}  // namespace daedap::call
