// Telephones that encrypt, and some that insist on it.
#include "tests/sim/pbx.hpp"

namespace daedap::sim {
namespace {

using sdp::SrtpPolicy;

struct SrtpBridge : Pbx {
  SrtpBridge() { settings.call.srtp = SrtpPolicy::optional; }
  void expect_talk(Phone& caller, DeskPhone& desk, double hz) {
    ASSERT_TRUE(desk.talking());
    EXPECT_GT(share_of_tone(heard_by(caller), hz), 0.9);
    EXPECT_GT(share_of_tone(last(desk.heard(), seconds(1)), 450), 0.9);
  }
  void hang_up(Phone& caller) {
    caller.command([](call::TestCaller& c, base::Time now) { c.hang_up(now); });
    finish(caller);
  }
  static int count(const std::string& text, const std::string& what) {
    int n = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
    return n;
  }
};

TEST_F(SrtpBridge, TelephoneThatTakesNothingButRtpSavpIsAskedOnceMore) {
  DeskPhone& kim = desk("1002", {.srtp = SrtpPolicy::required, .profile = "RTP/SAVP"});
  Phone& caller = dial_operator("1002", {tone(450)});
  run(seconds(3));
  EXPECT_EQ(kim.invites(), 2);
  expect_talk(caller, kim, 700);
  ASSERT_NE(kim.agreed(), nullptr);
  EXPECT_TRUE(kim.agreed()->srtp_send);
  hang_up(caller);
  expect_clean();
}

TEST_F(SrtpBridge, TelephoneRegisteredOverTlsIsOfferedRtpSavpFirst) {
  DeskPhone& kim = desk("1002", {.srtp = SrtpPolicy::required, .profile = "RTP/SAVP", .over_tls = true});
  Phone& caller = dial_operator("1002", {tone(450)});
  run(seconds(3));
  EXPECT_EQ(kim.invites(), 1);
  expect_talk(caller, kim, 700);
  hang_up(caller);
  expect_clean();
}

TEST_F(SrtpBridge, TelephoneOverTlsWithoutSrtpIsAskedOncePlain) {
  DeskPhone& kim = desk("1002", {.profile = "RTP/AVP", .over_tls = true});
  Phone& caller = dial_operator("1002", {tone(450)});
  run(seconds(3));
  EXPECT_EQ(kim.invites(), 2);
  expect_talk(caller, kim, 700);
  EXPECT_FALSE(kim.agreed()->srtp_send);
  hang_up(caller);
  expect_clean();
}

TEST_F(SrtpBridge, RequiredEncryptionIsNeverGivenUp) {
  settings.call.srtp = SrtpPolicy::required;
  DeskPhone& kim = desk("1002", {.profile = "RTP/AVP"});
  Phone::Settings secure;
  secure.plan.srtp = SrtpPolicy::required;
  Phone& caller = dial_operator("1002", {Listen{}}, secure);
  finish(caller);
  EXPECT_EQ(kim.invites(), 1);
  EXPECT_FALSE(kim.talking());
  expect_clean();
}

TEST_F(SrtpBridge, OneTelephonesProfileDoesNotMatterToTheOthersThatRing) {
  desk("1002", {.reject = 488});
  DeskPhone& secure = desk("1002", {.hz = 900, .srtp = SrtpPolicy::required, .profile = "RTP/SAVP"});
  DeskPhone& silent = desk("1002", {.answer_after = std::nullopt});
  Phone& caller = dial_operator("1002", {tone(450)});
  run(seconds(3));
  expect_talk(caller, secure, 900);
  EXPECT_EQ(silent.cancels(), 1);
  hang_up(caller);
  expect_clean();
}

TEST_F(SrtpBridge, HoldOffersWhatIsAgreedOnAndNothingElse) {
  DeskPhone& kim = desk("1002", {.srtp = SrtpPolicy::optional});
  Phone::Settings phone;
  phone.plan.srtp = SrtpPolicy::optional;
  Phone& caller = dial_operator("1002", {tone(450)}, phone);
  run(seconds(2));
  const auto key = *kim.agreed()->srtp_receive;
  caller.command([](call::TestCaller& c, base::Time now) { ASSERT_TRUE(c.hold(true, now)); });
  run(seconds(1));
  caller.command([](call::TestCaller& c, base::Time now) { ASSERT_TRUE(c.hold(false, now)); });
  run(seconds(2));
  ASSERT_EQ(kim.reoffers().size(), 2U);
  for (const std::string& offer : kim.reoffers()) {
    EXPECT_EQ(count(offer, "a=crypto:"), 1) << offer;
    EXPECT_EQ(count(offer, "a=rtpmap:"), 2) << "the codec and the telephone events: " << offer;
  }
  EXPECT_EQ(kim.agreed()->srtp_receive->key_and_salt, key.key_and_salt) << "no new key without need";
  expect_talk(caller, kim, 700);
  hang_up(caller);
  EXPECT_EQ(record().media.packets_bad, 0U);
  expect_clean();
}

}  // namespace
}  // namespace daedap::sim
