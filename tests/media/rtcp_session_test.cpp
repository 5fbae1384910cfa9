#include "media/rtcp_session.hpp"

#include <gtest/gtest.h>

#include "media/fakes.hpp"

namespace daedap::media {
namespace {

using namespace testing;

struct RtcpSessionTest : ::testing::Test {
  rtp::Compound write(std::uint32_t packets, Time now, bool bye = false) {
    std::array<std::uint8_t, RtcpSession::max_size> out;
    const rtp::SenderInfo sent{.ntp = rtp::NtpTime::from(now), .packets = packets};
    const std::size_t n = session.write(sent, received, now, bye, out);
    EXPECT_GT(n, 0u);
    return *rtp::Compound::parse(std::span(out).first(n));
  }
  base::Random random{base::seeded(9)};
  RtcpSession session{random, 77};
  rtp::SequenceStats received;
};

TEST_F(RtcpSessionTest, IsDueAboutEveryFiveSecondsAtRandom) {
  EXPECT_FALSE(session.due(at(1'000'000)));
  session.start(at(0));
  std::set<std::int64_t> gaps;
  std::int64_t last = 0;
  for (std::int64_t ms = 0; ms < 600'000; ms += 10) {
    if (!session.due(at(ms))) continue;
    write(static_cast<std::uint32_t>(ms), at(ms));
    if (last > 0) {
      gaps.insert(ms - last);
      EXPECT_GE(ms - last, 2500);
      EXPECT_LE(ms - last, 7510);
    } else {
      EXPECT_LE(ms, 5000);
    }
    last = ms;
  }
  EXPECT_GT(gaps.size(), 50u);
}

TEST_F(RtcpSessionTest, IsASenderReportWhilePacketsLeaveElseAReceiverReport) {
  EXPECT_TRUE(write(10, at(0)).sender);
  EXPECT_TRUE(write(10, at(5000)).sender);  // sent since the report before last
  EXPECT_FALSE(write(10, at(10'000)).sender);
  EXPECT_TRUE(write(11, at(15'000)).sender);
}

TEST_F(RtcpSessionTest, CarriesABlockAboutThePeerAndOneName) {
  EXPECT_TRUE(write(0, at(0)).blocks.empty());
  Peer peer;
  for (int i = 0; i < 10; ++i) {
    received.on_packet(rtp::PacketView::parse(peer.packet())->header, at(20 * i));
  }
  const auto a = write(0, at(300)), b = write(0, at(400));
  ASSERT_EQ(a.blocks.size(), 1u);
  EXPECT_EQ(a.blocks[0].ssrc, peer.ssrc);
  EXPECT_EQ(a.ssrc, 77u);
  EXPECT_EQ(a.cname.size(), 24u);
  EXPECT_EQ(a.cname, b.cname);
}

TEST_F(RtcpSessionTest, SaysByeAndIsNeverDueAgain) {
  session.start(at(0));
  EXPECT_EQ(write(1, at(10), true).bye, std::vector<std::uint32_t>{77});
  EXPECT_FALSE(session.due(at(1'000'000)));
}

TEST_F(RtcpSessionTest, LearnsLossAndRoundTripFromThePeersBlocks) {
  const auto sent = rtp::NtpTime::from(at(1000));
  const rtp::ReportBlock block{.ssrc = 77, .fraction_lost = 64, .last_sr = sent.middle(),
                               .delay_since_last_sr = 65536 / 2};
  const rtp::ReportBlock other{.ssrc = 78, .fraction_lost = 255};
  const std::array blocks{block, other};
  Bytes out(200);
  out.resize(rtp::write(rtp::Report{.ssrc = 5, .blocks = blocks, .cname = "p"}, out));
  session.on_packet(out, received, at(1580));
  EXPECT_DOUBLE_EQ(session.remote_loss(), 0.25);
  EXPECT_NEAR(base::to_ms_f(session.round_trip()), 80, 1);
}

TEST_F(RtcpSessionTest, DropsNonsense) {
  base::Random noise(base::seeded(2));
  for (int i = 0; i < 5000; ++i) {
    Bytes junk(noise.u32() % 120);
    for (auto& b : junk) b = static_cast<std::uint8_t>(noise.u32());
    if (!junk.empty()) junk[0] = 0x81;
    if (junk.size() > 1) junk[1] = static_cast<std::uint8_t>(200 + noise.u32() % 5);
    session.on_packet(junk, received, at(i));
  }
  EXPECT_GE(session.remote_loss(), 0);
}

}  // namespace
}  // namespace daedap::media
