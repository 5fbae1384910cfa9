// The field's bug lists, for calls between people.
#include "tests/sim/pbx.hpp"

namespace daedap::sim {
namespace {

class FieldNotes_Pbx : public Pbx {
 protected:
  static void hang_up_only(Phone& caller) {
    caller.command([](call::TestCaller& c, base::Time now) { c.hang_up(now); });
  }
  void hang_up(Phone& caller) {
    hang_up_only(caller);
    finish(caller);
  }
};

TEST_F(FieldNotes_Pbx, N03_ReinviteMovesPortAndCodecOfABridgedCall) {
  DeskPhone& kim = desk("1002");
  Phone& caller = dial_operator("1002", {tone(450)});
  run(seconds(3));
  const std::uint16_t before = caller.caller().local_port();
  caller.command([](auto& c, base::Time now) { ASSERT_TRUE(c.reoffer({"PCMA"}, true, now)); });
  run(seconds(3));
  EXPECT_NE(caller.caller().local_port(), before);
  EXPECT_GT(share_of_tone(heard_by(caller), 700), 0.9);
  EXPECT_GT(share_of_tone(last(kim.heard(), seconds(1)), 450), 0.9);
  hang_up(caller);
  expect_clean();
}

TEST_F(FieldNotes_Pbx, N04_InviteWithoutSdpIsHeardInBothDirections) {
  DeskPhone& kim = desk("1002", {.codecs = {"PCMA"}});
  Phone::Settings phone;
  phone.plan.offer_in_invite = false;
  phone.plan.codecs = {"PCMU"};
  Phone& caller = dial_operator("1002", {tone(450)}, std::move(phone));
  run(seconds(4));
  EXPECT_GT(share_of_tone(heard_by(caller), 700), 0.9);
  EXPECT_GT(share_of_tone(last(kim.heard(), seconds(1)), 450), 0.9);
  hang_up(caller);
  expect_clean();
}

TEST_F(FieldNotes_Pbx, N05_StaleRtpOfThePeerBeforeIsNotRelayed) {
  settings.last_port = 10'003;
  DeskPhone& kim = desk("1002", {.hz = 0});
  Phone& first = dial_operator("1002", {tone(450)});
  run(seconds(2));
  hang_up(first);
  bool sending = true;
  std::uint16_t seq = 0;
  const auto stale = *base::Address::parse_ip("198.51.100.7", 40'000);
  world.every(Millis(20), [&] {
    // PCMU at full scale: it would be heard.
    std::vector<std::uint8_t> packet(172, 0x00);
    packet[0] = 0x80;
    packet[2] = static_cast<std::uint8_t>(++seq >> 8);
    packet[3] = static_cast<std::uint8_t>(seq);
    packet[11] = 9;
    for (const std::uint16_t port : {10'000, 10'002}) network->inject(stale, *base::Address::parse_ip("192.0.2.1", port), packet);
    return sending;
  });
  run(seconds(31));
  kim.clear();
  Phone& second = dial_operator("1002", {Wait{seconds(60)}});
  run(seconds(4));
  EXPECT_TRUE(second.caller().answered());
  EXPECT_EQ(voiced_ms(kim.heard()), 0);
  EXPECT_EQ(voiced_ms(second.report().heard), 0);
  hang_up(second);
  sending = false;
  run(seconds(1));
  expect_clean();
}

TEST_F(FieldNotes_Pbx, N13_TwoCallsEndAndTheThirdIsNotTouched) {
  desk("1002");
  DeskPhone& lee = desk("1004", {.hz = 900});
  desk("1002", {.hz = 0});
  Phone& first = dial_operator("1002");
  Phone& third = dial_operator("1004", {tone(450)});
  run(seconds(2));
  hang_up_only(first);
  Phone& second = dial_operator("1002");
  run(seconds(2));
  server->sip().set_draining(true);
  hang_up_only(second);
  run(seconds(2));
  Phone& late = dial_operator("1002");
  run(seconds(2));
  EXPECT_EQ(late.report().code, 503);
  EXPECT_EQ(server->switchboard().calls(), 1U);
  EXPECT_GT(share_of_tone(heard_by(third), 900), 0.9);
  EXPECT_GT(share_of_tone(last(lee.heard(), seconds(1)), 450), 0.9);
  hang_up(third);
  expect_clean();
}

TEST_F(FieldNotes_Pbx, N19_PortsHeldByAnotherProcessArePassedOver) {
  settings.last_port = 10'007;
  open();
  network->hold(*base::Address::parse_ip("192.0.2.1", 10'000));
  network->hold(*base::Address::parse_ip("192.0.2.1", 10'003));
  DeskPhone& kim = desk("1002");
  Phone& caller = dial_operator("1002", {tone(450)});
  run(seconds(4));
  EXPECT_EQ(server->ports().taken_by_others(), 2U);
  EXPECT_GT(share_of_tone(heard_by(caller), 700), 0.9);
  EXPECT_GT(share_of_tone(last(kim.heard(), seconds(1)), 450), 0.9);
  hang_up(caller);
  expect_clean();
}

}  // namespace
}  // namespace daedap::sim
