#include "call/sip_leg.hpp"

#include <gtest/gtest.h>

#include "tests/call/line_bench.hpp"

namespace daedap::call {
namespace {

using std::chrono::seconds;

struct SipLegTest : ::testing::Test, LineBench {};

TEST_F(SipLegTest, AnswersWithItsPortAndTheBestCodecOfTheOffer) {
  const auto one = leg();
  const auto answer = one->answer(sdp("8 0"), world.now());
  ASSERT_TRUE(answer);
  EXPECT_NE(answer->find("m=audio 10000 RTP/AVP"), std::string::npos);
  EXPECT_EQ(one->agreed()->remote_rtp.text(), "198.51.100.9:40000");
  EXPECT_FALSE(one->held());
}

TEST_F(SipLegTest, AWantedCodecIsAnsweredAlone) {
  const auto one = leg();
  const auto answer = one->answer(sdp("0 8"), world.now(), "PCMA");
  ASSERT_TRUE(answer);
  EXPECT_EQ(one->agreed()->codec.name, "PCMA");
  EXPECT_EQ(answer->find("PCMU"), std::string::npos) << *answer;
}

TEST_F(SipLegTest, AWantedCodecThatTheOfferLacksIsNoHindrance) {
  const auto one = leg();
  ASSERT_TRUE(one->answer(sdp("0"), world.now(), "PCMA"));
  EXPECT_EQ(one->agreed()->codec.name, "PCMU");
  ASSERT_TRUE(one->answer(sdp("0"), world.now(), "no such codec"));
}

TEST_F(SipLegTest, OffersThatCannotBeTakenChangeNothing) {
  const auto one = leg();
  EXPECT_FALSE(one->answer("", world.now()));
  EXPECT_FALSE(one->answer(sdp("96", "a=rtpmap:96 nobody/8000\r\n"), world.now()));
  EXPECT_EQ(one->agreed(), nullptr);
  ASSERT_TRUE(one->answer(sdp(), world.now()));
  EXPECT_FALSE(one->answer("v=0\r\n", world.now()));
  EXPECT_EQ(one->agreed()->codec.name, "PCMU");
}

TEST_F(SipLegTest, OwnOfferPutsTheCodecsOfTheOtherPartyFirst) {
  const auto one = leg();
  const std::string offer = one->make_offer({"GSM", "PCMA"});
  EXPECT_NE(offer.find("RTP/AVP 3 8 "), std::string::npos) << offer;
  EXPECT_FALSE(one->on_answer("v=0\r\n", world.now()));
  ASSERT_TRUE(one->on_answer(sdp("8"), world.now()));
  EXPECT_EQ(one->agreed()->codec.name, "PCMA");
}

TEST_F(SipLegTest, EachDescriptionHasANewVersion) {
  const auto one = leg();
  const auto origin = [](const std::string& text) { return text.substr(text.find("o="), text.find("\r\n", text.find("o=")) - text.find("o=")); };
  const std::string first = one->make_offer(), second = one->make_offer();
  EXPECT_NE(origin(first), origin(second));
}

TEST_F(SipLegTest, DirectionOfAHoldIsToldInTheNextDescription) {
  const auto one = leg();
  ASSERT_TRUE(one->answer(sdp(), world.now()));
  EXPECT_TRUE(one->set_direction(sdp::Direction::sendonly));
  EXPECT_FALSE(one->set_direction(sdp::Direction::sendonly));
  EXPECT_NE(one->make_offer().find("a=sendonly"), std::string::npos);
}

TEST_F(SipLegTest, APeerThatHoldsIsNotMissed) {
  const auto one = leg();
  ASSERT_TRUE(one->answer(sdp("0", "a=inactive\r\n"), world.now()));
  EXPECT_TRUE(one->held());
  one->start(world.now());
  world.run_for(seconds(60));
  EXPECT_FALSE(one->deaf_for(seconds(10), world.now()));
}

TEST_F(SipLegTest, SilenceCountsFromTheEndOfAHold) {
  const auto one = leg();
  ASSERT_TRUE(one->answer(sdp(), world.now()));
  one->start(world.now());
  world.run_for(seconds(1));
  ASSERT_TRUE(one->answer(sdp("0", "a=inactive\r\n"), world.now()));
  world.run_for(seconds(600));
  ASSERT_TRUE(one->answer(sdp(), world.now()));
  EXPECT_FALSE(one->deaf_for(seconds(10), world.now())) << "resumed this moment";
  world.run_for(seconds(9));
  ASSERT_TRUE(one->answer(sdp(), world.now()));
  world.run_for(seconds(2));
  EXPECT_TRUE(one->deaf_for(seconds(10), world.now())) << "a further offer is no sign of life";
}

TEST_F(SipLegTest, ASilentPeerIsMissedAfterTheLimitAndNotBefore) {
  const auto one = leg();
  ASSERT_TRUE(one->answer(sdp(), world.now()));
  world.run_for(seconds(60));
  EXPECT_FALSE(one->deaf_for(seconds(10), world.now())) << "it has not begun";
  one->start(world.now());
  world.run_for(seconds(9));
  EXPECT_FALSE(one->deaf_for(seconds(10), world.now()));
  world.run_for(seconds(2));
  EXPECT_TRUE(one->deaf_for(seconds(10), world.now()));
}

TEST_F(SipLegTest, SendsNothingBeforeItStarts) {
  const auto one = leg();
  ASSERT_TRUE(one->answer(sdp(), world.now()));
  one->tick_send(world.now());
  one->tick_receive(world.now());
  EXPECT_EQ(one->stats().packets_sent, 0U);
  one->start(world.now());
  one->tick_send(world.now());
  EXPECT_EQ(one->stats().packets_sent, 1U);
  EXPECT_TRUE(one->started());
}

TEST_F(SipLegTest, HoldOffersTheAgreedCodecUnderItsPayloadTypes) {
  const auto one = leg();
  ASSERT_TRUE(one->answer(sdp("96 0 97", "a=rtpmap:96 opus/48000/2\r\na=rtpmap:97 telephone-event/48000\r\n"), world.now()));
  const std::string offer = one->offer_again();
  EXPECT_NE(offer.find("RTP/AVP 96 97\r\n"), std::string::npos) << offer;
  EXPECT_NE(offer.find("a=rtpmap:97 telephone-event/48000"), std::string::npos) << offer;
}

TEST_F(SipLegTest, HoldOffersNoEventsWhereNoneWereAgreed) {
  const auto one = leg();
  ASSERT_TRUE(one->answer(sdp("8"), world.now()));
  EXPECT_NE(one->offer_again().find("RTP/AVP 8\r\n"), std::string::npos);
}

TEST_F(SipLegTest, LaterFullOfferKeepsWhatPayloadTypesMean) {
  const auto one = leg();
  // The peer's 107 is PCMA here, and its Opus is 96.
  ASSERT_TRUE(one->answer(sdp("96 107", "a=rtpmap:96 opus/48000/2\r\na=rtpmap:107 PCMA/8000\r\n"), world.now()));
  const std::string offer = one->make_offer();
  EXPECT_NE(offer.find("RTP/AVP 96 107 0 9 3"), std::string::npos) << offer;
  EXPECT_EQ(offer.find("a=rtpmap:107 opus"), std::string::npos);
}

TEST_F(SipLegTest, KeysStayTheSameFromOfferToOffer) {
  settings.srtp = sdp::SrtpPolicy::optional;
  const auto one = leg(), peer = leg();
  const std::string first = one->make_offer();
  const auto answer = peer->answer(first, world.now());
  ASSERT_TRUE(answer);
  ASSERT_TRUE(one->on_answer(*answer, world.now()));
  const std::string inline_key = first.substr(first.find("a=crypto:1"), first.find("\r\n", first.find("a=crypto:1")) - first.find("a=crypto:1"));
  const std::string again = one->offer_again();
  EXPECT_NE(again.find(inline_key), std::string::npos) << again;
  EXPECT_EQ(again.find("a=crypto:2"), std::string::npos) << "the suite in use alone";
  EXPECT_NE(one->make_offer().find(inline_key), std::string::npos);
}

TEST_F(SipLegTest, PlainAgreementIsOfferedPlainAgain) {
  settings.srtp = sdp::SrtpPolicy::optional;
  const auto one = leg();
  (void)one->make_offer();
  ASSERT_TRUE(one->on_answer(sdp("0"), world.now()));
  EXPECT_EQ(one->offer_again().find("a=crypto"), std::string::npos);
}

TEST_F(SipLegTest, NoPortIsTold) {
  const auto one = leg(), two = leg();
  ASSERT_TRUE(two);
  const auto three = SipLeg::open("third", settings, around, world.now());
  ASSERT_FALSE(three);
  EXPECT_EQ(three.error().code, base::Code::no_port);
}

TEST_F(SipLegTest, EncryptionIsOfferedAsConfigured) {
  settings.srtp = sdp::SrtpPolicy::required;
  const std::string offer = leg()->make_offer();
  EXPECT_NE(offer.find("RTP/SAVP"), std::string::npos);
  EXPECT_NE(offer.find("a=crypto:"), std::string::npos);
}

}  // namespace
}  // namespace daedap::call
