#include "media/ingest_gate.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "media/fakes.hpp"
#include "media/ingest_stream.hpp"

namespace daedap::media {
namespace {

using namespace testing;

struct Gate : ::testing::Test {
  IngestGate::Settings settings{.types = payload_types({})};
  IngestGate gate{settings};
  Peer peer;
  std::int64_t clock = 0;

  std::optional<IngestGate::Passed> send(Peer& who, Voice voice = Voice::customer) {
    return gate.on_datagram(voice, who.packet(), who.from, at(clock += 20));
  }
  /// Packets until the source was believed.
  std::optional<IngestGate::Passed> prove(Peer& who, Voice voice = Voice::customer) {
    for (int i = 0; i < 2; ++i) EXPECT_FALSE(send(who, voice));
    return send(who, voice);
  }
};

TEST_F(Gate, LetsASourceInAtItsThirdPacket) {
  const auto passed = prove(peer);
  ASSERT_TRUE(passed);
  EXPECT_TRUE(passed->begins);
  EXPECT_EQ(gate.source(passed->id), (IngestSource{Voice::customer, peer.from, peer.ssrc}));
  EXPECT_EQ(gate.began(passed->id), at(20));
  const auto next = send(peer);
  ASSERT_TRUE(next);
  EXPECT_FALSE(next->begins);
  EXPECT_EQ(next->id, passed->id);
  EXPECT_EQ(gate.last(passed->id), at(80));
  EXPECT_EQ(gate.counters().probation, 2u);
  EXPECT_EQ(gate.counters().passed, 2u);
}

TEST_F(Gate, TellsSourcesApartByVoiceAddressAndSsrc) {
  Peer other_ssrc = peer, other_port = peer;
  other_ssrc.ssrc = 99;
  other_port.from.port++;
  std::set<IngestGate::Id> ids;
  for (Peer* one : {&peer, &other_ssrc, &other_port}) ids.insert(prove(*one)->id);
  ids.insert(prove(peer, Voice::agent)->id);
  EXPECT_EQ(ids.size(), 4u);
  EXPECT_EQ(gate.sources(), 4u);
  EXPECT_TRUE(ids.contains(send(other_ssrc)->id));
}

TEST_F(Gate, StrayPacketsAndDuplicatesBeginNothing) {
  const Bytes one = peer.packet();
  for (int i = 0; i < 10; ++i)
    EXPECT_FALSE(gate.on_datagram(Voice::customer, one, peer.from, at(clock += 20)));
  base::Random random(base::seeded(3));
  for (int i = 0; i < 100; ++i) {
    peer.seq = rtp::Seq(static_cast<std::uint16_t>(i * 500));
    EXPECT_FALSE(send(peer)) << i;
  }
  EXPECT_EQ(gate.sources(), 0u);
}

TEST_F(Gate, LossAndReorderingAtTheStartAreForgiven) {
  std::vector<Bytes> packets;
  for (int i = 0; i < 5; ++i) packets.push_back(peer.packet());
  EXPECT_FALSE(gate.on_datagram(Voice::customer, packets[1], peer.from, at(20)));
  EXPECT_FALSE(gate.on_datagram(Voice::customer, packets[0], peer.from, at(25)));
  EXPECT_TRUE(gate.on_datagram(Voice::customer, packets[4], peer.from, at(80)));
}

TEST_F(Gate, SlowDripIsNotProof) {
  for (int i = 0; i < 10; ++i) {
    clock += 1500;
    EXPECT_FALSE(send(peer));
  }
}

TEST_F(Gate, CountsUnknownPayloadTypesAndTakesThemAsSignsOfLifeOnly) {
  Peer noise = peer;
  noise.payload_type = 13;
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(send(noise));
  EXPECT_EQ(gate.sources(), 0u);
  const auto passed = prove(peer);
  noise.seq = peer.seq;
  EXPECT_FALSE(send(noise));
  EXPECT_EQ(gate.last(passed->id), at(clock));
  EXPECT_EQ(gate.counters().unknown_type, 6u);
}

TEST_F(Gate, DropsRtcpAndWhatIsNoRtp) {
  EXPECT_FALSE(gate.on_datagram(Voice::agent, {}, peer.from, at(1)));
  EXPECT_FALSE(gate.on_datagram(Voice::agent, Bytes{1, 2, 3}, peer.from, at(1)));
  EXPECT_FALSE(gate.on_datagram(Voice::agent, Bytes{0x80, 200, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0},
                                peer.from, at(1)));
  EXPECT_EQ(gate.counters().malformed, 3u);
}

TEST_F(Gate, RefusedSourceMayAskAgainAfterASecond) {
  const auto passed = prove(peer);
  gate.refuse(passed->id, at(clock));
  EXPECT_EQ(gate.sources(), 0u);
  EXPECT_EQ(gate.counters().passed, 0u);
  const std::int64_t before = clock;
  std::optional<IngestGate::Passed> again;
  while (!(again = send(peer))) ASSERT_LT(clock, before + 1200);
  EXPECT_GE(clock - before, 1000);
  EXPECT_TRUE(again->begins);
}

TEST_F(Gate, ForgottenSourceProvesItselfAnew) {
  gate.forget(prove(peer)->id);
  gate.forget(12345);
  EXPECT_TRUE(prove(peer)->begins);
}

TEST_F(Gate, NumbersOfSourcesAndNewcomersAreBounded) {
  settings.most_sources = 3;
  settings.most_newcomers = 5;
  gate = IngestGate(settings);
  std::vector<Peer> many(20, peer);
  for (std::size_t i = 0; i < many.size(); ++i) many[i].ssrc = static_cast<std::uint32_t>(i);
  for (int round = 0; round < 5; ++round)
    for (Peer& one : many) gate.on_datagram(Voice::customer, one.packet(), one.from, at(clock += 1));
  EXPECT_EQ(gate.sources(), 3u);
  EXPECT_GT(gate.counters().refused, 40u);
  // Who comes when there is room again is not kept out by those who asked before.
  gate.forget(1);
  clock += 2000;
  many.back().ssrc = 777;
  EXPECT_TRUE(prove(many.back()));
}

TEST_F(Gate, SurvivesMutatedDatagramsFromManyAddresses) {
  base::Random random(base::seeded(41));
  const auto below = [&](std::size_t n) { return random.u32() % std::max<std::size_t>(n, 1); };
  settings.most_sources = 50, settings.most_newcomers = 100;
  gate = IngestGate(settings);
  for (int round = 0; round < 100'000; ++round) {
    Peer one = peer;
    one.from.port = static_cast<std::uint16_t>(below(below(20) == 0 ? 2000 : 30));
    one.ssrc = below(4);
    one.seq = rtp::Seq(static_cast<std::uint16_t>(round / 100));
    Bytes bytes = one.packet(1);
    for (std::size_t n = below(2) * below(4); n > 0; --n)
      bytes[below(14)] = static_cast<std::uint8_t>(random.u32());
    if (below(10) == 0) bytes.resize(below(bytes.size() + 1));
    const auto passed =
        gate.on_datagram(below(2) ? Voice::customer : Voice::agent, bytes, one.from, at(clock += below(3)));
    ASSERT_LE(gate.sources(), 50u);
    if (!passed) continue;
    ASSERT_LE(gate.began(passed->id), gate.last(passed->id));
    if (below(4) == 0) gate.refuse(passed->id, at(clock));
    else if (below(4) == 0) gate.forget(passed->id);
  }
  const auto& c = gate.counters();
  EXPECT_GT(c.passed, 0u);
  EXPECT_GT(c.malformed, 0u);
  EXPECT_GT(c.unknown_type, 0u);
  EXPECT_GT(c.refused, 0u);
}

}  // namespace
}  // namespace daedap::media
