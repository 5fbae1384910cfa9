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

TEST_F(FieldNotes_Pbx, N06_EarlyMediaIsHeardThreeSecondsBeforeThe200) {
  DeskPhone& kim = desk("1002", {.answer_after = Millis(3200), .early_media = true});
  Phone& caller = dial_operator("1002", {tone(450)});
  run(seconds(3));
  EXPECT_FALSE(caller.caller().answered());
  EXPECT_TRUE(caller.answers().contains(183));
  EXPECT_GT(share_of_tone(heard_by(caller), 700), 0.9);
  run(seconds(3));
  EXPECT_TRUE(caller.caller().answered());
  EXPECT_GT(share_of_tone(heard_by(caller), 700), 0.9);
  EXPECT_GT(share_of_tone(last(kim.heard(), seconds(1)), 450), 0.9);
  hang_up(caller);
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

/// Where speech begins in a channel, in milliseconds.
std::vector<std::int64_t> beeps_in(const std::vector<std::int16_t>& pcm) {
  std::vector<std::int64_t> starts;
  for (const Stretch& one : speech_in(pcm, 2000)) starts.push_back(one.from);
  return starts;
}

/// Ten minutes here; an hour in N17 of the recorder itself.
TEST_F(FieldNotes_Pbx, N17_ChannelsOfABridgedCallDoNotDriftApartOnABadNetwork) {
  desk("1002", {.hz = 700, .beeps = true});
  std::vector<std::int16_t> ten_seconds = tone(450, Millis(100)).pcm;
  ten_seconds.resize(static_cast<std::size_t>(10 * audio::sample_rate));
  Phone& caller = dial_operator("1002", std::vector<Step>(61, Step(sound(ten_seconds))));
  run(seconds(2));
  network->set_conditions({.delay = Millis(30), .jitter = Millis(20), .loss = 0.02});
  run(seconds(600));
  network->set_conditions({.delay = Millis(2)});
  hang_up(caller);
  const auto left = beeps_in(tape().channel(0)), right = beeps_in(tape().channel(1));
  ASSERT_GE(left.size(), 50U);
  ASSERT_GE(right.size(), 50U);
  // A beep may be lost; each that is there has to lie where the first says.
  for (const auto* channel : {&left, &right})
    for (const std::int64_t at : *channel) {
      const std::int64_t off = (at - channel->front()) % 10'000;
      EXPECT_LE(std::min(off, 10'000 - off), 60) << at;
    }
  const auto phase = [](const std::vector<std::int64_t>& all) { return all.back() % 10'000 - all.front() % 10'000; };
  EXPECT_LE(std::abs(phase(left) - phase(right)), 60);
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
