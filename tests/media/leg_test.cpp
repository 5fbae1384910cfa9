#include "media/leg.hpp"

#include <gtest/gtest.h>

#include "audio/level.hpp"
#include "audio/sine.hpp"
#include "media/fakes.hpp"
#include "media/recorder.hpp"
#include "rtp/rtcp.hpp"
#include "rtp/telephone_event.hpp"

namespace daedap::media {
namespace {

using namespace testing;
using audio::testing::sine;
using audio::testing::sine_snr;

struct LegTest : ::testing::Test {
  LegTest() {
    auto opened = Leg::open(ports, net, random, at(0));
    EXPECT_TRUE(opened);
    leg = std::move(*opened);
    leg->set_sink(&heard);
  }
  /// Ticks of one call; `each` runs half-way between two of them.
  template <typename F>
  void run(int ticks, F each) {
    for (int i = 0; i < ticks; ++i) {
      leg->tick_send(at(clock));
      leg->tick_receive(at(clock));
      if (clock % 1000 == 0) leg->on_time(at(clock));
      each();
      clock += 20;
    }
  }
  void run(int ticks) { run(ticks, [] {}); }
  void speak(Peer& p) { net.deliver(leg->local_port(), p.packet(), p.from, at(clock + 10)); }
  void start(const sdp::Negotiated& media = negotiated()) {
    leg->configure(media, at(clock));
    leg->start(at(clock));
  }
  std::vector<FakeNet::Sent> rtp_sent() const {
    auto out = net.sent;
    std::erase_if(out, is_rtcp_packet);
    return out;
  }

  FakeNet net;
  PortRange ports{addr("127.0.0.1:0"), 30000, 30009};
  base::Random random{base::seeded(4)};
  std::unique_ptr<Leg> leg;
  Frames heard;
  Peer peer;
  std::int64_t clock = 0;
};

// Field notes §4.2: greeting audible to a caller that never sends RTP.
TEST_F(LegTest, GreetsACallerThatNeverSendsRtpFromTheFirstTick) {
  leg->player().enqueue(sine(500, 16000, 50 * 320));
  run(5);
  EXPECT_TRUE(net.sent.empty());
  start();
  run(50);
  const auto sent = rtp_sent();
  ASSERT_EQ(sent.size(), 50u);
  for (const auto& s : sent) EXPECT_EQ(s.to, addr("192.0.2.10:4000"));
  const auto pcm = decoded(sent);
  EXPECT_GT(sine_snr(std::span(pcm).subspan(160), 500, 8000), 30);
  EXPECT_FALSE(leg->heard_anything());
  EXPECT_EQ(leg->last_received(), at(0));
  EXPECT_EQ(heard.infos.size(), 50u);
  EXPECT_EQ(leg->stats().packets_sent, 50u);
}

TEST_F(LegTest, HearsThePeerWithBothDirectionsOnOneTimeLine) {
  Frames sent;
  leg->set_sent_sink(&sent);
  leg->configure(negotiated(), at(0));
  run(10, [&] { speak(peer); });  // early media, before `start`
  leg->start(at(clock));
  run(90, [&] { speak(peer); });
  EXPECT_GT(sine_snr(std::span(heard.pcm).last(16000), 500, 16000), 30);
  EXPECT_EQ(sent.infos.back().position, heard.infos.back().position);
  for (std::size_t i = 1; i < heard.infos.size(); ++i) {
    ASSERT_EQ(heard.infos[i].position, heard.infos[i - 1].position + 320);
  }
  const auto stats = leg->stats();
  EXPECT_EQ(stats.packets_received, 100u);
  EXPECT_EQ(stats.packets_lost, 0u);
  EXPECT_GT(stats.buffer_ms, 0);
  EXPECT_TRUE(leg->heard_anything());
  EXPECT_EQ(leg->last_received(), at(clock - 10));
}

// Field notes §4.5: stale RTP of the previous peer on a reused port.
TEST_F(LegTest, NeverHearsTheStaleStreamOfThePortsPreviousPeer) {
  Peer stale{.from = addr("203.0.113.5:7000"), .ssrc = 666, .hz = 1300};
  run(20, [&] { speak(stale); });
  start();
  run(2, [&] { speak(stale); });
  run(100, [&] {
    speak(stale);
    speak(peer);
  });
  EXPECT_GT(sine_snr(std::span(heard.pcm).last(16000), 500, 16000), 30);
  EXPECT_EQ(rtp_sent().back().to, peer.from);
  EXPECT_LT(sine_snr(heard.pcm, 1300, 16000), -30);
  // Until the peer speaks, the third stale packet may pass for a peer behind NAT; the peer's first
  // one throws it out of the buffer before it is played.
  EXPECT_LE(leg->stats().packets_received, 101u);
  EXPECT_GE(leg->stats().packets_bad, 121u);
}

TEST_F(LegTest, IsNotTurnedAwayByAnAttackersFlood) {
  peer.from = addr("198.51.100.7:31000");  // behind NAT
  start();
  run(10, [&] { speak(peer); });
  Peer attacker{.from = addr("203.0.113.66:9"), .ssrc = 1, .hz = 2000};
  run(200, [&] {
    for (int i = 0; i < 5; ++i) speak(attacker);
    speak(peer);
  });
  EXPECT_EQ(rtp_sent().back().to, peer.from);
  EXPECT_GT(sine_snr(std::span(heard.pcm).last(32000), 500, 16000), 30);
}

// Field notes §4.3: re-INVITE moves port and codec in mid-word.
TEST_F(LegTest, ReinviteMovesPortAndCodecInMidWord) {
  start();
  leg->player().enqueue(sine(500, 16000, 100 * 320));
  run(50, [&] { speak(peer); });
  auto moved = negotiated("192.0.2.77:5500");
  moved.codec = pcma();
  moved.receive = {pcma()};
  leg->configure(moved, at(clock));
  speak(peer);  // one packet is still under way from the old place: it may be lost
  peer.from = addr("192.0.2.77:5500");
  peer.law = audio::Law::a;
  peer.payload_type = 8;
  clock += 10;
  run(50, [&] { speak(peer); });
  const auto sent = rtp_sent();
  ASSERT_EQ(sent.size(), 100u);
  EXPECT_EQ(sent[49].to, addr("192.0.2.10:4000"));
  EXPECT_EQ(sent[50].to, addr("192.0.2.77:5500"));
  const auto out = decoded(sent);
  EXPECT_GT(sine_snr(std::span(out).subspan(160), 500, 8000), 30);
  EXPECT_EQ(leg->player().played(), 100 * 320);
  int made_up = 0;
  for (std::size_t i = 20; i < heard.infos.size(); ++i) made_up += heard.infos[i].concealed;
  EXPECT_LE(made_up, 1);
}

TEST_F(LegTest, HoldStopsBothTheStreamAndTheSpeaker) {
  start();
  leg->player().enqueue(sine(500, 16000, 100 * 320));
  run(10);
  auto hold = negotiated();
  hold.direction = sdp::Direction::recvonly;
  leg->configure(hold, at(clock));
  run(50);
  EXPECT_EQ(rtp_sent().size(), 10u);
  EXPECT_EQ(leg->player().played(), 3200);
  leg->configure(negotiated(), at(clock));
  run(90);
  EXPECT_EQ(leg->player().played(), 32'000);
  const auto pcm = decoded(rtp_sent());
  EXPECT_GT(sine_snr(std::span(pcm).subspan(160), 500, 8000), 30);  // not a sample was lost
}

TEST_F(LegTest, TellsDigitsAndSendsThem) {
  std::string digits;
  leg->set_digit_sink([&](char d, Time) { digits += d; });
  EXPECT_FALSE(leg->send_digit('1'));
  start();
  const rtp::TelephoneEvent event{.event = 3, .duration = 160};
  net.deliver(leg->local_port(), peer.raw(101, event.bytes(), true), peer.from, at(5));
  EXPECT_EQ(digits, "3");
  EXPECT_TRUE(leg->send_digit('1'));
  run(10);
  int events = 0;
  for (const auto& s : rtp_sent()) {
    events += rtp::PacketView::parse(s.bytes)->header.payload_type == 101;
  }
  EXPECT_EQ(events, 7);
}

TEST_F(LegTest, ReportsByRtcpAndSaysByeWhenItGoes) {
  start();
  run(800, [&] { speak(peer); });
  std::vector<rtp::Compound> reports;
  for (const auto& s : net.sent) {
    if (is_rtcp_packet(s)) reports.push_back(*rtp::Compound::parse(s.bytes));
  }
  ASSERT_GE(reports.size(), 2u);
  ASSERT_LE(reports.size(), 6u);
  EXPECT_TRUE(reports.back().sender);
  EXPECT_EQ(reports.back().blocks.at(0).ssrc, peer.ssrc);
  leg.reset();
  const auto last = rtp::Compound::parse(net.sent.back().bytes);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->bye.size(), 1u);
  EXPECT_FALSE(net.is_open(30000));
  EXPECT_EQ(ports.in_use(), 0u);
}

TEST_F(LegTest, ThatWasNeverConfiguredGoesWithoutAWord) {
  leg.reset();
  EXPECT_TRUE(net.sent.empty());
}

TEST_F(LegTest, LearnsLossFromThePeersReport) {
  start();
  run(10);
  const auto ssrc = rtp::PacketView::parse(rtp_sent()[0].bytes)->header.ssrc;
  const std::array blocks{rtp::ReportBlock{.ssrc = ssrc, .fraction_lost = 128}};
  Bytes bytes(200);
  bytes.resize(rtp::write(rtp::Report{.ssrc = 5, .blocks = blocks, .cname = "p"}, bytes));
  net.deliver(30001, bytes, addr("192.0.2.10:4001"), at(clock));
  EXPECT_DOUBLE_EQ(leg->stats().remote_loss, 0.5);
}

TEST_F(LegTest, HasNoPortWhenTheRangeIsUsedUp) {
  PortRange small(addr("127.0.0.1:0"), 40000, 40001);
  const auto first = Leg::open(small, net, random, at(0));
  ASSERT_TRUE(first);
  EXPECT_EQ(Leg::open(small, net, random, at(0)).error().code, base::Code::no_port);
}

TEST_F(LegTest, Survives20000MutatedPackets) {
  start();
  base::Random noise(base::seeded(11));
  leg->set_digit_sink([](char, Time) {});
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes = i % 3 == 0 ? peer.raw(101, Bytes{1, 2, 3, 4}) : peer.packet(20 * (1 + i % 3));
    if (i % 5 == 0) {
      const std::array blocks{rtp::ReportBlock{.ssrc = 1}};
      bytes.assign(200, 0);
      bytes.resize(rtp::write(rtp::Report{.ssrc = 5, .blocks = blocks, .cname = "p"}, bytes));
    }
    for (unsigned n = noise.u32() % 6; n > 0; --n) {
      bytes[noise.u32() % std::min<std::size_t>(bytes.size(), 40)] =
          static_cast<std::uint8_t>(noise.u32());
    }
    if (noise.u32() % 8 == 0) bytes.resize(noise.u32() % bytes.size());
    const auto port = static_cast<std::uint16_t>(30000 + noise.u32() % 2);
    net.deliver(port, bytes, peer.from, at(clock + 10));
    if (i % 2 == 0) run(1);
  }
  EXPECT_EQ(heard.infos.size(), 10'000u);
  EXPECT_GT(leg->stats().packets_received, 1000u);
}

// Field notes §4.17: both recording channels aligned within a frame after an hour.
TEST_F(LegTest, RecordingIsAlignedAfterAnHourWithLoss) {
  using Edges = std::array<std::vector<std::int64_t>, 2>;
  struct Marks final : RecordingSink {
    explicit Marks(Edges& e) : edges(e) {}
    void write(std::vector<std::int16_t> stereo) override {
      const std::int16_t* pcm = stereo.data();
      for (std::size_t i = 0, n = stereo.size(); i < n; i += 8, at += 4) {  // each 4th sample
        if (pcm[i] > 3000) mark(0);
        if (pcm[i + 1] > 3000) mark(1);
      }
    }
    void mark(std::size_t channel) {
      if (at - last[channel] > 16000) edges[channel].push_back(at);
      last[channel] = at;
    }
    void close() override {}
    Edges& edges;
    std::int64_t at = 0;
    std::array<std::int64_t, 2> last{-32000, -32000};
  };
  Edges edges;
  Recorder recorder(std::make_unique<Marks>(edges));
  leg->set_sink(&recorder.customer());
  leg->set_sent_sink(&recorder.agent());
  net.keep = false;
  start();
  base::Random loss(base::seeded(8));
  const auto beep = sine(500, 16000, 10 * 320);
  for (int second = 0; second < 3600; ++second) {
    // Each minute both sides beep at the same instant, in the middle of a quiet second.
    for (int tick = 0; tick < 50; ++tick) {
      const bool beeping = second % 60 == 30 && tick >= 20 && tick < 30;
      peer.amplitude = beeping ? 8000 : 0;
      if (second % 60 == 30 && tick == 20) leg->player().enqueue(beep);
      run(1, [&] {
        const Bytes packet = peer.packet();
        const bool lost = !beeping && loss.u32() % 20 == 0;  // 5 %
        if (!lost) net.deliver(30000, packet, peer.from, at(clock + 10));
      });
    }
  }
  recorder.close();
  EXPECT_EQ(recorder.length(), std::int64_t{3600} * 16000);
  ASSERT_EQ(edges[0].size(), 60u);
  ASSERT_EQ(edges[1].size(), 60u);
  const std::int64_t first = edges[0].front() - edges[1].front();
  const std::int64_t last = edges[0].back() - edges[1].back();
  EXPECT_LE(std::abs(last - first), 320);
  EXPECT_GE(last, 0);
  EXPECT_LE(last, 3 * 320);  // the play-out delay
}

}  // namespace
}  // namespace daedap::media
