// A party of a running call is replaced by another one.
#include "tests/sim/pbx.hpp"

namespace daedap::sim {
namespace {

struct Transfer : Pbx {
  base::Result<void> transfer(const std::string& to) {
    base::Result<void> done;
    server->command([&](call::Switchboard& board, base::Time now) { done = board.transfer(call_id(), to, now); });
    return done;
  }
  base::Result<void> takeover(const std::string& by) {
    base::Result<void> done;
    server->command([&](call::Switchboard& board, base::Time now) { done = board.takeover(call_id(), by, now); });
    return done;
  }
  void hang_up(Phone& caller) {
    caller.command([](call::TestCaller& c, base::Time now) { c.hang_up(now); });
    finish(caller);
    run(Millis(200));
  }
  std::string at_server(const std::string& id) { return "sip:" + id + "@" + server->sip_address().text(); }
};

TEST_F(Transfer, BlindTransferConnectsTheCallerWithTheNextOne) {
  DeskPhone& kim = desk("1002");
  DeskPhone& lee = desk("1004", {.hz = 900});
  Phone& caller = dial_operator("1002", {tone(450)});
  run(seconds(2));
  kim.refer(at_server("1004"));
  run(seconds(3));
  EXPECT_TRUE(lee.talking());
  EXPECT_GT(share_of_tone(heard_by(caller), 900), 0.9);
  EXPECT_GT(share_of_tone(last(lee.heard(), seconds(1)), 450), 0.9);
  EXPECT_TRUE(kim.over());
  ASSERT_FALSE(kim.refer_status().empty());
  EXPECT_EQ(kim.refer_status().back(), 200);
  hang_up(caller);
  EXPECT_EQ(record().path, (std::vector<std::string>{"1002", "1004"}));
  EXPECT_EQ(record().answered_by, "1004");
  EXPECT_EQ(record().legs.size(), 3U);
  expect_clean();
}

TEST_F(Transfer, FailedBlindTransferGivesTheCallBack) {
  DeskPhone& kim = desk("1002");
  desk("1004", {.reject = 486});
  Phone& caller = dial_operator("1002", {tone(450)});
  run(seconds(2));
  kim.refer(at_server("1004"));
  run(seconds(2));
  ASSERT_FALSE(kim.refer_status().empty());
  EXPECT_EQ(kim.refer_status().back(), 486);
  EXPECT_TRUE(kim.talking());
  EXPECT_GT(share_of_tone(heard_by(caller), 700), 0.9);
  hang_up(caller);
  expect_clean();
}

TEST_F(Transfer, CallerIsNotLeftAloneWhenTheTransferorHasGoneAndNobodyAnswers) {
  DeskPhone& kim = desk("1002");
  desk("1004", {.answer_after = std::nullopt});
  Phone& caller = dial_operator("1002", {tone(450, Millis(4000)), Wait{Millis(600'000)}});
  run(seconds(2));
  kim.refer(at_server("1004"));
  run(Millis(300));
  kim.hang_up();
  run(seconds(22));
  EXPECT_GT(voiced_ms({heard_by(caller, seconds(2)).begin(), heard_by(caller, seconds(2)).end()}), 300);
  hang_up(caller);
  EXPECT_EQ(record().path, (std::vector<std::string>{"1002", "ai"}));
  expect_clean();
}

TEST_F(Transfer, StrangersMayNotTransfer) {
  desk("1002");
  DeskPhone& lee = desk("1004");
  DeskPhone outside(world, *network, {.ip = "198.51.100.230", .hz = 900}, 900);
  Phone& caller = dial_operator("1002");
  run(seconds(2));
  EXPECT_TRUE(transfer(outside.contact()));
  run(seconds(2));
  ASSERT_TRUE(outside.talking());
  outside.refer(at_server("1004"));
  run(seconds(2));
  EXPECT_EQ(outside.refer_status(), std::vector<int>{403});
  EXPECT_EQ(lee.invites(), 0);
  EXPECT_TRUE(outside.talking());
  hang_up(caller);
  expect_clean();
}

TEST_F(Transfer, AttendedTransferJoinsTheTwoFarParties) {
  DeskPhone& kim = desk("1002");
  DeskPhone& lee = desk("1004", {.hz = 900});
  Phone& caller = dial_operator("1002", {tone(450)});
  run(seconds(2));
  kim.hold(true);
  run(seconds(1));
  // Kim's telephone places the second call itself; here a telephone of its own does it for her.
  Phone::Settings second;
  second.callee = "1004";
  second.plan.steps = {tone(1200)};
  Phone& consult = dial(second.plan.steps, second);
  run(seconds(2));
  ASSERT_TRUE(lee.talking());
  kim.refer(at_server("1004"), consult.caller().replaces());
  run(seconds(3));
  EXPECT_GT(share_of_tone(heard_by(caller), 900), 0.9);
  EXPECT_GT(share_of_tone(last(lee.heard(), seconds(1)), 450), 0.9);
  EXPECT_TRUE(kim.over());
  EXPECT_TRUE(consult.caller().ended());
  hang_up(caller);
  ASSERT_EQ(server->ended().size(), 2U);
  EXPECT_EQ(server->ended().front().cause, Cause::transferred);
  expect_operators_free();
  expect_clean();
}

TEST_F(Transfer, ByTheApiWithoutTheAgentsTelephonesHelp) {
  DeskPhone& kim = desk("1002");
  DeskPhone& lee = desk("1004", {.hz = 900});
  Phone& caller = dial_operator("1002", {tone(450)});
  run(seconds(2));
  EXPECT_TRUE(transfer("1004"));
  run(Millis(300));
  EXPECT_TRUE(kim.talking()) << "both go on talking until somebody answers";
  run(seconds(3));
  EXPECT_TRUE(kim.over());
  EXPECT_TRUE(lee.talking());
  EXPECT_GT(share_of_tone(heard_by(caller), 900), 0.9);
  hang_up(caller);
  expect_clean();
}

TEST_F(Transfer, ByTheApiToNobodyIsRefused) {
  desk("1002");
  Phone& caller = dial_operator("1002");
  run(seconds(2));
  const auto done = transfer("4711");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, base::Code::not_found);
  hang_up(caller);
}

TEST_F(Transfer, OperatorTakesACallFromTheAi) {
  DeskPhone& lee = desk("1004", {.hz = 900});
  Phone& caller = dial_operator("1001", {tone(450)});
  run(seconds(3));
  const int invites_before = caller.caller().reinvites();
  EXPECT_TRUE(takeover("1004"));
  run(seconds(4));
  EXPECT_TRUE(lee.talking());
  EXPECT_GT(share_of_tone(heard_by(caller), 900), 0.9);
  EXPECT_GT(share_of_tone(last(lee.heard(), seconds(1)), 450), 0.9);
  EXPECT_EQ(caller.caller().reinvites(), invites_before) << "the caller is not re-invited";
  hang_up(caller);
  EXPECT_EQ(record().path, (std::vector<std::string>{"ai", "1004"}));
  EXPECT_EQ(record().answered_by, "1004");
  EXPECT_FALSE(turns_of(record(), assistant_said).empty());
  expect_clean();
}

TEST_F(Transfer, AiStaysWhenNobodyTakesTheCallOver) {
  desk("1004", {.answer_after = std::nullopt});
  Phone& caller = dial_operator("1003");
  run(seconds(3));
  EXPECT_TRUE(takeover("1004"));
  run(seconds(24));
  EXPECT_EQ(server->switchboard().calls(), 1U);
  EXPECT_EQ(server->log().count("call_transfer_failed"), 1);
  hang_up(caller);
  EXPECT_EQ(record().answered_by, "ai");
  expect_clean();
}

TEST_F(Transfer, CallThatThePeopleHoldCannotBeTakenOver) {
  desk("1002");
  desk("1004");
  Phone& caller = dial_operator("1002");
  run(seconds(2));
  EXPECT_EQ(takeover("1004").error().code, base::Code::bad_state);
  hang_up(caller);
}

TEST_F(Transfer, CallerWhoHangsUpDuringTheTransferCancelsIt) {
  DeskPhone& kim = desk("1002");
  DeskPhone& lee = desk("1004", {.answer_after = std::nullopt});
  Phone& caller = dial_operator("1002");
  run(seconds(2));
  kim.refer(at_server("1004"));
  run(seconds(1));
  hang_up(caller);
  EXPECT_EQ(lee.cancels(), 1);
  EXPECT_TRUE(kim.over());
  expect_clean();
}

}  // namespace
}  // namespace daedap::sim
