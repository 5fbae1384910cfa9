#include "media/bridge.hpp"

#include "media/two_legs.hpp"
#include "rtp/rtcp.hpp"
#include "rtp/telephone_event.hpp"

namespace daedap::media {
namespace {

using namespace testing;
using audio::testing::sine;
using audio::testing::sine_snr;

struct BridgeTest : TwoLegs {};

TEST_F(BridgeTest, RelaysEachPacketOnArrivalBitByBit) {
  join();
  EXPECT_TRUE(bridge->relays(Side::customer));
  EXPECT_TRUE(bridge->relays(Side::agent));
  run(50, [&] {
    const Bytes said = caller.packet();
    net.sent.clear();
    customer_says(said);
    ASSERT_EQ(net.sent.size(), 1u);
    EXPECT_EQ(net.sent[0].to, addr(agent_address));
    EXPECT_EQ(net.sent[0].from, agent->local_port());
    EXPECT_EQ(payload(net.sent[0].bytes), payload(said));
  });
  EXPECT_EQ(bridge->stats().customer.relayed, 50u);
  EXPECT_EQ(bridge->stats().customer.transcoded, 0u);
  EXPECT_EQ(agent->stats().packets_sent, 50u + 1);  // one tick of silence before the first
}

TEST_F(BridgeTest, KeepsExtensionMarkerAndPaddingAsTheyAre) {
  join();
  customer_says(caller.packet());
  Bytes said = caller.packet();
  said[0] |= 0x30;  // extension and padding
  said[1] |= 0x80;
  const Bytes extension{0xBE, 0xDE, 0, 1, 0x10, 0x55, 0, 0};
  said.insert(said.begin() + 12, extension.begin(), extension.end());
  said.back() = 4;
  customer_says(said);
  const Bytes got = sent_by(*agent).back();
  EXPECT_EQ(Bytes(got.begin() + 12, got.end()), Bytes(said.begin() + 12, said.end()));
  EXPECT_EQ(got[0], said[0]);
  EXPECT_TRUE(header(got).marker);
}

TEST_F(BridgeTest, MapsThePayloadTypeOfEachSide) {
  auto odd = negotiated(agent_address);
  odd.codec.payload_type = 96;
  odd.receive = {{.name = "pcmu", .payload_type = 97}};
  join(negotiated(customer_address), odd);
  phone.payload_type = 97;
  run(5, [&] { both_speak(); });
  EXPECT_EQ(header(sent_by(*agent).back()).payload_type, 96);
  EXPECT_EQ(header(sent_by(*customer).back()).payload_type, 0);
  EXPECT_EQ(bridge->stats().agent.relayed, 5u);
}

TEST_F(BridgeTest, PassesLossAndReorderingThroughAsTheyAre) {
  join();
  run(3, [&] { both_speak(); });
  net.sent.clear();
  const Bytes a = caller.packet(), lost = caller.packet(), c = caller.packet(), d = caller.packet();
  customer_says(a);
  customer_says(d);
  customer_says(c);
  const auto got = sent_by(*agent);
  ASSERT_EQ(got.size(), 3u);
  EXPECT_EQ(header(got[1]).seq, header(got[0]).seq.plus(3));
  EXPECT_EQ(header(got[2]).seq, header(got[0]).seq.plus(2));
  EXPECT_EQ(header(got[1]).timestamp, header(got[0]).timestamp.plus(480));
  EXPECT_FALSE(header(got[1]).marker);
}

// With SRTP, a number used twice gives the keystream away.
TEST_F(BridgeTest, SendsANumberOnceThoughThePeerRepeatsIt) {
  join();
  run(2, [&] { both_speak(); });
  net.sent.clear();
  const Bytes said = caller.packet();
  for (int i = 0; i < 3; ++i) customer_says(said);
  EXPECT_EQ(sent_by(*agent).size(), 1u);
  EXPECT_EQ(bridge->stats().customer.dropped, 2u);
}

TEST_F(BridgeTest, IsOneStreamAcrossOwnAndRelayedAudio) {
  join();
  run(20);
  run(50, [&] { both_speak(); });
  customer->player().enqueue(sine(1000, 16000, 30 * 320));
  run(60, [&] { both_speak(); });
  customer->player().enqueue(sine(1000, 16000, 10 * 320 + 100));
  run(60, [&] { both_speak(); });
  expect_one_stream(*customer);
  // All the time there was one packet each 20 ms; at a change of turn at most one more or less.
  const auto sent = sent_by(*customer);
  EXPECT_NEAR(static_cast<double>(sent.size()), 190, 3);
  const auto span = header(sent.back()).timestamp.distance_from(header(sent.front()).timestamp);
  EXPECT_NEAR(span, 189.5 * 160, 320);
  EXPECT_EQ(customer->player().played(), 40 * 320 + 100);
  EXPECT_EQ(bridge->stats().agent.dropped, 30u + 11);  // what came while own audio still waited
}

TEST_F(BridgeTest, KeepsTimeThoughTurnsChangeAHundredTimes) {
  join();
  run(1, [&] { both_speak(); });
  for (int i = 0; i < 100; ++i) {
    customer->player().enqueue(sine(1000, 16000, 5 * 320));
    run(10, [&] { both_speak(); });
  }
  expect_one_stream(*customer);
  const auto sent = sent_by(*customer);
  EXPECT_EQ(customer->player().played(), 500 * 320);
  const auto span = header(sent.back()).timestamp.distance_from(header(sent.front()).timestamp);
  EXPECT_NEAR(span, 1000.5 * 160, 480);
  EXPECT_NEAR(static_cast<double>(sent.size()), 1001, 4);
}

TEST_F(BridgeTest, HidesAChangeOfTheSourceBehindTheRelay) {
  join();
  run(30, [&] { both_speak(); });
  auto moved = negotiated("203.0.113.9:7000");  // transferred: another phone answers
  reconfigure(*agent, moved);
  phone = Peer{.from = addr("203.0.113.9:7000"), .ssrc = 77, .seq = rtp::Seq(9),
               .timestamp = rtp::Timestamp(4'000'000'000)};
  run(30, [&] { both_speak(); });
  phone.ssrc = 78;  // it begins anew at the same place; its first packet is not believed yet
  phone.seq = rtp::Seq(40000);
  run(30, [&] { both_speak(); });
  phone.timestamp = rtp::Timestamp(123);  // and jumps
  run(30, [&] { both_speak(); });
  expect_one_stream(*customer);
  const auto sent = sent_by(*customer);
  EXPECT_EQ(sent.size(), 1u + 119);
  int marks = 0;
  for (const auto& s : sent) marks += header(s).marker;
  EXPECT_EQ(marks, 1 + 4);
}

TEST_F(BridgeTest, GivesTheLegsBackToTheirOwnSendersWithoutASeam) {
  configure(negotiated(customer_address), negotiated(agent_address));
  customer->player().enqueue(sine(500, 16000, 20 * 320));
  run(20);
  bridge = std::make_unique<Bridge>(*customer, *agent, at(clock));
  run(20, [&] { both_speak(); });
  bridge.reset();
  run(20);
  Bridge again(*customer, *agent, at(clock));
  both_speak();
  expect_one_stream(*customer);
  expect_one_stream(*agent);
  EXPECT_EQ(sent_by(*customer).size(), 20u + 1 + 20 + 20 + 1);
}

TEST_F(BridgeTest, FillsWithSilenceWhileNobodySpeaks) {
  join();
  run(50);
  EXPECT_EQ(sent_by(*customer).size(), 50u);
  run(10, [&] { both_speak(); });
  net.sent.clear();
  run(40);
  EXPECT_TRUE(sent_by(*customer).empty());  // a pause of the speaker is his own
  run(60);
  EXPECT_GE(sent_by(*customer).size(), 45u);
  EXPECT_EQ(payload(sent_by(*customer).back()), Bytes(160, 0xFF));
  const Bytes said = phone.packet();
  agent_says(said);
  EXPECT_EQ(payload(sent_by(*customer).back()), payload(said));
  expect_one_stream(*customer);
}

// --- hold ---

sdp::Negotiated with(const char* remote, sdp::Direction direction) {
  auto media = negotiated(remote);
  media.direction = direction;
  return media;
}

TEST_F(BridgeTest, SendsNothingToALegThatIsOnHoldAndComesBack) {
  join();
  run(10, [&] { both_speak(); });
  reconfigure(*agent, with(agent_address, sdp::Direction::inactive));
  net.sent.clear();
  run(50, [&] { both_speak(); });
  EXPECT_TRUE(sent_by(*agent).empty());
  // The customer hears silence, not nothing: a trunk hangs up on a stream that stops.
  EXPECT_GE(sent_by(*customer).size(), 49u);
  EXPECT_EQ(payload(sent_by(*customer).back()), Bytes(160, 0xFF));
  reconfigure(*agent, negotiated(agent_address));
  const Bytes said = caller.packet();
  customer_says(said);
  ASSERT_EQ(sent_by(*agent).size(), 1u);
  EXPECT_EQ(payload(sent_by(*agent)[0]), payload(said));
  EXPECT_TRUE(header(sent_by(*agent)[0]).marker);
}

TEST_F(BridgeTest, PlaysHoldMusicToTheHeldSide) {
  join();
  run(10, [&] { both_speak(); });
  reconfigure(*agent, with(agent_address, sdp::Direction::inactive));
  customer->player().enqueue(sine(700, 16000, 100 * 320));
  net.sent.clear();
  run(100, [&] { customer_says(caller.packet()); });
  const auto pcm = heard_from(*customer);
  EXPECT_GT(sine_snr(std::span(pcm).subspan(160), 700, 8000), 30);
  expect_one_stream(*customer);
}

TEST_F(BridgeTest, RelaysTheMusicOfASideThatOnlySends) {
  join(negotiated(customer_address), with(agent_address, sdp::Direction::recvonly));
  run(10, [&] { both_speak(); });
  EXPECT_EQ(bridge->stats().agent.relayed, 10u);
  EXPECT_EQ(bridge->stats().customer.relayed, 0u);
  EXPECT_TRUE(sent_by(*agent).empty());
}

// --- transcoding ---

sdp::Negotiated alaw(const char* remote) {
  auto media = negotiated(remote);
  media.codec = pcma();
  media.receive = {pcma()};
  return media;
}

TEST_F(BridgeTest, TranscodesWhereTheCodecsDiffer) {
  auto mu = negotiated(customer_address);
  mu.receive = {pcmu()};
  join(mu, alaw(agent_address));
  EXPECT_FALSE(bridge->relays(Side::customer));
  phone.law = audio::Law::a;
  phone.payload_type = 8;
  run(200, [&] { both_speak(); });
  EXPECT_EQ(header(sent_by(*agent).back()).payload_type, 8);
  EXPECT_EQ(header(sent_by(*customer).back()).payload_type, 0);
  const auto to_agent = heard_from(*agent), to_customer = heard_from(*customer);
  EXPECT_GT(sine_snr(std::span(to_agent).last(8000), 500, 8000), 25);
  EXPECT_GT(sine_snr(std::span(to_customer).last(8000), 800, 8000), 25);
  expect_one_stream(*agent);
  EXPECT_GE(bridge->stats().customer.transcoded, 198u);
  EXPECT_EQ(bridge->stats().customer.relayed, 0u);
}

TEST_F(BridgeTest, RelaysOneWayAndTranscodesTheOther) {
  join(negotiated(customer_address), alaw(agent_address));  // the customer takes both, sends mu-law
  auto takes_a = negotiated(customer_address);
  takes_a.codec = pcma();
  reconfigure(*customer, takes_a);
  phone.law = audio::Law::a;
  phone.payload_type = 8;
  run(100, [&] { both_speak(); });
  EXPECT_EQ(bridge->stats().agent.relayed, 100u);
  EXPECT_EQ(bridge->stats().agent.transcoded, 0u);
  EXPECT_GE(bridge->stats().customer.transcoded, 98u);
  const auto to_agent = heard_from(*agent);
  EXPECT_GT(sine_snr(std::span(to_agent).last(8000), 500, 8000), 25);
}

TEST_F(BridgeTest, FollowsASpeakerWhoChangesHisCodecInMidCall) {
  join(negotiated(customer_address), alaw(agent_address));
  run(50, [&] { both_speak(); });
  caller.law = audio::Law::a;
  caller.payload_type = 8;  // allowed at any time: what the agent takes as it is
  run(50, [&] { both_speak(); });
  EXPECT_EQ(bridge->stats().customer.relayed, 50u);
  expect_one_stream(*agent);
  const auto to_agent = heard_from(*agent);
  EXPECT_GT(sine_snr(std::span(to_agent).last(6000), 500, 8000), 25);
}

// --- reports ---

TEST_F(BridgeTest, CountsRelayedPacketsInItsSenderReports) {
  join();
  run(600, [&] { both_speak(); });
  std::optional<rtp::Compound> last;
  std::size_t packets = 0;
  for (const auto& s : net.sent) {
    if (s.from == agent->local_port() && !is_rtcp_packet(s)) ++packets;
    if (s.from == agent->local_port() + 1 && is_rtcp_packet(s)) {
      last = *rtp::Compound::parse(s.bytes);
      EXPECT_EQ(last->sender->packets, packets);
      EXPECT_EQ(last->sender->octets, packets * 160);
      // Its time stamp is that of the instant: 10 ms after the last packet, which itself leaves 10 ms
      // before its time, as the first one came 10 ms after a tick that had sent 20 ms.
      const auto newest = header(sent_by(*agent)[packets - 1]).timestamp;
      EXPECT_NEAR(rtp::Timestamp(last->sender->rtp_timestamp).distance_from(newest), 0, 2);
    }
  }
  ASSERT_TRUE(last);
  EXPECT_EQ(last->ssrc, header(sent_by(*agent)[0]).ssrc);
  EXPECT_EQ(last->blocks.at(0).ssrc, phone.ssrc);  // what the agent's leg heard, and of nobody else
}

TEST_F(BridgeTest, Survives20000MutatedPackets) {
  join();
  base::Random noise(base::seeded(12));
  Frames tap;
  tap.keep = false;
  bridge->set_tap(Side::customer, &tap);
  net.keep = false;
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes = i % 3 == 0 ? caller.raw(101, Bytes{1, 2, 3, 4}) : caller.packet(20 * (1 + i % 3));
    for (unsigned n = noise.u32() % 6; n > 0; --n) {
      bytes[noise.u32() % std::min<std::size_t>(bytes.size(), 40)] =
          static_cast<std::uint8_t>(noise.u32());
    }
    if (noise.u32() % 8 == 0) bytes.resize(noise.u32() % bytes.size());
    customer_says(bytes);
    if (i % 2 == 0) run(1);
  }
  EXPECT_GT(bridge->stats().customer.relayed, 1000u);
}

}  // namespace
}  // namespace daedap::media
