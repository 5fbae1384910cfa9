#include "story.hpp"

namespace daedap::sim {
namespace {

class RoutingStory : public Story {
 protected:
  Phone& dial_to(const std::string& callee) {
    Phone::Settings phone;
    phone.callee = callee;
    return dial({Listen{}}, std::move(phone));
  }
  /// No call is left, whatever its answer was.
  void expect_refused(Phone& phone, int status, Cause cause) {
    finish(phone);
    EXPECT_FALSE(phone.report().answered);
    EXPECT_EQ(phone.report().code, status);
    EXPECT_EQ(record().cause, cause);
    EXPECT_EQ(record().status, status);
    EXPECT_EQ(server->ports().in_use(), 0U);
  }
};

TEST_F(RoutingStory, UnknownOperatorIs404) {
  expect_refused(dial_to("4711"), 404, Cause::not_found);
  expect_clean();
}

TEST_F(RoutingStory, UnregisteredOperatorIs480WhereTheAiMayNotStandIn) {
  settings.call.on_miss[static_cast<std::size_t>(call::Miss::unregistered)] = call::Fallback::reject;
  expect_refused(dial_to("1002"), 480, Cause::operator_unavailable);
  EXPECT_EQ(record().operator_id, "1002");
  expect_clean();
}

TEST_F(RoutingStory, UnregisteredOperatorIsAnsweredByTheAiButIsNotCalledAway) {
  Phone& phone = dial_to("1002");
  finish(phone);
  EXPECT_TRUE(phone.report().answered);
  EXPECT_EQ(server->log().find("callee_is_away_activating_ai"), nullptr);
}

TEST_F(RoutingStory, AbsentAiIs503WithRetryAfter) {
  settings.ai.state = call::AiState::State::absent;
  settings.call.retry_after = seconds(17);
  Phone& phone = dial_to("1001");
  expect_refused(phone, 503, Cause::ai_unavailable);
  EXPECT_EQ(phone.report().retry_after, 17);
  ASSERT_NE(server->log().find("ai_orchestrator_not_provided"), nullptr);
}

TEST_F(RoutingStory, FullAiIs503AndTellsWhy) {
  settings.ai.max_calls = 1;
  open();
  Phone& first = dial({Listen{}, Wait{seconds(5)}});
  run_until_answered(first);
  Phone& second = dial_to("1001");
  finish(second);
  EXPECT_EQ(second.report().code, 503);
  EXPECT_TRUE(second.report().retry_after);
  ASSERT_NE(server->log().find("ai_orchestrator_not_available"), nullptr);
  EXPECT_EQ(server->log().find("ai_orchestrator_not_available")->fields.at("why"), "full: 1 calls");
  EXPECT_TRUE(first.report().answered);
  expect_clean();
}

TEST_F(RoutingStory, FullEngineIs503) {
  settings.engines.stt.faults.full = settings.engines.llm.faults.full = true;
  Phone& phone = dial_to("1001");
  expect_refused(phone, 503, Cause::ai_unavailable);
  ASSERT_NE(server->log().find("ai_orchestrator_not_available"), nullptr);
  expect_clean();
}

TEST_F(RoutingStory, CallWaitsForTheAiAndIsAnswered) {
  settings.ai.state = call::AiState::State::starting;
  settings.call.ai_wait = seconds(60);
  open();
  Phone& phone = dial_to("1001");
  world.run_for(seconds(10));
  EXPECT_FALSE(phone.caller().answered());
  ASSERT_TRUE(phone.report().ringing_ms);
  EXPECT_LE(*phone.report().ringing_ms, 60);
  ASSERT_NE(server->log().find("waiting_for_ai_initialization"), nullptr);
  server->command([](auto& board, base::Time now) { board.set_ai_state({.state = call::AiState::State::ready}, now); });
  world.run_for(Millis(100));
  EXPECT_TRUE(phone.caller().answered());
  finish(phone);
  EXPECT_EQ(server->log().find("ai_init_timeout"), nullptr);
  EXPECT_GE(*record().setup_ms, 9'900);
  EXPECT_GE(voiced_ms(phone.report().heard), 500);
  expect_clean();
}

TEST_F(RoutingStory, CallThatWaitsTooLongIs503) {
  settings.ai.state = call::AiState::State::starting;
  settings.call.ai_wait = seconds(10);
  open();
  const base::Time begin = world.now();
  Phone& phone = dial_to("1001");
  expect_refused(phone, 503, Cause::ai_unavailable);
  EXPECT_LE(base::to_ms(server->log().find("ai_init_timeout")->at - begin), 10'100);
  EXPECT_TRUE(phone.report().retry_after);
  expect_clean();
}

TEST_F(RoutingStory, CallThatWaitsIsRefusedWhenTheAiFails) {
  settings.ai.state = call::AiState::State::starting;
  settings.call.ai_wait = seconds(60);
  open();
  Phone& phone = dial_to("1001");
  world.run_for(seconds(1));
  server->command([](auto& board, base::Time now) {
    board.set_ai_state({.state = call::AiState::State::failed, .why = "no model file"}, now);
  });
  expect_refused(phone, 503, Cause::ai_unavailable);
  EXPECT_EQ(server->log().find("ai_orchestrator_not_available")->fields.at("why"), "no model file");
}

TEST_F(RoutingStory, CancelWhileWaitingIs487) {
  settings.ai.state = call::AiState::State::starting;
  settings.call.ai_wait = seconds(60);
  open();
  Phone& phone = dial_to("1001");
  world.run_for(seconds(1));
  phone.command([](auto& caller, base::Time now) { caller.cancel(now); });
  expect_refused(phone, 487, Cause::caller_cancelled);
  expect_clean();
}

TEST_F(RoutingStory, NoCommonCodecIs488) {
  Phone::Settings phone;
  phone.plan.codecs = {"G729"};
  Phone& caller = dial({Listen{}}, std::move(phone));
  expect_refused(caller, 488, Cause::no_common_codec);
  EXPECT_FALSE(caller.answers().contains(180));
  expect_clean();
}

TEST_F(RoutingStory, NoCommonCodecIs488AtOnceWhileTheAiIsNotReady) {
  settings.ai.state = call::AiState::State::starting;
  settings.call.ai_wait = seconds(60);
  Phone::Settings phone;
  phone.plan.codecs = {"G729"};
  Phone& caller = dial({Listen{}}, std::move(phone));
  world.run_for(Millis(200));
  EXPECT_TRUE(caller.answers().contains(488));
  EXPECT_FALSE(caller.answers().contains(180));
  EXPECT_EQ(record().cause, Cause::no_common_codec);
  expect_clean();
}

TEST_F(RoutingStory, NoFreePortIs503) {
  settings.first_port = 10'000;
  settings.last_port = 10'001;
  Phone& first = dial({Listen{}, Wait{seconds(5)}});
  run_until_answered(first);
  Phone& second = dial_to("1001");
  finish(second);
  EXPECT_EQ(second.report().code, 503);
  EXPECT_EQ(server->ended().front().cause, Cause::no_port);
  expect_clean();
}

TEST_F(RoutingStory, ShutdownEndsCallsWithBye) {
  Phone& phone = dial({Listen{}, Wait{seconds(30)}});
  run_until_answered(phone);
  world.run_for(seconds(1));
  EXPECT_EQ(server->switchboard().running().size(), 1U);
  EXPECT_GE(server->switchboard().running().front().duration_ms, 900);
  server->command([](auto& board, base::Time now) { board.end_all(Cause::shutdown, now); });
  finish(phone, seconds(3));
  EXPECT_EQ(phone.report().cause, "peer_hung_up");
  EXPECT_EQ(record().cause, Cause::shutdown);
  expect_clean();
}

TEST_F(RoutingStory, ConsoleSpeaksIntoACallAndHangsItUpOnce) {
  Phone& phone = dial({Listen{}, Wait{seconds(30)}});
  world.run_for(seconds(6));
  const std::string id = server->switchboard().running().at(0).call_id;
  server->command([&](auto& board, base::Time now) {
    EXPECT_TRUE(board.say(id, "잠시만 기다려 주세요.", now));
    EXPECT_FALSE(board.say("none", "x", now));
  });
  world.run_for(seconds(3));
  server->command([&](auto& board, base::Time now) {
    EXPECT_TRUE(board.hang_up(id, Cause::api_hang_up, now));
    EXPECT_FALSE(board.hang_up(id, Cause::shutdown, now));
  });
  finish(phone, seconds(3));
  EXPECT_EQ(record().cause, Cause::api_hang_up);
  const auto spoken = turns_of(record(), assistant_said);
  EXPECT_TRUE(std::ranges::any_of(spoken, [](const auto& t) { return t.text == "잠시만 기다려 주세요."; }));
}

}  // namespace
}  // namespace daedap::sim
