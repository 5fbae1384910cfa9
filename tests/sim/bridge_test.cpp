// A caller and an operator talk through the server.
#include "tests/sim/pbx.hpp"

namespace daedap::sim {
namespace {

using Bridged = Pbx;

TEST_F(Bridged, BothHearEachOther) {
  DeskPhone& kim = desk("1002");
  Phone& caller = dial_operator("1002", {tone(450)});
  run(seconds(4));
  EXPECT_GT(share_of_tone(heard_by(caller), 700), 0.9);
  EXPECT_GT(share_of_tone(last(kim.heard(), seconds(1)), 450), 0.9);
  caller.command([](call::TestCaller& c, base::Time now) { c.hang_up(now); });
  finish(caller);
  run(Millis(100));
  EXPECT_TRUE(kim.over());
  EXPECT_EQ(record().answered_by, "1002");
  EXPECT_EQ(record().cause, Cause::caller_hung_up);
  EXPECT_EQ(record().path, std::vector<std::string>{"1002"});
  ASSERT_EQ(record().legs.size(), 2U);
  EXPECT_EQ(record().legs[0].name, "caller");
  EXPECT_EQ(record().legs[1].name, "operator 1002");
  EXPECT_GT(record().legs[1].stats.packets_received, 100U);
  expect_clean();
}

TEST_F(Bridged, CallerHears180BeforeTheAnswerAndTheCallersAddressStaysHidden) {
  DeskPhone& kim = desk("1002", {.answer_after = Millis(3000)});
  Phone& caller = dial_operator("1002");
  run(seconds(1));
  EXPECT_TRUE(caller.answers().contains(180));
  EXPECT_FALSE(caller.answers().contains(200));
  EXPECT_EQ(kim.invite().write().find("198.51.100.7"), std::string::npos) << kim.invite().write();
  run(seconds(3));
  EXPECT_TRUE(caller.answers().contains(200));
  caller.command([](call::TestCaller& c, base::Time now) { c.hang_up(now); });
  finish(caller);
  expect_clean();
}

TEST_F(Bridged, AgentsHangUpEndsTheCall) {
  DeskPhone& kim = desk("1002");
  Phone& caller = dial_operator("1002");
  run(seconds(2));
  kim.hang_up();
  finish(caller);
  EXPECT_EQ(record().cause, Cause::agent_hung_up);
  expect_clean();
}

TEST_F(Bridged, CancelStopsTheRinging) {
  DeskPhone& kim = desk("1002", {.answer_after = std::nullopt});
  Phone& caller = dial_operator("1002");
  run(seconds(2));
  caller.command([](call::TestCaller& c, base::Time now) { c.cancel(now); });
  finish(caller);
  run(Millis(100));
  EXPECT_EQ(kim.cancels(), 1);
  EXPECT_EQ(record().cause, Cause::caller_cancelled);
  expect_clean();
}

TEST_F(Bridged, FirstTelephoneThatAnswersWinsAndTheOthersAreCancelled) {
  DeskPhone& slow = desk("1002", {.answer_after = Millis(4000)});
  DeskPhone& fast = desk("1002", {.answer_after = Millis(800), .hz = 900});
  Phone& caller = dial_operator("1002", {tone(450)});
  run(seconds(6));
  EXPECT_EQ(slow.cancels(), 1);
  EXPECT_TRUE(fast.talking());
  EXPECT_GT(share_of_tone(heard_by(caller), 900), 0.9);
  fast.hang_up();
  finish(caller);
  expect_clean();
}

TEST_F(Bridged, DifferentCodecsAreTranscoded) {
  DeskPhone& kim = desk("1002", {.codecs = {"PCMA"}});
  Phone::Settings phone;
  phone.plan.codecs = {"PCMU"};
  Phone& caller = dial_operator("1002", {tone(450)}, phone);
  run(seconds(4));
  EXPECT_GT(share_of_tone(heard_by(caller), 700), 0.9);
  EXPECT_GT(share_of_tone(last(kim.heard(), seconds(1)), 450), 0.9);
  kim.hang_up();
  finish(caller);
}

TEST_F(Bridged, CodecThatBothHaveIsRelayedWhateverTheCallerPrefers) {
  DeskPhone& kim = desk("1002", {.codecs = {"PCMA"}});
  Phone& caller = dial_operator("1002", {tone(450)});  // prefers PCMU
  run(seconds(2));
  EXPECT_EQ(server->log().find("call_bridged")->fields.at("relayed"), "true");
  kim.hang_up();
  finish(caller);
  EXPECT_GT(record().relayed, 100U);
  EXPECT_EQ(record().transcoded, 0U);
}

TEST_F(Bridged, InviteWithoutSdpIsBridged) {
  DeskPhone& kim = desk("1002");
  Phone::Settings phone;
  phone.plan.offer_in_invite = false;
  Phone& caller = dial_operator("1002", {tone(450)}, phone);
  run(seconds(4));
  EXPECT_GT(share_of_tone(heard_by(caller), 700), 0.9);
  EXPECT_GT(share_of_tone(last(kim.heard(), seconds(1)), 450), 0.9);
  kim.hang_up();
  finish(caller);
  expect_clean();
}

TEST_F(Bridged, TelephoneHoldsBeforeTheCallersAnswerHasCome) {
  DeskPhone& kim = desk("1002");
  Phone::Settings phone;
  phone.plan.offer_in_invite = false;
  Phone& caller = dial_operator("1002", {tone(450)}, phone);
  const auto from_caller = *base::Address::parse_ip("198.51.100.7", 5060);
  run(Millis(400));
  network->set_conditions(from_caller, server->sip_address(), {.loss = 1});  // the ACK is lost
  run(Millis(300));
  ASSERT_TRUE(kim.talking());
  kim.hold(true);
  run(Millis(300));
  network->set_conditions(from_caller, server->sip_address(), {.delay = Millis(2)});
  run(seconds(4));
  kim.hold(false);
  run(seconds(3));
  EXPECT_GT(share_of_tone(heard_by(caller), 700), 0.9);
  EXPECT_GT(share_of_tone(last(kim.heard(), seconds(1)), 450), 0.9);
  kim.hang_up();
  finish(caller);
  expect_clean();
}

TEST_F(Bridged, HoldIsCarriedAcrossAndTheHeldPartyHearsMusic) {
  DeskPhone& kim = desk("1002");
  Phone& caller = dial_operator("1002", {tone(450)});
  run(seconds(3));
  kim.hold(true);
  run(seconds(1));
  kim.clear();
  run(seconds(3));
  EXPECT_LT(share_of_tone(heard_by(caller), 700), 0.1);
  EXPECT_GT(voiced_ms({heard_by(caller, seconds(3)).begin(), heard_by(caller, seconds(3)).end()}), 500);
  EXPECT_LT(voiced_ms(kim.heard()), 100);
  kim.hold(false);
  run(seconds(3));
  EXPECT_GT(share_of_tone(heard_by(caller), 700), 0.9);
  EXPECT_GT(share_of_tone(last(kim.heard(), seconds(1)), 450), 0.9);
  kim.hang_up();
  finish(caller);
  expect_clean();
}

TEST_F(Bridged, CallersHoldReachesTheAgentsTelephone) {
  DeskPhone& kim = desk("1002");
  Phone& caller = dial_operator("1002", {tone(450)});
  run(seconds(3));
  caller.command([](call::TestCaller& c, base::Time now) { EXPECT_TRUE(c.hold(true, now)); });
  run(seconds(2));
  EXPECT_EQ(kim.direction(), sdp::Direction::recvonly);
  caller.command([](call::TestCaller& c, base::Time now) { EXPECT_TRUE(c.hold(false, now)); });
  run(seconds(2));
  EXPECT_EQ(kim.direction(), sdp::Direction::sendrecv);
  EXPECT_GT(share_of_tone(last(kim.heard(), seconds(1)), 450), 0.9);
  kim.hang_up();
  finish(caller);
}

TEST_F(Bridged, DigitsGoThroughInEitherForm) {
  DeskPhone& kim = desk("1002");
  Phone& caller = dial_operator("1002", {Wait{Millis(1500)}, PressKeys{"42#"}, Wait{Millis(60'000)}});
  run(seconds(4));
  EXPECT_EQ(kim.digits(), (std::vector<char>{'4', '2', '#'}));
  caller.command([](call::TestCaller& c, base::Time now) { c.send_info("application/dtmf-relay", "Signal=7\r\n", now); });
  run(seconds(1));
  EXPECT_EQ(kim.digits().back(), '7');
  kim.hang_up();
  finish(caller);
  EXPECT_EQ(record().digits, (std::vector<std::string>{"4", "2", "#", "7"}));
}

TEST_F(Bridged, CallIsRecordedWithTheCustomerLeftAndTheAgentRight) {
  DeskPhone& kim = desk("1002");
  Phone& caller = dial_operator("1002", {tone(450)});
  run(seconds(5));
  kim.hang_up();
  finish(caller);
  ASSERT_EQ(server->tapes().size(), 1U);
  EXPECT_TRUE(tape().closed);
  const auto left = tape().channel(0), right = tape().channel(1);
  EXPECT_NEAR(static_cast<double>(left.size()) / audio::sample_rate, 4.5, 0.6);
  const auto middle = [](const std::vector<std::int16_t>& pcm) { return std::span(pcm).subspan(pcm.size() / 2, 16000); };
  EXPECT_GT(share_of_tone(middle(left), 450), 0.9);
  EXPECT_GT(share_of_tone(middle(right), 700), 0.9);
  EXPECT_TRUE(record().recorded);
}

TEST_F(FieldNotes, N06_EarlyMediaThreeSecondsBeforeThe200) {
  network = std::make_unique<Network>(world, 1);
  network->set_conditions({.delay = Millis(2)});
  server = std::make_unique<Server>(world, *network, settings, 2);
  world.run_for(seconds(3));
  DeskPhone kim(world, *network, {.answer_after = Millis(3200), .early_media = true}, 77);
  server->command([&](call::Switchboard& board, base::Time) {
    board.set_contacts(call::Contacts({{"1002", {{.contact = kim.contact(), .flow = {.remote = kim.address()}}}}}));
  });
  Phone::Settings phone;
  phone.callee = "1002";
  Phone& caller = dial({Wait{Millis(600'000)}}, phone);
  world.run_for(seconds(3));
  EXPECT_FALSE(caller.caller().answered());
  EXPECT_TRUE(caller.answers().contains(183));
  world.run_for(seconds(2));
  EXPECT_TRUE(caller.caller().answered());
  kim.hang_up();
  finish(caller);
}

TEST_F(Bridged, LongHoldIsNoSilenceWhenItEnds) {
  settings.call.media_timeout = seconds(30);
  DeskPhone& kim = desk("1002");
  Phone& caller = dial_operator("1002", {tone(450), Wait{Millis(600'000)}});
  run(seconds(2));
  caller.command([](call::TestCaller& c, base::Time now) { ASSERT_TRUE(c.hold(true, now)); });
  run(seconds(180));
  caller.command([](call::TestCaller& c, base::Time now) { ASSERT_TRUE(c.hold(false, now)); });
  run(seconds(3));
  EXPECT_TRUE(kim.talking());
  EXPECT_GT(share_of_tone(heard_by(caller), 700), 0.9);
  kim.hang_up();
  finish(caller);
  EXPECT_NE(record().cause, Cause::media_lost);
}

}  // namespace
}  // namespace daedap::sim
