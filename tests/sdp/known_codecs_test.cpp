#include "sdp/known_codecs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daedap::sdp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

LocalMedia everything() {
  LocalMedia local;
  local.rtp = *base::Address::parse("192.0.2.1:10000");
  for (const std::string_view name : known_codec_names()) local.codecs.push_back(*known_codec(name));
  return local;
}

std::string offer(const std::string& media) {
  return "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\n" + media;
}

// RFC 3551 §6
TEST(KnownCodecs, HaveTheirStaticPayloadTypes) {
  EXPECT_THAT(known_codec_names(), ElementsAre("PCMU", "PCMA", "G722", "opus", "GSM"));
  EXPECT_EQ(known_codec("pcmu")->payload_type, 0);
  EXPECT_EQ(known_codec("GSM")->payload_type, 3);
  EXPECT_EQ(known_codec("PCMA")->payload_type, 8);
  EXPECT_EQ(known_codec("g722")->payload_type, 9);
  EXPECT_EQ(known_codec("g722")->clock_rate, 8000);
  EXPECT_EQ(known_codec("Opus")->name, "opus");
  EXPECT_FALSE(known_codec("G729"));
  EXPECT_FALSE(known_codec(""));
}

TEST(KnownCodecs, AreOfferedWithWhatOpusNeedsAndNoFmtpForTheOthers) {
  const std::string sdp = make_offer(everything());
  EXPECT_THAT(sdp, HasSubstr("m=audio 10000 RTP/AVP 0 8 9 107 3 101 102\r\n"));
  EXPECT_THAT(sdp, HasSubstr("a=rtpmap:9 G722/8000\r\na=rtpmap:107 opus/48000/2\r\na=fmtp:107 "));
  EXPECT_THAT(sdp, HasSubstr("useinbandfec=1;usedtx=1\r\na=rtpmap:3 GSM/8000\r\na=rtpmap:101 telephone-event/8000"));
  EXPECT_THAT(sdp, HasSubstr("a=rtpmap:102 telephone-event/48000"));
}

// The peer's fmtp says how it wants to be sent to; ours how we do.
TEST(KnownCodecs, KeepThePeersWishesForWhatWeSend) {
  const auto a = answer(offer("m=audio 4000 RTP/AVP 96 97\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 cbr=1\r\n"
                              "a=rtpmap:97 telephone-event/48000\r\n"), everything());
  ASSERT_TRUE(a);
  EXPECT_EQ(a->media.codec.fmtp, "cbr=1");
  EXPECT_EQ(a->media.codec.payload_type, 96);
  EXPECT_THAT(a->media.receive.front().fmtp, HasSubstr("usedtx=1"));
  EXPECT_THAT(a->sdp, HasSubstr("a=fmtp:96 maxplaybackrate=16000"));
  EXPECT_THAT(a->sdp, Not(HasSubstr("cbr")));
  const auto theirs = accept(everything(), offer("m=audio 4000 RTP/AVP 120\r\na=rtpmap:120 opus/48000/2\r\na=fmtp:120 usedtx=1\r\n"));
  ASSERT_TRUE(theirs);
  EXPECT_EQ(theirs->codec.fmtp, "usedtx=1");
  EXPECT_EQ(theirs->codec.payload_type, 120);
  EXPECT_EQ(theirs->receive.front().payload_type, 107);
}

TEST(KnownCodecs, TakeEventsOfAnotherClockWhenThePeerHasNoOther) {
  const auto a = answer(offer("m=audio 4000 RTP/AVP 96 101\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n"), everything());
  ASSERT_TRUE(a);
  EXPECT_EQ(a->media.recv_event_type, 101);
  EXPECT_EQ(a->media.event_clock_rate, 8000);
  EXPECT_THAT(a->sdp, HasSubstr("a=rtpmap:101 telephone-event/8000"));
  const auto both = answer(offer("m=audio 4000 RTP/AVP 96 101 102\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n"
                                 "a=rtpmap:102 telephone-event/48000\r\n"), everything());
  EXPECT_EQ(both->media.recv_event_type, 102);
  EXPECT_EQ(both->media.event_clock_rate, 48000);
}

TEST(KnownCodecs, AgreeWithThemselvesInAnyOrder) {
  for (const std::string_view name : known_codec_names()) {
    LocalMedia one = everything();
    one.codecs = {*known_codec(name)};
    const auto a = answer(make_offer(one), everything());
    ASSERT_TRUE(a) << name;
    EXPECT_EQ(a->media.codec.name, name);
    const auto agreed = accept(one, a->sdp);
    ASSERT_TRUE(agreed) << name;
    EXPECT_EQ(agreed->codec.payload_type, known_codec(name)->payload_type);
    EXPECT_EQ(agreed->recv_event_type, agreed->send_event_type);
  }
}

}  // namespace
}  // namespace daedap::sdp
