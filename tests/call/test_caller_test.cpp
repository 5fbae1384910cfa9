#include "call/test_caller/test_caller.hpp"

#include <gtest/gtest.h>

#include "sim/phone.hpp"
#include "sim/server.hpp"

namespace daedap::call {
namespace {

using base::Millis;
using std::chrono::seconds;

struct TestCallerTest : ::testing::Test {
  TestCallerTest() {
    settings.operators = {{.id = "1001", .name = "Kim", .language = "en", .status = OperatorStatus::away},
                          {.id = "1002", .status = OperatorStatus::busy}};
  }
  sim::Phone& dial(sim::Phone::Settings phone_settings) {
    if (!server) server = std::make_unique<sim::Server>(world, network, settings, 2);
    world.run_for(seconds(2));
    phone = std::make_unique<sim::Phone>(world, network, std::move(phone_settings), server->sip_address(), 3);
    EXPECT_TRUE(phone->call());
    return *phone;
  }
  void run(base::Duration limit = seconds(60)) {
    EXPECT_TRUE(world.run_until([&] { return phone->over(); }, limit));
  }
  sim::World world;
  sim::Network network{world, 1};
  sim::Server::Settings settings;
  std::unique_ptr<sim::Server> server;
  std::unique_ptr<sim::Phone> phone;
};

TEST_F(TestCallerTest, ReportsACallThatWasAnswered) {
  dial({.plan = {.steps = {Listen{}}}});
  run();
  const TestReport& report = phone->report();
  EXPECT_TRUE(report.answered);
  EXPECT_EQ(report.code, 200);
  EXPECT_EQ(report.cause, "completed");
  ASSERT_TRUE(report.setup_ms && report.ringing_ms);
  EXPECT_LE(*report.ringing_ms, *report.setup_ms);
  EXPECT_GT(report.duration_ms, 2000);
  EXPECT_GT(report.media.packets_received, 100U);
  EXPECT_NEAR(static_cast<double>(report.heard.size()) / 16, static_cast<double>(report.duration_ms), 60);
}

TEST_F(TestCallerTest, ReportsACallThatWasRefused) {
  settings.call.on_miss.fill(Fallback::reject);
  dial({.callee = "1002", .plan = {.steps = {Listen{}}}});
  run(seconds(3));
  EXPECT_FALSE(phone->report().answered);
  EXPECT_EQ(phone->report().code, 486);
  EXPECT_EQ(phone->report().cause, "rejected");
}

TEST_F(TestCallerTest, GivesUpWhenNobodyAnswers) {
  settings.ai.state = AiState::State::starting;
  settings.call.ai_wait = seconds(600);
  dial({.plan = {.steps = {Listen{}}, .no_answer = seconds(5)}});
  run(seconds(10));
  EXPECT_EQ(phone->report().cause, "no_answer");
  EXPECT_EQ(server->ended().at(0).cause, Cause::caller_cancelled);
}

TEST_F(TestCallerTest, HangsUpAtTheLongestDuration) {
  dial({.plan = {.steps = {Wait{seconds(100)}}, .max_duration = seconds(4)}});
  run(seconds(10));
  EXPECT_EQ(phone->report().cause, "max_duration");
  EXPECT_NEAR(static_cast<double>(phone->report().duration_ms), 4000, 40);
}

TEST_F(TestCallerTest, StopsWhenTheOtherSideHangsUp) {
  dial({.plan = {.steps = {Wait{seconds(100)}}}});
  world.run_for(seconds(1));
  server->command([](Switchboard& board, base::Time now) { board.end_all(Cause::api_hang_up, now); });
  run(seconds(3));
  EXPECT_EQ(phone->report().cause, "peer_hung_up");
}

TEST_F(TestCallerTest, ServerThatIsNotThereIsALostCall) {
  dial({.plan = {.steps = {Listen{}}}});
  network.set_outage(server->sip_address(), world.now(), world.now() + seconds(100));
  phone.reset();
  phone = std::make_unique<sim::Phone>(world, network, sim::Phone::Settings{.plan = {.steps = {Listen{}}}},
                                       server->sip_address(), 3);
  ASSERT_TRUE(phone->call());
  run(seconds(70));
  EXPECT_FALSE(phone->report().answered);
  EXPECT_FALSE(phone->report().cause.empty());
}

TEST_F(TestCallerTest, CannotChangeACallThatIsNotThere) {
  dial({.plan = {.steps = {Listen{}}}});
  run();
  EXPECT_EQ(phone->caller().reoffer({"PCMA"}, true, world.now()).error().code, base::Code::bad_state);
  EXPECT_EQ(phone->caller().hold(true, world.now()).error().code, base::Code::bad_state);
}

}  // namespace
}  // namespace daedap::call
