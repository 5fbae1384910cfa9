// Nobody takes the call: the AI, a refusal or another operator does.
#include "tests/sim/pbx.hpp"

namespace daedap::sim {
namespace {

struct Fallback : Pbx {
  void set_rule(call::Miss miss, call::Fallback rule) { settings.call.on_miss[static_cast<std::size_t>(miss)] = rule; }
  /// Calls 1002 and hears the assistant's greeting.
  void expect_ai(const std::string& path, base::Duration within) {
    Phone& caller = dial_operator("1002");
    EXPECT_TRUE(world.run_until([&] { return caller.caller().answered(); }, within));
    run(seconds(3));
    EXPECT_GT(voiced_ms(caller.report().heard), 500);
    caller.command([](call::TestCaller& c, base::Time now) { c.hang_up(now); });
    finish(caller);
    EXPECT_EQ(record().answered_by, "ai");
    EXPECT_EQ(record().path, (std::vector<std::string>{path, "ai"}));
    EXPECT_EQ(record().operator_id, "1002");
    expect_clean();
  }
};

TEST_F(Fallback, NobodyAnswersAndTheAiTakesTheSameLeg) {
  DeskPhone& kim = desk("1002", {.answer_after = std::nullopt});
  expect_ai("1002:no_answer", seconds(11));
  EXPECT_EQ(kim.invites(), 1);
  EXPECT_EQ(kim.cancels(), 1);
}

TEST_F(Fallback, BusyOperatorIsReplacedByTheAi) {
  DeskPhone& kim = desk("1002", {.reject = 486});
  expect_ai("1002:busy", seconds(1));
  EXPECT_EQ(kim.invites(), 1);
}

TEST_F(Fallback, DeclinedCallGoesToTheAi) {
  desk("1002", {.reject = 603});
  expect_ai("1002:declined", seconds(1));
}

TEST_F(Fallback, TelephoneThatIsGoneIsAMissAtTheTimeLimit) {
  desk("1002");
  network->set_outage(desks[0]->address(), world.now(), world.now() + seconds(60));
  expect_ai("1002:no_answer", seconds(11));
}

TEST_F(Fallback, UnregisteredOperatorIsAnsweredByTheAiAtOnce) {
  open();
  Phone& caller = dial_operator("1002");
  run_until_answered(caller);
  run(seconds(1));
  caller.command([](call::TestCaller& c, base::Time now) { c.hang_up(now); });
  finish(caller);
  EXPECT_EQ(record().answered_by, "ai");
}

TEST_F(Fallback, AwayOperatorIsNeverRung) {
  DeskPhone& kim = desk("1001");
  Phone& caller = dial_operator("1001");
  run_until_answered(caller);
  run(seconds(1));
  EXPECT_EQ(kim.invites(), 0);
  caller.command([](call::TestCaller& c, base::Time now) { c.hang_up(now); });
  finish(caller);
}

TEST_F(Fallback, RejectRuleTellsTheCallerWhy) {
  set_rule(call::Miss::busy, call::Fallback::reject);
  desk("1002", {.reject = 486});
  Phone& caller = dial_operator("1002");
  finish(caller);
  EXPECT_EQ(caller.report().code, 486);
  EXPECT_EQ(record().cause, Cause::operator_busy);
  expect_clean();
}

TEST_F(Fallback, ForwardRuleRingsAnotherOperator) {
  for (call::Operator& one : settings.operators) {
    if (one.id != "1002") continue;
    one.on_miss[static_cast<std::size_t>(call::Miss::declined)] = call::Fallback::forward;
    one.forward_to = "1004";
  }
  desk("1002", {.reject = 603});
  DeskPhone& lee = desk("1004", {.hz = 900});
  Phone& caller = dial_operator("1002");
  run(seconds(3));
  EXPECT_TRUE(lee.talking());
  EXPECT_GT(share_of_tone(heard_by(caller), 900), 0.9);
  lee.hang_up();
  finish(caller);
  EXPECT_EQ(record().path, (std::vector<std::string>{"1002:declined", "1004"}));
  expect_clean();
}

TEST_F(Fallback, AiThatCannotAnswersWith503WhenNobodyDid) {
  settings.ai = {.state = call::AiState::State::failed, .why = "dead"};
  desk("1002", {.answer_after = std::nullopt});
  Phone& caller = dial_operator("1002");
  finish(caller);
  EXPECT_EQ(caller.report().code, 503);
  EXPECT_TRUE(caller.report().retry_after.has_value());
  expect_clean();
}

}  // namespace
}  // namespace daedap::sim
