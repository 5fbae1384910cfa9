#include "call/routing.hpp"

#include <gtest/gtest.h>

namespace daedap::call {
namespace {

using Kind = Decision::Kind;

struct Routing : ::testing::Test {
  Routing() {
    directory.ai.state = AiState::State::ready;
    set(OperatorStatus::away);
  }
  void set(OperatorStatus status) {
    directory.operators.replace({{.id = "1001", .name = "Kim", .status = status}, {.id = "1002", .status = OperatorStatus::away}});
  }
  void register_phone(const std::string& id) {
    std::map<std::string, std::vector<sip::Binding>> all;
    all[id].push_back({.contact = "sip:1@192.0.2.7"});
    directory.contacts = Contacts(std::move(all));
  }
  Decision ask(std::string_view callee = "1001", std::size_t running = 0) {
    directory.ai_calls = [running] { return running; };
    return route(directory, callee, caller);
  }
  Directory directory;
  Settings& settings = directory.settings;
  AiState& ai = directory.ai;
  Caller caller;
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

TEST_F(Routing, AvailableOperatorWithATelephoneIsRung) {
  set(OperatorStatus::available);
  register_phone("1001");
  EXPECT_EQ(ask().kind, Kind::ring);
  EXPECT_EQ(ask().callee->id, "1001");
}

TEST_F(Routing, AwayOperatorIsNotRungAlthoughRegistered) {
  register_phone("1001");
  EXPECT_EQ(ask().kind, Kind::ai);
}

TEST_F(Routing, EachMissHasItsOwnRule) {
  set(OperatorStatus::available);
  EXPECT_EQ(ask().kind, Kind::ai);
  EXPECT_EQ(ask().miss, Miss::unregistered);
  EXPECT_FALSE(ask().away);
  settings.on_miss[static_cast<std::size_t>(Miss::unregistered)] = Fallback::reject;
  EXPECT_EQ(ask().kind, Kind::reject);
  EXPECT_EQ(ask().cause, Cause::operator_unavailable);
  set(OperatorStatus::busy);
  EXPECT_EQ(ask().kind, Kind::ai);
  settings.on_miss[static_cast<std::size_t>(Miss::busy)] = Fallback::reject;
  EXPECT_EQ(ask().cause, Cause::operator_busy);
  const Operator& kim = *directory.operators.find("1001");
  EXPECT_EQ(route_miss(directory, kim, Miss::declined, caller).kind, Kind::ai);
  EXPECT_EQ(route_miss(directory, kim, Miss::no_answer, caller).miss, Miss::no_answer);
}

TEST_F(Routing, OperatorsOwnRuleCountsBeforeTheConfiguredOne) {
  Operator kim{.id = "1001", .status = OperatorStatus::available};
  kim.on_miss[static_cast<std::size_t>(Miss::unregistered)] = Fallback::reject;
  directory.operators.replace({kim});
  EXPECT_EQ(ask().kind, Kind::reject);
}

TEST_F(Routing, ForwardGoesToAnotherOperatorAndEndsInALoopNowhere) {
  Operator kim{.id = "1001", .status = OperatorStatus::available, .forward_to = "1002"};
  Operator lee{.id = "1002", .status = OperatorStatus::available, .forward_to = "1001"};
  for (Operator* one : {&kim, &lee}) one->on_miss.fill(Fallback::forward);
  directory.operators.replace({kim, lee});
  register_phone("1002");
  EXPECT_EQ(ask().kind, Kind::ring);
  EXPECT_EQ(ask().callee->id, "1002");
  register_phone("nobody");
  EXPECT_EQ(ask().kind, Kind::reject);
  EXPECT_EQ(ask().cause, Cause::loop);
}

TEST_F(Routing, OnlyOperatorsMayCallOut) {
  directory.dial_plan = DialPlan({{.pattern = "0X.", .trunk = "kt"}}, {{.name = "kt", .servers = {"192.0.2.9"}}});
  EXPECT_EQ(ask("0212345678").cause, Cause::forbidden);
  caller = {.kind = Caller::Kind::op, .operator_id = "1001"};
  EXPECT_EQ(ask("0212345678").kind, Kind::dial);
  EXPECT_EQ(ask("0212345678").dial->trunk->name, "kt");
}

TEST_F(Routing, QueueNumberIsAQueue) {
  directory.queues = {{.number = "8000"}};
  EXPECT_EQ(ask("8000").kind, Kind::queue);
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
