#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "audio/sine.hpp"
#include "media/fakes.hpp"
#include "media/leg.hpp"
#include "media/wire.hpp"
#include "sdp/known_codecs.hpp"

namespace {
std::size_t allocations = 0;
}

// The whole test program counts; only the test below looks.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace daedap::media {
namespace {

using namespace testing;

// Opus packets differ in size: a slot of the jitter buffer grows when a longer one comes into it.
constexpr std::size_t slots_that_grow = 64;

TEST(Leg, AllocatesNothingWhileAudioFlows) {
  FakeNet net;
  net.keep = false;
  PortRange ports(addr("127.0.0.1:0"), 30000, 30009);
  base::Random random(base::seeded(1));
  Frames heard, sent;
  heard.keep = sent.keep = false;
  auto leg = std::move(*Leg::open(ports, net, random, at(0)));
  leg->set_sink(&heard);
  leg->set_sent_sink(&sent);
  leg->configure(negotiated(), at(0));
  leg->start(at(0));
  Peer peer;
  std::vector<Bytes> packets;
  for (int i = 0; i < 600; ++i) packets.push_back(peer.packet());
  const auto speech = audio::testing::sine(300, 16000, 60 * 16000);
  leg->player().enqueue(speech);

  std::size_t before = 0;
  for (int i = 0; i < 600; ++i) {
    if (i == 200) before = allocations;  // the jitter buffer has met all its slots
    leg->tick_send(at(20 * i));
    leg->tick_receive(at(20 * i));
    if (i % 50 == 17) continue;  // lost: concealed
    net.deliver(30000, packets[static_cast<std::size_t>(i)], peer.from, at(20 * i + 10));
  }
  EXPECT_EQ(allocations - before, 0u);
  EXPECT_EQ(net.sends, 600u);
  EXPECT_GT(leg->stats().frames_concealed, 5u);
}

/// Every codec after its first packets, both directions, through loss and a restart of the stream.
TEST(Leg, AllocatesNothingInAnyCodecOnceItRuns) {
  for (const std::string_view name : sdp::known_codec_names()) {
    FakeNet net;
    net.keep = false;
    PortRange ports(addr("127.0.0.1:0"), 30000, 30009);
    base::Random random(base::seeded(1));
    Frames heard;
    heard.keep = false;
    auto leg = std::move(*Leg::open(ports, net, random, at(0)));
    leg->set_sink(&heard);
    auto media = negotiated();
    media.receive = {*sdp::known_codec(name)};
    media.codec = media.receive.front();
    leg->configure(media, at(0));
    leg->start(at(0));
    WirePeer peer(wire_of(std::string(name)), static_cast<std::uint8_t>(media.codec.payload_type));
    std::vector<Bytes> packets;
    for (int i = 0; i < 600; ++i) {
      packets.push_back(*peer.packet());
      packets.back().reserve(300);
    }
    leg->player().enqueue(audio::testing::sine(300, 16000, 60 * 16000));
    std::size_t before = 0;
    for (int i = 0; i < 600; ++i) {
      if (i == 300) before = allocations;
      leg->tick_send(at(20 * i));
      leg->tick_receive(at(20 * i));
      if (i % 50 == 17) continue;
      net.deliver(30000, packets[static_cast<std::size_t>(i)], peer.rtp.from, at(20 * i + 10));
    }
    EXPECT_LE(allocations - before, name == "opus" ? slots_that_grow : 0) << name;
    EXPECT_GT(net.sends, 500u) << name;
  }
}

}  // namespace
}  // namespace daedap::media
