// Ports and legs whose media is encrypted.
#include <gtest/gtest.h>

#include <set>

#include "audio/sine.hpp"
#include "media/fakes.hpp"
#include "media/rtp_port.hpp"
#include "rtp/rtcp.hpp"

namespace daedap::media {
namespace {

using namespace testing;
using audio::testing::sine;
using audio::testing::sine_snr;
using sdp::CryptoKey;
using sdp::CryptoSuite;

constexpr CryptoSuite suites[] = {CryptoSuite::aead_aes_128_gcm, CryptoSuite::aes_cm_128_hmac_sha1_80,
                                  CryptoSuite::aes_cm_128_hmac_sha1_32};

CryptoKey key(CryptoSuite suite, std::uint64_t seed) {
  base::Random random(base::seeded(seed));
  return *sdp::find_suite(sdp::make_crypto(random), suite);
}

/// Two legs on one network, each the other's peer.
struct Pair {
  static constexpr int port_a = 30000, port_b = 31000;
  Pair() {
    a = std::move(*Leg::open(ports_a, net, random, at(0)));
    b = std::move(*Leg::open(ports_b, net, random, at(0)));
    a->set_sink(&heard_a);
    b->set_sink(&heard_b);
  }
  static sdp::Negotiated media(const char* remote, std::optional<CryptoKey> send, std::optional<CryptoKey> receive) {
    sdp::Negotiated m = negotiated(remote);
    m.srtp_send = std::move(send);
    m.srtp_receive = std::move(receive);
    return m;
  }
  void configure(const CryptoKey& from_a, const CryptoKey& from_b) {
    a->configure(media("127.0.0.1:31000", from_a, from_b), at(clock));
    b->configure(media("127.0.0.1:30000", from_b, from_a), at(clock));
    a->start(at(clock));
    b->start(at(clock));
  }
  /// 20 ms each; what one sends the other gets half-way to the next tick.
  void run(int ticks) {
    for (int i = 0; i < ticks; ++i, clock += 20) {
      for (Leg* leg : {a.get(), b.get()}) leg->tick_send(at(clock));
      deliver();
      for (Leg* leg : {a.get(), b.get()}) leg->tick_receive(at(clock));
      if (clock % 1000 == 0) a->on_time(at(clock)), b->on_time(at(clock));
    }
  }
  void deliver() {
    const auto sent = std::move(net.sent);
    net.sent.clear();
    for (const auto& one : sent) {
      wire.push_back(one.bytes);
      net.deliver(one.to.port, one.bytes, addr("127.0.0.1:0").with_port(one.from), at(clock));
    }
  }
  void speak(int ticks) {
    a->player().enqueue(sine(500, 16000, static_cast<std::size_t>(ticks) * 320));
    b->player().enqueue(sine(900, 16000, static_cast<std::size_t>(ticks) * 320));
    run(ticks);
  }

  FakeNet net;
  PortRange ports_a{addr("127.0.0.1:0"), port_a, port_a + 9}, ports_b{addr("127.0.0.1:0"), port_b, port_b + 9};
  base::Random random{base::seeded(4)};
  Frames heard_a, heard_b;
  std::unique_ptr<Leg> a, b;
  std::vector<Bytes> wire;
  std::int64_t clock = 0;
};

TEST(SrtpLeg, HearsTheOtherInEachSuite) {
  for (const CryptoSuite suite : suites) {
    Pair pair;
    pair.configure(key(suite, 1), key(suite, 2));
    pair.speak(600);
    EXPECT_GT(sine_snr(std::span(pair.heard_b.pcm).last(16000), 500, 16000), 30) << sdp::name(suite);
    EXPECT_GT(sine_snr(std::span(pair.heard_a.pcm).last(16000), 900, 16000), 30) << sdp::name(suite);
    EXPECT_EQ(pair.a->stats().packets_bad, 0u);
    EXPECT_EQ(pair.b->stats().packets_received, 600u);
    int reports = 0;
    for (const Bytes& bytes : pair.wire) {
      if (!rtp::is_rtcp(bytes)) continue;
      ++reports;
      EXPECT_TRUE(rtp::Compound::parse(bytes).value_or(rtp::Compound{}).cname.empty()) << "a report in plain text";
    }
    EXPECT_GE(reports, 2);
  }
}

TEST(SrtpLeg, IsSilentAndCountsWithTheWrongKey) {
  for (const CryptoSuite suite : suites) {
    Pair pair;
    pair.b->configure(Pair::media("127.0.0.1:30000", key(suite, 2), key(suite, 3)), at(0));
    pair.b->start(at(0));
    pair.a->configure(Pair::media("127.0.0.1:31000", key(suite, 1), key(suite, 2)), at(0));
    pair.a->start(at(0));
    pair.speak(100);
    EXPECT_EQ(pair.b->stats().packets_received, 0u);
    EXPECT_GE(pair.b->stats().packets_bad, 100u);
    EXPECT_FALSE(pair.b->heard_anything());
    for (const auto sample : pair.heard_b.pcm) ASSERT_EQ(sample, 0);
    EXPECT_EQ(pair.a->stats().packets_received, 100u) << "the other way is not hurt";
  }
}

TEST(SrtpLeg, HearsNeitherPlainRtpNorReplayedNorCutPackets) {
  Pair pair;
  pair.configure(key(suites[0], 1), key(suites[0], 2));
  pair.speak(50);
  const auto before = pair.b->stats();
  Peer plain{.from = addr("127.0.0.1:30000")};
  for (int i = 0; i < 20; ++i) pair.net.deliver(Pair::port_b, plain.packet(), plain.from, at(pair.clock));
  std::uint64_t replayed = 20;
  for (const Bytes& bytes : pair.wire) {
    if (rtp::is_rtcp(bytes)) continue;
    pair.net.deliver(Pair::port_b, bytes, plain.from, at(pair.clock));
    pair.net.deliver(Pair::port_b, std::span(bytes).first(bytes.size() - 1), plain.from, at(pair.clock));
    pair.net.deliver(Pair::port_b, std::span(bytes).first(11), plain.from, at(pair.clock));
    replayed += 3;
  }
  pair.net.deliver(Pair::port_b, Bytes(2000, 0x80), plain.from, at(pair.clock));
  pair.net.deliver(Pair::port_b, {}, plain.from, at(pair.clock));
  EXPECT_EQ(pair.b->stats().packets_received, before.packets_received);
  EXPECT_EQ(pair.b->stats().packets_bad, before.packets_bad + replayed + 2);
}

/// A port and its peer's two ends of the encryption.
struct SrtpPort : ::testing::Test {
  SrtpPort() {
    const auto count = [this](const rtp::PacketView&, Time) { ++heard; };
    EXPECT_TRUE(port.open(net, count, [](auto, Time) {}, at(0)));
    known.set(0);
  }
  void agree(CryptoSuite suite) {
    port.configure(Pair::media("192.0.2.10:4000", key(suite, 1), key(suite, 2)), known);
  }
  /// What the port sends, opened by the peer; 0 = not authentic.
  std::size_t arrives() {
    EXPECT_TRUE(port.send(ours.packet()));
    return receive->unprotect(net.sent.back().bytes);
  }
  void speak() {
    Bytes bytes = peer.packet();
    const std::size_t size = bytes.size();
    bytes.resize(size + SrtpStream::tail);
    bytes.resize(send->protect(bytes, size));
    net.deliver(20000, bytes, peer.from, at(0));
  }
  FakeNet net;
  PortRange range{addr("127.0.0.1:0"), 20000, 20003};
  RtpPort port{range};
  PayloadTypes known;
  int heard = 0;
  Peer ours, peer;
  std::unique_ptr<SrtpStream> send = *SrtpStream::make(key(suites[0], 2), SrtpStream::Way::send);
  std::unique_ptr<SrtpStream> receive = *SrtpStream::make(key(suites[0], 1), SrtpStream::Way::receive);
};

TEST_F(SrtpPort, KeepsTheRollOverCounterThroughReoffers) {
  ours.seq = peer.seq = rtp::Seq(0xFFFE);
  agree(suites[0]);
  for (int i = 0; i < 5; ++i) {
    EXPECT_GT(arrives(), 0u) << i;
    speak();
  }
  agree(suites[0]);
  EXPECT_GT(arrives(), 0u);
  speak();
  port.configure(Pair::media("192.0.2.10:4000", {}, {}), known);
  EXPECT_FALSE(port.secure());
  agree(suites[0]);
  EXPECT_GT(arrives(), 0u);
  speak();
  agree(suites[1]);  // another suite and back: our key is the same, so its place must be too
  agree(suites[0]);
  EXPECT_GT(arrives(), 0u);
  speak();
  EXPECT_EQ(heard, 8);
  EXPECT_EQ(port.bad(), 0u);
}

// A stranger who is not authentic never gets the latch, however long it floods.
TEST_F(SrtpPort, NeverLatchesOntoAStrangerWithoutTheKey) {
  agree(suites[1]);
  Peer stranger{.from = addr("203.0.113.66:9")};
  for (int i = 0; i < 50; ++i) net.deliver(20000, stranger.packet(), stranger.from, at(i));
  EXPECT_EQ(port.target(), addr("192.0.2.10:4000"));
  EXPECT_EQ(heard, 0);
  EXPECT_EQ(port.bad(), 50u);
  EXPECT_TRUE(port.secure());
}

TEST(SrtpLeg, TakesThePeersNewKeyAndWhatIsStillUnderWayWithTheOldOne) {
  Pair pair;
  pair.configure(key(suites[0], 1), key(suites[0], 2));
  pair.speak(50);
  // b learns of a's new key a little before a uses it.
  pair.b->configure(Pair::media("127.0.0.1:30000", key(suites[0], 2), key(suites[0], 9)), at(pair.clock));
  pair.speak(5);
  EXPECT_EQ(pair.b->stats().packets_bad, 0u);
  pair.a->configure(Pair::media("127.0.0.1:31000", key(suites[0], 9), key(suites[0], 2)), at(pair.clock));
  pair.speak(95);
  EXPECT_EQ(pair.b->stats().packets_received, 150u);
  EXPECT_EQ(pair.b->stats().packets_bad, 0u);
  EXPECT_GT(sine_snr(std::span(pair.heard_b.pcm).last(16000), 500, 16000), 20);
  // Now the old key is worth nothing.
  pair.a->configure(Pair::media("127.0.0.1:31000", key(suites[0], 1), key(suites[0], 2)), at(pair.clock));
  pair.run(10);
  EXPECT_EQ(pair.b->stats().packets_bad, 10u);
}

TEST(SrtpLeg, KeepsItsPlaceInTheKeyStreamThroughReoffers) {
  Pair pair;
  pair.configure(key(suites[0], 1), key(suites[0], 2));
  pair.speak(20);
  pair.configure(key(suites[0], 1), key(suites[0], 2));  // the same again
  pair.speak(20);
  pair.configure(key(suites[1], 3), key(suites[1], 4));  // another suite and back
  pair.speak(20);
  pair.configure(key(suites[0], 1), key(suites[0], 2));
  pair.speak(20);
  EXPECT_EQ(pair.a->stats().packets_received, 80u);
  EXPECT_EQ(pair.a->stats().packets_bad, 0u);
  std::set<Bytes> payloads;
  int rtp_packets = 0;
  for (const Bytes& bytes : pair.wire) {
    if (rtp::is_rtcp(bytes)) continue;
    ++rtp_packets;
    payloads.insert(Bytes(bytes.begin() + 12, bytes.end()));
  }
  EXPECT_EQ(static_cast<int>(payloads.size()), rtp_packets);
}

TEST(SrtpLeg, GoesFromSecureToPlainAndBack) {
  Pair pair;
  pair.configure(key(suites[0], 1), key(suites[0], 2));
  pair.speak(20);
  pair.a->configure(Pair::media("127.0.0.1:31000", {}, {}), at(pair.clock));
  pair.b->configure(Pair::media("127.0.0.1:30000", {}, {}), at(pair.clock));
  pair.speak(20);
  pair.configure(key(suites[0], 1), key(suites[0], 2));
  pair.speak(20);
  EXPECT_EQ(pair.a->stats().packets_received, 60u);
  EXPECT_EQ(pair.a->stats().packets_bad, 0u);
}

TEST(SrtpLeg, SendsNothingInPlainTextWhenAKeyCannotBeUsed) {
  Pair pair;
  CryptoKey broken = key(suites[0], 1);
  broken.key_and_salt.pop_back();
  pair.configure(broken, broken);
  pair.speak(20);
  EXPECT_TRUE(pair.wire.empty());
  EXPECT_EQ(pair.a->stats().send_failures, 20u);
  EXPECT_EQ(pair.b->stats().packets_received, 0u);
}

TEST(SrtpLeg, Survives20000MutatedPackets) {
  for (const CryptoSuite suite : suites) {
    Pair pair;
    pair.configure(key(suite, 1), key(suite, 2));
    pair.speak(100);
    base::Random noise(base::seeded(12));
    for (int i = 0; i < 7'000; ++i) {
      Bytes bytes = pair.wire[noise.u32() % pair.wire.size()];
      for (unsigned n = noise.u32() % 4; n > 0; --n) {
        bytes[noise.u32() % bytes.size()] = static_cast<std::uint8_t>(noise.u32());
      }
      if (noise.u32() % 4 == 0) bytes.resize(noise.u32() % bytes.size());
      const auto port = static_cast<std::uint16_t>(Pair::port_b + static_cast<int>(noise.u32() % 2));
      pair.net.deliver(port, bytes, addr("127.0.0.1:30000"), at(pair.clock));
    }
    EXPECT_EQ(pair.b->stats().packets_received, 100u) << "nothing forged got through";
    pair.speak(100);
    EXPECT_EQ(pair.b->stats().packets_received, 200u) << "and the real ones still do";
  }
}

}  // namespace
}  // namespace daedap::media
