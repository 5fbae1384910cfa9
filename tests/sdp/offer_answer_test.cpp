#include "sdp/offer_answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sdp/session.hpp"

namespace daedap::sdp {
namespace {

using base::Address;
using base::Code;
using testing::HasSubstr;
using testing::Not;

LocalMedia ours() {
  LocalMedia local;
  local.rtp = *Address::parse("192.0.2.10:10000");
  local.codecs = {{.name = "PCMU", .payload_type = 0}, {.name = "PCMA", .payload_type = 8}};
  local.session_id = 77;
  local.version = 3;
  return local;
}

std::string offer(const std::string& media, const std::string& c = "c=IN IP4 198.51.100.7\r\n") {
  return "v=0\r\no=alice 1 1 IN IP4 198.51.100.7\r\ns=-\r\n" + c + "t=0 0\r\n" + media;
}

Answer answered(const std::string& media) {
  auto a = answer(offer(media), ours());
  EXPECT_TRUE(a) << (a ? "" : a.error().message());
  return a ? *a : Answer{};
}

Code refused(const std::string& text) {
  const auto a = answer(text, ours());
  EXPECT_FALSE(a);
  return a ? Code::io : a.error().code;
}

// RFC 3264 §10.1: Alice offers audio with PCMU, 1016 and GSM and two video streams.
TEST(Answer, RefusesTheVideoOfTheSpecificationsExample) {
  const Answer a = answered(
      "m=audio 62986 RTP/AVP 0 4 18\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:4 G723/8000\r\na=rtpmap:18 G729/8000\r\n"
      "m=video 51372 RTP/AVP 31\r\na=rtpmap:31 H261/90000\r\n"
      "m=video 53000 RTP/AVP 32\r\na=rtpmap:32 MPV/90000\r\n");
  EXPECT_EQ(a.sdp,
            "v=0\r\no=- 77 3 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
            "m=audio 10000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na=sendrecv\r\n"
            "m=video 0 RTP/AVP 31\r\n"
            "m=video 0 RTP/AVP 32\r\n");
  EXPECT_EQ(a.media.codec.name, "PCMU");
  EXPECT_EQ(a.media.remote_rtp.text(), "198.51.100.7:62986");
  EXPECT_EQ(a.media.remote_rtcp.text(), "198.51.100.7:62987");
  EXPECT_FALSE(a.media.send_event_type);
}

TEST(Answer, LetsTheOfferersCodecOrderWinAndMirrorsPayloadTypes) {
  const Answer a = answered(
      "m=audio 4000 RTP/AVP 96 97 0\r\na=rtpmap:96 iLBC/8000\r\na=rtpmap:97 pcma/8000/1\r\na=rtpmap:0 PCMU/8000\r\n");
  EXPECT_EQ(a.media.codec.name, "PCMA");
  EXPECT_EQ(a.media.codec.payload_type, 97);
  ASSERT_EQ(a.media.receive.size(), 2u);
  EXPECT_EQ(a.media.receive[1].payload_type, 0);
  EXPECT_THAT(a.sdp, HasSubstr("m=audio 10000 RTP/AVP 97 0\r\n"));
  EXPECT_THAT(a.sdp, HasSubstr("a=rtpmap:97 PCMA/8000\r\n"));
}

TEST(Answer, KnowsStaticPayloadTypesWithoutRtpmap) {
  EXPECT_EQ(answered("m=audio 4000 RTP/AVP 18 9 3 8 0\r\n").media.codec.name, "PCMA");
  LocalMedia local = ours();
  local.codecs = {{.name = "G722", .payload_type = 9}};
  EXPECT_EQ(answer(offer("m=audio 4000 RTP/AVP 0 9\r\n"), local)->media.codec.payload_type, 9);
}

TEST(Answer, IgnoresDynamicTypesThatAreNeverExplained) {
  EXPECT_EQ(refused(offer("m=audio 4000 RTP/AVP 96 97\r\n")), Code::no_common_codec);
}

TEST(Answer, DoesNotMatchAnotherClockRateOrChannelCount) {
  EXPECT_EQ(refused(offer("m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 PCMU/16000\r\n")), Code::no_common_codec);
  EXPECT_EQ(refused(offer("m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 PCMU/8000/2\r\n")), Code::no_common_codec);
}

TEST(Answer, TakesTheTelephoneEventOfTheCodecsClockRateUnderTheOffersType) {
  const Answer a = answered(
      "m=audio 4000 RTP/AVP 0 100 102\r\na=rtpmap:100 telephone-event/48000\r\na=rtpmap:102 telephone-event/8000\r\n");
  EXPECT_EQ(a.media.send_event_type, 102);
  EXPECT_EQ(a.media.recv_event_type, 102);
  EXPECT_THAT(a.sdp, HasSubstr("m=audio 10000 RTP/AVP 0 102\r\n"));
  EXPECT_THAT(a.sdp, HasSubstr("a=rtpmap:102 telephone-event/8000\r\na=fmtp:102 0-15\r\n"));
}

TEST(Answer, LeavesTelephoneEventOutWhenWeHaveNone) {
  LocalMedia local = ours();
  local.telephone_event = false;
  const auto a = answer(offer("m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"), local);
  EXPECT_FALSE(a->media.recv_event_type);
  EXPECT_THAT(a->sdp, Not(HasSubstr("telephone-event")));
}

TEST(Answer, ReversesTheDirection) {  // RFC 3264 §6.1, §8.4
  const auto direction = [](const std::string& word) {
    return answered("m=audio 4000 RTP/AVP 0\r\na=" + word + "\r\n");
  };
  EXPECT_EQ(direction("sendrecv").media.direction, Direction::sendrecv);
  EXPECT_EQ(direction("sendonly").media.direction, Direction::recvonly);
  EXPECT_EQ(direction("recvonly").media.direction, Direction::sendonly);
  EXPECT_EQ(direction("inactive").media.direction, Direction::inactive);
  EXPECT_THAT(direction("sendonly").sdp, HasSubstr("a=recvonly\r\n"));
}

TEST(Answer, KeepsItsOwnHoldAgainstTheOffer) {
  LocalMedia local = ours();
  local.direction = Direction::sendonly;
  EXPECT_EQ(answer(offer("m=audio 4000 RTP/AVP 0\r\n"), local)->media.direction, Direction::sendonly);
  EXPECT_EQ(answer(offer("m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n"), local)->media.direction, Direction::inactive);
}

TEST(Answer, TakesTheSessionsDirectionUnlessTheMediaSaysAnother) {
  const std::string session = "c=IN IP4 198.51.100.7\r\na=inactive\r\n";
  EXPECT_EQ(answer(offer("m=audio 4000 RTP/AVP 0\r\n", session), ours())->media.direction, Direction::inactive);
  EXPECT_EQ(answer(offer("m=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n", session), ours())->media.direction,
            Direction::sendrecv);
}

TEST(Answer, SendsNothingToTheOldStyleHold) {  // RFC 2543: c=0.0.0.0
  const auto a = answer(offer("m=audio 4000 RTP/AVP 0\r\n", "c=IN IP4 0.0.0.0\r\n"), ours());
  ASSERT_TRUE(a);
  EXPECT_EQ(a->media.direction, Direction::recvonly);
}

TEST(Answer, TakesTheFirstUsableAudioLineAndKeepsCountAndOrder) {
  const Answer a = answered(
      "m=audio 0 RTP/AVP 0\r\nm=audio 4000 RTP/SAVP 0\r\nm=audio 4002 UDP/TLS/RTP/SAVPF 0\r\n"
      "m=image 4004 udptl t38\r\nm=audio 4006 RTP/AVP 96\r\nm=audio 4008 RTP/AVP 8\r\nm=audio 4010 RTP/AVP 0\r\n");
  const auto s = Session::parse(a.sdp);
  ASSERT_TRUE(s);
  ASSERT_EQ(s->media.size(), 7u);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(s->media[i].port, i == 5 ? 10000 : 0) << i;
  EXPECT_EQ(s->media[2].protocol, "UDP/TLS/RTP/SAVPF");
  EXPECT_EQ(s->media[3].formats, std::vector<std::string>{"t38"});
  EXPECT_EQ(a.media.remote_rtp.port, 4008);
}

TEST(Answer, HasNoCommonCodecWhenNoLineIsPlainRtpAudio) {
  for (const char* profile : {"RTP/SAVP", "RTP/AVPF", "RTP/SAVPF", "UDP/TLS/RTP/SAVPF", "TCP/RTP/AVP"}) {
    EXPECT_EQ(refused(offer(std::string("m=audio 4000 ") + profile + " 0\r\n")), Code::no_common_codec) << profile;
  }
  EXPECT_EQ(refused(offer("")), Code::no_common_codec);
  EXPECT_EQ(refused(offer("m=video 4000 RTP/AVP 31\r\n")), Code::no_common_codec);
  EXPECT_EQ(refused(offer("m=audio 4000 RTP/AVP 18\r\n")), Code::no_common_codec);
}

TEST(Answer, DoesNotResolveHostNamesNorSendToGroups) {
  EXPECT_EQ(refused(offer("m=audio 4000 RTP/AVP 0\r\n", "c=IN IP4 pbx.example.com\r\n")), Code::unsupported);
  EXPECT_EQ(refused(offer("m=audio 4000 RTP/AVP 0\r\n", "c=IN IP4 224.2.1.1/127\r\n")), Code::unsupported);
  EXPECT_EQ(refused(offer("m=audio 4000 RTP/AVP 0\r\n", "c=IN IP6 ff15::101\r\n")), Code::unsupported);
}

TEST(Answer, RefusesBrokenOffers) {
  EXPECT_EQ(refused("hello"), Code::bad_syntax);
  EXPECT_EQ(refused(offer("m=audio 4000 RTP/AVP foo\r\n")), Code::bad_syntax);
  EXPECT_EQ(refused(offer("m=audio 4000 RTP/AVP 128\r\n")), Code::bad_syntax);
  EXPECT_EQ(refused(offer("m=audio 4000 RTP/AVP 0\r\n", "")), Code::bad_syntax) << "no c= at all";
  EXPECT_EQ(refused(std::string(40'000, 'v')), Code::too_large);
}

TEST(Answer, PrefersTheMediasOwnAddress) {
  EXPECT_EQ(answered("m=audio 4000 RTP/AVP 0\r\nc=IN IP6 2001:db8::9\r\n").media.remote_rtp.text(),
            "[2001:db8::9]:4000");
}

TEST(Answer, FindsTheRtcpPort) {  // RFC 3605, RFC 5761
  const auto rtcp = [](const std::string& attributes) {
    return answered("m=audio 4000 RTP/AVP 0\r\n" + attributes).media.remote_rtcp.text();
  };
  EXPECT_EQ(rtcp(""), "198.51.100.7:4001");
  EXPECT_EQ(rtcp("a=rtcp:53020\r\n"), "198.51.100.7:53020");
  EXPECT_EQ(rtcp("a=rtcp:53020 IN IP4 126.16.64.4\r\n"), "126.16.64.4:53020");
  EXPECT_EQ(rtcp("a=rtcp:53020 IN IP6 2001:db8::1\r\n"), "[2001:db8::1]:53020");
  EXPECT_EQ(rtcp("a=rtcp:53020 IN IP4 host.example\r\n"), "198.51.100.7:53020");
  EXPECT_EQ(rtcp("a=rtcp:0\r\n"), "198.51.100.7:4001");
  EXPECT_EQ(rtcp("a=rtcp:4001\r\na=rtcp-mux\r\n"), "198.51.100.7:4000");
  EXPECT_EQ(answered("m=audio 65535 RTP/AVP 0\r\n").media.remote_rtcp.port, 65535);
}

TEST(Answer, EchoesRtcpMuxWhenOfferedOnly) {
  const Answer with = answered("m=audio 4000 RTP/AVP 0\r\na=rtcp-mux\r\n");
  EXPECT_TRUE(with.media.rtcp_mux);
  EXPECT_THAT(with.sdp, HasSubstr("a=rtcp-mux\r\n"));
  EXPECT_THAT(answered("m=audio 4000 RTP/AVP 0\r\n").sdp, Not(HasSubstr("rtcp-mux")));
}

TEST(Answer, KnowsHowLongThePeersPacketsShallBe) {
  const auto ptime = [](const std::string& attributes) {
    return answered("m=audio 4000 RTP/AVP 0\r\n" + attributes).media.ptime;
  };
  EXPECT_EQ(ptime(""), 20);
  EXPECT_EQ(ptime("a=ptime:30\r\n"), 30);
  EXPECT_EQ(ptime("a=ptime:60\r\na=maxptime:40\r\n"), 40);
  EXPECT_EQ(ptime("a=ptime:5\r\n"), 10);
  EXPECT_EQ(ptime("a=ptime:4000\r\n"), 60);
  EXPECT_EQ(ptime("a=ptime:\r\n"), 20);
}

TEST(Answer, RepeatsTheOffersTiming) {  // RFC 3264 §6
  const std::string text = "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\nc=IN IP4 1.2.3.4\r\nt=2873397496 2873404696\r\n"
                           "m=audio 4000 RTP/AVP 0\r\n";
  EXPECT_THAT(answer(text, ours())->sdp, HasSubstr("t=2873397496 2873404696\r\n"));
}

TEST(Offer, SaysWhatWeHave) {
  EXPECT_EQ(make_offer(ours()),
            "v=0\r\no=- 77 3 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
            "m=audio 10000 RTP/AVP 0 8 101\r\n"
            "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
            "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
            "a=ptime:20\r\na=sendrecv\r\na=rtcp-mux\r\n");
}

TEST(Offer, OffersOneTelephoneEventPerClockRateBesideTheCodecsTypes) {
  LocalMedia local = ours();
  local.rtp = *Address::parse("[2001:db8::5]:10000");
  local.codecs = {{.name = "opus", .clock_rate = 48000, .channels = 2, .payload_type = 101, .fmtp = "useinbandfec=1"},
                  {.name = "PCMU", .payload_type = 0}};
  const std::string sdp = make_offer(local);
  EXPECT_THAT(sdp, HasSubstr("c=IN IP6 2001:db8::5\r\n"));
  EXPECT_THAT(sdp, HasSubstr("m=audio 10000 RTP/AVP 101 0 102 103\r\n"));
  EXPECT_THAT(sdp, HasSubstr("a=rtpmap:101 opus/48000/2\r\na=fmtp:101 useinbandfec=1\r\n"));
  EXPECT_THAT(sdp, HasSubstr("a=rtpmap:102 telephone-event/48000\r\n"));
  EXPECT_THAT(sdp, HasSubstr("a=rtpmap:103 telephone-event/8000\r\n"));
}

TEST(Accept, AgreesWithTheAnswerToOurOffer) {
  const LocalMedia local = ours();
  LocalMedia peer = ours();
  peer.rtp = *Address::parse("203.0.113.4:30000");
  peer.codecs = {{.name = "PCMA", .payload_type = 8}};
  const auto their = answer(make_offer(local), peer);
  ASSERT_TRUE(their);
  const auto media = accept(local, their->sdp);
  ASSERT_TRUE(media);
  EXPECT_EQ(media->codec.name, "PCMA");
  EXPECT_EQ(media->remote_rtp.text(), "203.0.113.4:30000");
  EXPECT_TRUE(media->rtcp_mux);
  EXPECT_EQ(media->remote_rtcp, media->remote_rtp);
  EXPECT_EQ(media->send_event_type, 101);
  EXPECT_EQ(media->recv_event_type, 101);
  EXPECT_EQ(media->direction, Direction::sendrecv);
}

TEST(Accept, SendsWithTheAnswersTypesAndReceivesWithOurs) {
  LocalMedia local = ours();
  local.codecs = {{.name = "opus", .clock_rate = 48000, .channels = 2, .payload_type = 96}};
  const auto media = accept(local, offer("m=audio 4000 RTP/AVP 111 126\r\na=rtpmap:111 opus/48000/2\r\n"
                                         "a=rtpmap:126 telephone-event/48000\r\n"));
  ASSERT_TRUE(media);
  EXPECT_EQ(media->codec.payload_type, 111);
  ASSERT_EQ(media->receive.size(), 1u);
  EXPECT_EQ(media->receive[0].payload_type, 96);
  EXPECT_EQ(media->send_event_type, 126);
  EXPECT_EQ(media->recv_event_type, 101);
}

TEST(Accept, FailsWhenTheAudioWasRefused) {
  EXPECT_EQ(accept(ours(), offer("m=audio 0 RTP/AVP 0\r\n")).error().code, Code::no_common_codec);
  EXPECT_EQ(accept(ours(), offer("m=audio 4000 RTP/SAVP 0\r\n")).error().code, Code::no_common_codec);
  EXPECT_EQ(accept(ours(), offer("m=audio 4000 RTP/AVP 18\r\n")).error().code, Code::no_common_codec);
  EXPECT_EQ(accept(ours(), offer("")).error().code, Code::bad_syntax);
  EXPECT_EQ(accept(ours(), "v=0").error().code, Code::bad_syntax);
  EXPECT_EQ(accept(ours(), offer("m=audio 4 RTP/AVP 0\r\n", "c=IN IP4 host.example\r\n")).error().code,
            Code::unsupported);
}

TEST(Accept, SeesThePeersHold) {
  EXPECT_EQ(accept(ours(), offer("m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n"))->direction, Direction::recvonly);
  EXPECT_EQ(accept(ours(), offer("m=audio 4000 RTP/AVP 0\r\na=inactive\r\n"))->direction, Direction::inactive);
  LocalMedia held = ours();
  held.direction = Direction::sendonly;
  EXPECT_EQ(accept(held, offer("m=audio 4000 RTP/AVP 0\r\na=recvonly\r\n"))->direction, Direction::sendonly);
}

TEST(OfferAnswer, AgreesWithItselfForEveryPairOfDirections) {
  const Direction all[] = {Direction::sendrecv, Direction::sendonly, Direction::recvonly, Direction::inactive};
  const auto sends = [](Direction d) { return d == Direction::sendrecv || d == Direction::sendonly; };
  const auto receives = [](Direction d) { return d == Direction::sendrecv || d == Direction::recvonly; };
  for (Direction a : all) {
    for (Direction b : all) {
      LocalMedia caller = ours(), callee = ours();
      caller.direction = a;
      callee.direction = b;
      const auto answer_ = answer(make_offer(caller), callee);
      const auto media = accept(caller, answer_->sdp);
      ASSERT_TRUE(media);
      EXPECT_EQ(sends(media->direction), receives(answer_->media.direction));
      EXPECT_EQ(receives(media->direction), sends(answer_->media.direction));
    }
  }
}

}  // namespace
}  // namespace daedap::sdp
