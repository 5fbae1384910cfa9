#include "rtp/sequence_stats.hpp"

#include <gtest/gtest.h>

namespace daedap::rtp {
namespace {

using base::Millis;
using base::Time;
using Verdict = SequenceStats::Verdict;

/// A sender of 20 ms packets whose packets arrive `late` ms after their time.
struct Stream {
  SequenceStats stats;
  std::uint32_t ssrc = 1;
  int first = 100;

  Verdict arrive(int index, int late = 0) {
    const PacketHeader header{false, 0, Seq(static_cast<std::uint16_t>(first + index)),
                              Timestamp(static_cast<std::uint32_t>(160 * index)), ssrc};
    return stats.on_packet(header, Time(Millis(10'000 + 20 * index + late)));
  }
  void run(int from, int to) {
    for (int i = from; i < to; ++i) arrive(i);
  }
  ReportBlock report() { return stats.report(Time(Millis(20'000))); }
};

TEST(SequenceStats, BelievesASourceAfterTwoPacketsInSequence) {  // RFC 3550 A.1
  Stream s;
  EXPECT_EQ(s.arrive(0), Verdict::probation);
  EXPECT_EQ(s.arrive(1), Verdict::valid);
  EXPECT_EQ(s.stats.received(), 2u);
  EXPECT_EQ(s.stats.lost(), 0u);
}

TEST(SequenceStats, StaysOnProbationWhileNothingFollows) {
  Stream s;
  EXPECT_EQ(s.arrive(0), Verdict::probation);
  EXPECT_EQ(s.arrive(500), Verdict::probation);
  EXPECT_EQ(s.arrive(7), Verdict::probation);
  EXPECT_EQ(s.arrive(8), Verdict::valid);
  EXPECT_EQ(s.stats.lost(), 0u) << "what came before was never a stream";
}

TEST(SequenceStats, ExtendsTheHighestNumberAcrossTheWrap) {
  Stream s;
  s.first = 65'530;
  s.run(0, 20);
  EXPECT_EQ(s.stats.extended_highest(), 65'536u + 13);
  EXPECT_EQ(s.stats.lost(), 0u);
}

TEST(SequenceStats, CountsLossAndTakesItBackWhenThePacketWasOnlyLate) {
  Stream s;
  s.run(0, 10);
  s.run(12, 20);
  EXPECT_EQ(s.stats.lost(), 2u);
  s.arrive(10, 200);
  EXPECT_EQ(s.stats.lost(), 1u);
  EXPECT_EQ(s.stats.extended_highest(), 119u);
}

TEST(SequenceStats, NeverCountsNegativeLoss) {
  Stream s;
  s.run(0, 5);
  for (int i = 0; i < 3; ++i) s.arrive(4);
  EXPECT_EQ(s.stats.lost(), 0u);
  EXPECT_EQ(s.report().cumulative_lost, -3) << "the report tells duplicates (RFC 3550 A.3)";
}

TEST(SequenceStats, ReportsTheFractionLostSinceTheLastReport) {
  Stream s;
  s.run(0, 30);
  s.run(40, 60);
  ReportBlock b = s.report();
  EXPECT_EQ(b.fraction_lost, 10 * 256 / 60);
  EXPECT_EQ(b.cumulative_lost, 10);
  EXPECT_EQ(b.highest_seq, 159u);
  s.run(60, 100);
  b = s.report();
  EXPECT_EQ(b.fraction_lost, 0);
  EXPECT_EQ(b.cumulative_lost, 10);
  s.arrive(100);
  s.arrive(109);
  EXPECT_EQ(s.report().fraction_lost, 8 * 256 / 10);
}

TEST(SequenceStats, DoubtsAJumpUntilTheNextPacketFollowsIt) {
  Stream s;
  s.run(0, 10);
  EXPECT_EQ(s.arrive(20'000), Verdict::suspect);
  EXPECT_EQ(s.arrive(10), Verdict::valid) << "a lone stray changes nothing";
  EXPECT_EQ(s.stats.lost(), 0u);
  EXPECT_EQ(s.arrive(30'000), Verdict::suspect);
  EXPECT_EQ(s.arrive(30'001), Verdict::valid);
  EXPECT_EQ(s.stats.lost(), 0u) << "a restart is not 29,990 lost packets";
  EXPECT_EQ(s.stats.received(), 12u);
}

TEST(SequenceStats, KeepsTotalsAcrossANewSource) {
  Stream s;
  s.run(0, 10);
  s.run(15, 20);
  s.ssrc = 2;
  s.run(0, 10);
  EXPECT_EQ(s.stats.ssrc(), 2u);
  EXPECT_EQ(s.stats.received(), 25u);
  EXPECT_EQ(s.stats.lost(), 5u);
  EXPECT_EQ(s.report().cumulative_lost, 0) << "the report speaks of the new source";
}

TEST(SequenceStats, MeasuresJitterAsTheSpecificationDoes) {  // RFC 3550 A.8
  Stream s;
  double expected = 0;
  int before = 0;
  for (int i = 0; i < 200; ++i) {
    const int late = i % 3 * 4;
    s.arrive(i, late);
    if (i > 0) expected += (std::abs(late - before) - expected) / 16;
    before = late;
  }
  EXPECT_NEAR(s.stats.jitter_ms(), expected, 1e-6);
  EXPECT_EQ(s.report().jitter, static_cast<std::uint32_t>(expected * 8));
}

TEST(SequenceStats, HasNoJitterOnAPerfectNetworkAndNoneFromTimestampJumps) {
  Stream s;
  s.run(0, 50);
  EXPECT_EQ(s.stats.jitter_ms(), 0);
  s.stats.on_packet({false, 0, Seq(150), Timestamp(0x70000000), 1}, Time(Millis(11'000)));
  EXPECT_EQ(s.stats.jitter_ms(), 0);
}

TEST(SequenceStats, DoesNotTakeTheRepeatedTimestampOfAnEventForJitter) {
  Stream s;
  s.run(0, 10);
  for (int i = 0; i < 8; ++i) {
    s.stats.on_packet({false, 101, Seq(static_cast<std::uint16_t>(110 + i)), Timestamp(1600), 1},
                      Time(Millis(10'200 + 20 * i)));
  }
  EXPECT_EQ(s.stats.jitter_ms(), 0);
}

TEST(SequenceStats, TellsTheSenderWhenItsReportCame) {  // LSR and DLSR
  Stream s;
  s.run(0, 2);
  EXPECT_EQ(s.report().last_sr, 0u);
  EXPECT_EQ(s.report().delay_since_last_sr, 0u);
  s.stats.on_sender_report(99, NtpTime{0x1111'2222'3333'4444}, Time(Millis(19'000)));
  EXPECT_EQ(s.report().last_sr, 0u) << "another source's report";
  s.stats.on_sender_report(1, NtpTime{0x1111'2222'3333'4444}, Time(Millis(19'500)));
  EXPECT_EQ(s.report().last_sr, 0x2222'3333u);
  EXPECT_EQ(s.report().delay_since_last_sr, 0x8000u);
}

}  // namespace
}  // namespace daedap::rtp
