#include "media/ingest_stream.hpp"

#include <gtest/gtest.h>

#include "audio/level.hpp"
#include "audio/sine.hpp"
#include "base/random.hpp"
#include "media/fakes.hpp"

namespace daedap::media {
namespace {

using namespace testing;
using audio::testing::sine_snr;

struct Stream : ::testing::Test {
  IngestStream stream{IngestTypes{}};
  Frames heard;
  Peer peer;
  std::int64_t clock = 0, position = 0;

  Stream() { stream.set_sink(&heard); }
  void tick() {
    stream.on_tick(at(clock += 20), position);
    position += audio::frame_samples;
  }
  /// 20 ms of a sine in a linear format.
  Bytes linear(int type, int rate) {
    Bytes payload;
    for (int i = 0; i < rate / 50; ++i) {
      const double t = static_cast<double>(peer.sample++) / rate;
      const auto s = static_cast<std::uint16_t>(std::lround(8000 * std::sin(2 * std::numbers::pi * 500 * t)));
      payload.push_back(static_cast<std::uint8_t>(s >> 8));
      payload.push_back(static_cast<std::uint8_t>(s));
    }
    const Bytes out = peer.raw(static_cast<std::uint8_t>(type), payload);
    peer.timestamp = peer.timestamp.plus(rate / 50);
    return out;
  }
  double snr() const { return sine_snr(std::span(heard.pcm).subspan(heard.pcm.size() / 2), 500, 16000); }
};

TEST_F(Stream, SaysNothingBeforeItsFirstPacket) {
  for (int i = 0; i < 10; ++i) tick();
  EXPECT_TRUE(heard.infos.empty());
  EXPECT_FALSE(stream.heard_anything());
}

TEST_F(Stream, HearsBothLawsAndLinearSamplesAtBothRates) {
  for (const int type : {0, 8, 11, 118}) {
    IngestStream fresh{IngestTypes{}};
    Frames frames;
    fresh.set_sink(&frames);
    peer = {};
    peer.payload_type = static_cast<std::uint8_t>(type);
    peer.law = type == 8 ? audio::Law::a : audio::Law::mu;
    for (int i = 0; i < 100; ++i) {
      const Bytes packet = type == 11    ? linear(type, 8000)
                           : type == 118 ? linear(type, 16000)
                                         : peer.packet();
      fresh.on_datagram(packet, at(clock));
      fresh.on_tick(at(clock += 20), i * 320);
    }
    ASSERT_EQ(frames.infos.size(), 100u);
    EXPECT_GT(sine_snr(std::span(frames.pcm).subspan(16000), 500, 16000), 30) << type;
    EXPECT_EQ(fresh.stats().packets_received, 100u) << type;
    EXPECT_LT(fresh.stats().jitter_ms, 1) << type;
  }
}

TEST_F(Stream, PayloadTypesOfLinearSamplesAreConfigurable) {
  IngestStream other{IngestTypes{.l16_8000 = 96, .l16_16000 = 97}};
  other.on_datagram(linear(118, 16000), at(0));
  EXPECT_FALSE(other.heard_anything());
  EXPECT_EQ(other.stats().packets_bad, 1u);
  other.on_datagram(linear(97, 16000), at(0));
  EXPECT_TRUE(other.heard_anything());
  EXPECT_TRUE(payload_types({.l16_8000 = 96, .l16_16000 = 97}).test(96));
  EXPECT_FALSE(payload_types({.l16_8000 = 96, .l16_16000 = 97}).test(118));
}

TEST_F(Stream, ConcealsLossAndPutsReorderedPacketsStraight) {
  std::optional<Bytes> held;
  for (int i = 0; i < 200; ++i) {
    const Bytes packet = peer.packet();
    if (i % 25 == 24) held = packet;                // comes after the next one
    else if (i % 40 != 39) stream.on_datagram(packet, at(clock));
    if (held && i % 25 == 0) stream.on_datagram(*std::exchange(held, std::nullopt), at(clock));
    tick();
  }
  const LegStats stats = stream.stats();
  EXPECT_EQ(stats.packets_lost, 4u);
  EXPECT_GE(stats.frames_concealed, 4u);
  EXPECT_EQ(heard.infos.size(), 200u);
  EXPECT_GT(audio::rms_dbfs(std::span(heard.pcm).subspan(16000)), -18);
}

TEST_F(Stream, GoesOnUnderAnotherSsrc) {
  for (int i = 0; i < 50; ++i) stream.on_datagram(peer.packet(), at(clock)), tick();
  peer.ssrc = 77, peer.seq = rtp::Seq(9), peer.timestamp = rtp::Timestamp(1'000'000);
  for (int i = 0; i < 50; ++i) stream.on_datagram(peer.packet(), at(clock)), tick();
  EXPECT_EQ(stream.stats().packets_received, 100u);
  EXPECT_EQ(stream.stats().packets_lost, 0u);
  EXPECT_GT(snr(), 20);
}

TEST_F(Stream, SurvivesMutatedPackets) {
  base::Random random(base::seeded(5));
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes = i % 3 ? peer.packet() : linear(118, 16000);
    for (int n = random.u32() % 4; n > 0; --n)
      bytes[random.u32() % std::min<std::size_t>(bytes.size(), 40)] = static_cast<std::uint8_t>(random.u32());
    bytes.resize(bytes.size() - random.u32() % 8 % bytes.size());
    stream.on_datagram(bytes, at(clock));
    if (i % 2) tick();
  }
  EXPECT_EQ(heard.infos.size(), 10'000u);
  EXPECT_LE(stream.waiting(), 50);
}

}  // namespace
}  // namespace daedap::media
