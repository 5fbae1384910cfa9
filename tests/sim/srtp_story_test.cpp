#include "story.hpp"

namespace daedap::sim {
namespace {

using sdp::SrtpPolicy;

/// Whole calls with the AI whose media is encrypted.
class SrtpStory : public Story {
 protected:
  static Phone::Settings secure(SrtpPolicy policy, bool offer_in_invite = true) {
    Phone::Settings phone;
    phone.plan.srtp = policy;
    phone.plan.offer_in_invite = offer_in_invite;
    return phone;
  }
  /// Counts RTP packets on the wire by whether they have the length of plain G.711.
  void watch() {
    network->set_tap([this](const auto&, const auto&, auto bytes) {
      if (is_rtp(bytes)) ++(bytes.size() == 12 + 160 ? plain : encrypted);
    });
  }
  int plain = 0, encrypted = 0;
};

TEST_F(SrtpStory, IsUnderstoodAndAnsweredInBothDirections) {
  settings.call.srtp = SrtpPolicy::required;
  settings.engines.stt.script = say_in_turn({"영업 시간 알려 주세요"});
  open();
  watch();
  Phone& phone = dial({Listen{}, say("영업 시간 알려 주세요"), Listen{}}, secure(SrtpPolicy::required));
  finish(phone);
  EXPECT_EQ(phone.report().srtp, "AEAD_AES_128_GCM");
  EXPECT_EQ(plain, 0);
  EXPECT_GT(encrypted, 300);
  EXPECT_EQ(turns_of(record(), assistant_said).size(), 2U);
  EXPECT_EQ(turns_of(record(), caller_said).size(), 1U);
  EXPECT_GE(voiced_ms(phone.report().heard), 1300);
  EXPECT_GE(voiced_ms(tape().channel(0)), 300);
  EXPECT_EQ(record().media.packets_bad, 0U);
  const std::string log = text_of(server->log());
  EXPECT_NE(log.find("AEAD_AES_128_GCM"), std::string::npos);
  EXPECT_EQ(log.find("inline:"), std::string::npos) << "a key in the log";
  expect_clean();
}

TEST_F(SrtpStory, EncryptsWhenWeOfferToo) {
  settings.call.srtp = SrtpPolicy::optional;
  settings.engines.stt.script = say_in_turn({"영업 시간 알려 주세요"});
  Phone& phone = dial({Listen{}, say("영업 시간 알려 주세요"), Listen{}}, secure(SrtpPolicy::required, false));
  watch();
  finish(phone);
  EXPECT_EQ(plain, 0);
  EXPECT_GT(encrypted, 300);
  EXPECT_EQ(turns_of(record(), caller_said).size(), 1U);
  expect_clean();
}

TEST_F(SrtpStory, FollowsBothSidesPolicies) {
  constexpr SrtpPolicy all[] = {SrtpPolicy::off, SrtpPolicy::optional, SrtpPolicy::required};
  for (const SrtpPolicy ours : all) {
    server.reset();
    phones.clear();
    settings.call.srtp = ours;
    open();
    for (const SrtpPolicy theirs : all) {
      Phone& phone = dial({Listen{}}, secure(theirs));
      finish(phone);
      const bool clash = ours != theirs && ours != SrtpPolicy::optional && theirs != SrtpPolicy::optional;
      EXPECT_EQ(phone.report().code, clash ? 488 : 200) << static_cast<int>(ours) << static_cast<int>(theirs);
      if (clash) continue;
      EXPECT_EQ(phone.report().srtp.empty(), ours == SrtpPolicy::off || theirs == SrtpPolicy::off);
      EXPECT_GE(voiced_ms(phone.report().heard), 1300);
    }
  }
}

TEST_F(SrtpStory, SurvivesHoldAndAMoveToAnotherPortAndCodec) {
  settings.call.srtp = SrtpPolicy::required;
  settings.engines.stt.script = say_in_turn({"영업 시간 알려 주세요"});
  Phone& phone = dial({Listen{}, Wait{seconds(6)}, say("영업 시간 알려 주세요"), Listen{}}, secure(SrtpPolicy::optional));
  watch();
  run_until_answered(phone);
  world.run_for(Millis(500));
  phone.command([](auto& caller, base::Time now) { ASSERT_TRUE(caller.reoffer({"PCMA", "PCMU"}, true, now)); });
  world.run_for(seconds(1));
  phone.command([](auto& caller, base::Time now) { ASSERT_TRUE(caller.hold(true, now)); });
  world.run_for(seconds(1));
  phone.command([](auto& caller, base::Time now) { ASSERT_TRUE(caller.hold(false, now)); });
  finish(phone);
  EXPECT_EQ(plain, 0);
  EXPECT_EQ(turns_of(record(), caller_said).size(), 1U);
  EXPECT_EQ(turns_of(record(), assistant_said).size(), 2U);
  expect_clean();
}

// 1 % loss, jitter and duplicates: the replay window takes what is late and refuses what came twice.
TEST_F(SrtpStory, IsUnderstoodOnABadNetwork) {
  settings.call.srtp = SrtpPolicy::required;
  settings.engines.stt.script = say_in_turn({"영업 시간 알려 주세요"});
  open();
  network->set_conditions({.delay = Millis(5), .jitter = Millis(10), .loss = 0.01, .duplicate = 0.05, .reorder = 0.02});
  Phone& phone = dial({Listen{}, say("영업 시간 알려 주세요"), Listen{}}, secure(SrtpPolicy::required));
  finish(phone);
  EXPECT_EQ(turns_of(record(), caller_said).size(), 1U);
  EXPECT_EQ(turns_of(record(), assistant_said).size(), 2U);
  EXPECT_GT(record().media.packets_bad, 3U) << "duplicates";
  EXPECT_LT(record().media.packets_bad, 60U);
}

}  // namespace
}  // namespace daedap::sim
