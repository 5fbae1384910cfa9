// What we answer we can decode, and what we send can be decoded: per codec, by content.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "audio/level.hpp"
#include "audio/sine.hpp"
#include "audio/talk.hpp"
#include "media/leg.hpp"
#include "media/receiver.hpp"
#include "media/sender.hpp"
#include "media/wire.hpp"
#include "rtp/telephone_event.hpp"
#include "sdp/known_codecs.hpp"

namespace daedap::media {
namespace {

using namespace testing;
using audio::testing::sine;
using audio::testing::sine_snr;

std::vector<std::string> names() {
  return {sdp::known_codec_names().begin(), sdp::known_codec_names().end()};
}

/// Level of the tone alone in `pcm`, dBFS.
double tone_dbfs(std::span<const std::int16_t> pcm, double hz, int rate) {
  const double snr = std::pow(10, sine_snr(pcm, hz, rate) / 10);
  return audio::rms_dbfs(pcm) + 10 * std::log10(snr / (1 + snr));
}

const double sent_level = audio::rms_dbfs(sine(500, 16000, 16000));

/// The stranger's offer of this codec alone, under a payload type of their own where it is dynamic.
std::string offer_of(const std::string& name, int opus_type = 111) {
  const std::map<std::string, std::string> lines{
      {"PCMU", "0\r\n"}, {"PCMA", "8\r\n"}, {"GSM", "3\r\na=rtpmap:3 GSM/8000\r\n"}, {"G722", "9\r\na=rtpmap:9 G722/8000\r\n"}};
  const std::string type = std::to_string(opus_type);
  const auto known = lines.find(name);
  const std::string line = known != lines.end() ? known->second
                                                : type + " 100\r\na=rtpmap:" + type + " " + name + "/48000/2\r\na=fmtp:" + type +
                                                      " useinbandfec=1; stereo=1\r\na=rtpmap:100 telephone-event/48000\r\n";
  return "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=audio 4000 RTP/AVP " + line;
}

sdp::LocalMedia everything() {
  sdp::LocalMedia local;
  local.rtp = addr("192.0.2.1:30000");
  for (const std::string& name : names()) local.codecs.push_back(*sdp::known_codec(name));
  return local;
}

sdp::Negotiated agreed_on(const std::string& name) {
  auto answer = sdp::answer(offer_of(name), everything());
  EXPECT_TRUE(answer) << name;
  return answer ? answer->media : sdp::Negotiated{};
}

/// A leg in a call of one codec with a peer that runs the library.
struct Call {
  explicit Call(const std::string& name) : media(agreed_on(name)), peer(wire_of(name), type()) {
    leg = std::move(*Leg::open(ports, net, random, at(0)));
    leg->set_sink(&heard);
    leg->configure(media, at(0));
    leg->start(at(0));
  }
  std::uint8_t type() const { return static_cast<std::uint8_t>(media.codec.payload_type); }
  void run(int ticks, int lose_each = 0) {
    for (int i = 0; i < ticks; ++i, clock += 20) {
      leg->tick_send(at(clock));
      leg->tick_receive(at(clock));
      const auto packet = peer.packet();
      if (packet && (lose_each == 0 || i % lose_each != lose_each - 1)) net.deliver(leg->local_port(), *packet, peer.rtp.from, at(clock + 10));
    }
  }
  /// What the leg sent, decoded by the library.
  std::vector<std::int16_t> sent() {
    std::vector<std::int16_t> pcm;
    const Wire ear = wire_of(media.codec.name);
    for (const auto& one : net.sent) {
      if (is_rtcp_packet(one)) continue;
      const auto packet = rtp::PacketView::parse(one.bytes);
      EXPECT_EQ(packet->header.payload_type, media.codec.payload_type);
      const auto part = ear.decode(packet->payload);
      pcm.insert(pcm.end(), part.begin(), part.end());
    }
    return pcm;
  }
  std::span<const std::int16_t> last(std::size_t ms) const { return std::span(heard.pcm).last(ms * 16); }

  FakeNet net;
  PortRange ports{addr("127.0.0.1:0"), 30000, 30009};
  base::Random random{base::seeded(4)};
  sdp::Negotiated media;
  WirePeer peer;
  Frames heard;
  std::unique_ptr<Leg> leg;
  std::int64_t clock = 0;
};

TEST(Answers, TakeOnlyCodecsThatWeCanDecode) {
  const auto local = everything();
  EXPECT_EQ(local.codecs.size(), names().size());
  for (const sdp::Codec& codec : local.codecs) {
    const auto known = audio::make_codec(codec.name);
    ASSERT_TRUE(known) << codec.name;
    EXPECT_EQ(known->name, codec.name);
    EXPECT_EQ(known->clock_rate, codec.clock_rate) << codec.name;
    EXPECT_EQ(known->channels, codec.channels) << codec.name;
  }
}

TEST(Answers, ReuseTheOfferersPayloadType) {
  for (const int type : {96, 98, 127}) {
    const auto answer = sdp::answer(offer_of("opus", type), everything());
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->media.codec.payload_type, type);
    EXPECT_NE(answer->sdp.find("a=rtpmap:" + std::to_string(type) + " opus/48000/2\r\na=fmtp:" + std::to_string(type)), std::string::npos);
  }
}

class EachCall : public ::testing::TestWithParam<std::string> {};

TEST_P(EachCall, HearsThePeersToneAtItsPitchAndLevel) {
  Call call(GetParam());
  call.run(150);
  EXPECT_GT(sine_snr(call.last(2000), 500, 16000), 15);
  EXPECT_NEAR(tone_dbfs(call.last(2000), 500, 16000), sent_level, 1);
  EXPECT_EQ(call.leg->stats().frames_concealed, 0u);
  EXPECT_LT(call.leg->stats().jitter_ms, 1);
}

TEST_P(EachCall, HearsThePeerThroughFivePerCentLoss) {
  Call call(GetParam());
  call.run(300, 20);
  EXPECT_GT(sine_snr(call.last(4000), 500, 16000), 6);
  EXPECT_NEAR(tone_dbfs(call.last(4000), 500, 16000), sent_level, 1.5);
  EXPECT_NEAR(static_cast<double>(call.leg->stats().frames_concealed), 15, 2);
  for (std::size_t at = call.heard.pcm.size() - 64'000; at + 320 <= call.heard.pcm.size(); at += 320) {
    ASSERT_GT(audio::rms_dbfs(std::span(call.heard.pcm).subspan(at, 320)), sent_level - 10) << at;  // no hole
  }
}

TEST_P(EachCall, SendsWhatTheLibraryDecodes) {
  Call call(GetParam());
  call.leg->player().enqueue(sine(700, 16000, 150 * 320));
  call.run(150);
  const int rate = call.peer.wire.rate;
  const auto pcm = call.sent();
  ASSERT_EQ(pcm.size(), static_cast<std::size_t>(3 * rate));
  const auto late = std::span(pcm).subspan(static_cast<std::size_t>(rate / 2));
  EXPECT_GT(sine_snr(late, 700, rate), 12);
  EXPECT_NEAR(tone_dbfs(late, 700, rate), sent_level, 1);
}

// Time stamps in the codec's RTP clock: 20 ms are 960 for Opus, 160 for all others.
TEST_P(EachCall, StepsItsTimeStampsByTheRtpClock) {
  Call call(GetParam());
  call.run(50);
  const auto first = rtp::PacketView::parse(call.net.sent[0].bytes)->header;
  int rtp_packets = 0;
  for (const auto& one : call.net.sent) {
    if (is_rtcp_packet(one)) continue;
    const auto header = rtp::PacketView::parse(one.bytes)->header;
    ASSERT_EQ(header.timestamp, first.timestamp.plus(rtp_packets * (GetParam() == "opus" ? 960 : 160)));
    ASSERT_EQ(header.seq, first.seq.plus(rtp_packets++));
  }
  EXPECT_EQ(rtp_packets, 50);
}

TEST_P(EachCall, ForgetsTheFormerStreamWhenAnotherBegins) {
  const auto media = agreed_on(GetParam());
  const auto type = static_cast<std::uint8_t>(media.codec.payload_type);
  const auto play = [&](Receiver& receiver, WirePeer& peer, std::int64_t from) {
    Frames frames;
    receiver.set_sink(&frames);
    for (int i = 0; i < 40; ++i) {
      receiver.on_packet(*rtp::PacketView::parse(*peer.packet()), at(from + 20 * i + 10));
      receiver.on_tick(at(from + 20 * i + 20), 0);
    }
    receiver.set_sink(nullptr);
    return frames.pcm;
  };
  Receiver used, fresh;
  used.configure(media);
  fresh.configure(media);
  WirePeer before(wire_of(GetParam()), type), a(wire_of(GetParam()), type), b(wire_of(GetParam()), type);
  before.hz = 1700;
  before.amplitude = 25'000;
  play(used, before, 0);
  a.rtp.ssrc = b.rtp.ssrc = 77;
  a.hz = b.hz = 400;
  auto got = play(used, a, 800), want = play(fresh, b, 800);
  double off = 0;
  for (std::size_t i = 5 * 320; i < want.size(); ++i) off = std::max<double>(off, std::abs(got[i] - want[i]));
  EXPECT_LE(off, 2);
  EXPECT_EQ(used.buffer().counters().restarts, 1u);
}

// A re-INVITE moves the call to this codec and back; the audio goes on.
TEST_P(EachCall, GoesOnOverAChangeOfCodecAndClock) {
  for (const std::string& other : names()) {
    Call call(GetParam());
    call.run(100);
    const auto back = call.media;
    const auto next = agreed_on(other);
    call.leg->configure(next, at(call.clock));
    call.run(2);  // under way in the former codec
    call.peer.change(wire_of(other), static_cast<std::uint8_t>(next.codec.payload_type));
    call.run(100);
    EXPECT_NEAR(tone_dbfs(call.last(1500), 500, 16000), sent_level, 1.5) << other;
    call.leg->configure(back, at(call.clock));
    call.peer.change(wire_of(GetParam()), call.type());
    call.run(100);
    EXPECT_NEAR(tone_dbfs(call.last(1500), 500, 16000), sent_level, 1.5) << other;
    EXPECT_LE(call.leg->stats().frames_concealed, 4u) << other;
    EXPECT_EQ(call.leg->stats().packets_late, 0u) << other;
    EXPECT_LT(call.leg->stats().jitter_ms, 5) << other;
    EXPECT_LT(call.leg->stats().buffer_ms, 60) << other;
  }
}

INSTANTIATE_TEST_SUITE_P(All, EachCall, ::testing::ValuesIn(names()), [](const auto& about) { return about.param; });

// RFC 7587 §3.1.3: an Opus sender may leave packets out in silence. That is neither loss nor noise.
TEST(OpusCall, TakesAPauseForSilenceAndHearsWhatComesAfterIt) {
  Call call("opus");
  call.peer.wire = opus_wire(true);
  call.run(100);
  for (int round = 0; round < 3; ++round) {
    call.peer.amplitude = 0;
    call.run(150);
    EXPECT_LT(audio::rms_dbfs(call.last(2000)), -55) << round;
    call.peer.amplitude = 8000;
    call.run(100);
    EXPECT_NEAR(tone_dbfs(call.last(1500), 500, 16000), sent_level, 1.5) << round;
  }
  const auto stats = call.leg->stats();
  EXPECT_LT(stats.packets_received, 600u);  // it did pause
  EXPECT_EQ(stats.packets_lost, 0u);
  EXPECT_LE(stats.frames_concealed, 8u);
  EXPECT_LT(stats.jitter_ms, 1);
}

TEST(OpusCall, PausesWhenThePeerAsksForItAndMarksTheNextWord) {
  Call call("opus");
  call.media.codec.fmtp = "usedtx=1;useinbandfec=1";
  call.leg->configure(call.media, at(0));
  call.leg->player().enqueue(sine(700, 16000, 50 * 320));
  call.run(150);
  call.leg->player().enqueue(sine(700, 16000, 50 * 320));
  call.run(100);
  std::vector<rtp::PacketHeader> headers;
  for (const auto& one : call.net.sent)
    if (!is_rtcp_packet(one)) headers.push_back(rtp::PacketView::parse(one.bytes)->header);
  EXPECT_LT(headers.size(), 180u);
  int paused = 0;
  for (std::size_t i = 1; i < headers.size(); ++i) {
    const int gap = headers[i].timestamp.distance_from(headers[i - 1].timestamp);
    EXPECT_EQ(headers[i].seq, headers[i - 1].seq.plus(1));
    EXPECT_EQ(gap % 960, 0);
    EXPECT_EQ(headers[i].marker, gap > 960) << i;
    paused += gap > 960;
  }
  EXPECT_GE(paused, 1);
  EXPECT_EQ(call.leg->player().played(), 100 * 320);
}

// Each tenth packet of speech-like audio is lost; its copy comes with the next one.
TEST(OpusCall, RepairsLossFromSpareCopies) {
  const auto payloads = audio::testing::encoded(*audio::make_codec("opus"), audio::testing::buzz(200), "useinbandfec=1");
  const auto heard = [&](bool loses) {
    Call call("opus");
    for (std::size_t i = 0; i < payloads.size(); ++i, call.clock += 20) {
      const Bytes packet = call.peer.rtp.raw(call.type(), payloads[i]);
      call.peer.rtp.timestamp = call.peer.rtp.timestamp.plus(960);
      if (!loses || i % 10 != 7) call.net.deliver(call.leg->local_port(), packet, call.peer.rtp.from, at(call.clock));
      // Two packets wait on average, so that the next one is there.
      if (i >= 2) call.leg->tick_receive(at(call.clock + 10));
    }
    return call.heard.pcm;
  };
  const auto whole = heard(false), lossy = heard(true);
  ASSERT_EQ(whole.size(), lossy.size());
  double signal = 0, error = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    signal += std::pow(whole[i], 2);
    error += std::pow(whole[i] - lossy[i], 2);
  }
  EXPECT_GT(10 * std::log10(signal / error), 15.5);  // 13.5 when they are only concealed
}

// RFC 4733 §2.1: events run on the clock of the audio.
TEST(OpusCall, SendsAndHearsKeysOnTheClockOfTheAudio) {
  Call call("opus");
  EXPECT_EQ(call.media.send_event_type, 100);
  EXPECT_EQ(call.media.event_clock_rate, 48000);
  std::string digits;
  call.leg->set_digit_sink([&](char d, Time) { digits += d; });
  call.run(20);
  ASSERT_TRUE(call.leg->send_digit('7'));
  call.run(20);
  std::vector<int> durations;
  std::vector<Bytes> echoed;
  for (const auto& one : call.net.sent) {
    const auto packet = rtp::PacketView::parse(one.bytes);
    if (is_rtcp_packet(one) || packet->header.payload_type != 100) continue;
    durations.push_back(rtp::TelephoneEvent::parse(packet->payload)->duration);
    call.peer.rtp.timestamp = packet->header.timestamp;  // and so the peer sends them back
    echoed.push_back(call.peer.rtp.raw(100, packet->payload, packet->header.marker));
  }
  for (const Bytes& one : echoed) call.net.deliver(call.leg->local_port(), one, call.peer.rtp.from, at(call.clock));
  EXPECT_EQ(durations, (std::vector<int>{960, 1920, 2880, 3840, 4800, 4800, 4800}));
  EXPECT_EQ(digits, "7");
}

}  // namespace
}  // namespace daedap::media
