#include "rtp/transit.hpp"

#include <gtest/gtest.h>

namespace daedap::rtp {
namespace {

using base::Millis;
using base::Time;

/// Packet `i` of a 20 ms stream, `late` ms behind its time.
void arrive(Transit& transit, int i, int late) {
  transit.on_packet(Millis(20 * i), Time(Millis(1000 + 20 * i + late)));
}

TEST(Transit, MeasuresTheSlowestAgainstTheFastest) {
  Transit t;
  EXPECT_FALSE(t.known());
  for (int i = 0; i < 50; ++i) arrive(t, i, i == 20 ? 35 : 0);
  EXPECT_TRUE(t.known());
  EXPECT_EQ(t.base(), Millis(1000));
  EXPECT_EQ(t.peak(), Millis(35)) << "held";
}

TEST(Transit, LetsThePeakSinkSlowly) {
  Transit t;
  for (int i = 0; i < 50 * 5; ++i) arrive(t, i, i == 0 ? 0 : i == 1 ? 80 : 0);
  EXPECT_LT(t.peak(), Millis(45)) << "two seconds after the hold";
  EXPECT_GT(t.peak(), Millis(35));
}

TEST(Transit, ForgetsTheOldPaceWhenTheRouteGetsLonger) {
  Transit t;
  for (int i = 0; i < 100; ++i) arrive(t, i, 0);
  for (int i = 100; i < 100 + 50 * 12; ++i) arrive(t, i, 60);
  EXPECT_EQ(t.base(), Millis(1060));
  EXPECT_LT(t.peak(), Millis(1));
}

TEST(Transit, FollowsClockSkewWithoutTakingItForJitter) {
  for (int ppm : {200, -200}) {
    Transit t;
    base::Duration worst{};
    for (int i = 0; i < 50 * 600; ++i) {
      const base::Duration skew(std::int64_t{i} * 20 * ppm);
      t.on_packet(Millis(20 * i), Time(Millis(1000 + 20 * i) + skew));
      worst = std::max(worst, t.peak());
    }
    EXPECT_LE(worst, Millis(2)) << ppm;
  }
}

TEST(Transit, IsNotRaisedByPacketsPastHelp) {
  Transit t(Millis(200));
  for (int i = 0; i < 50; ++i) arrive(t, i, i == 10 ? 5000 : i == 20 ? 190 : 0);
  EXPECT_EQ(t.peak(), Millis(190));
}

TEST(Transit, BoundsThePeakWhenAQueueDrains) {
  Transit t(Millis(200));
  for (int i = 0; i < 50; ++i) arrive(t, i, 1000 - 20 * i);
  EXPECT_LE(t.peak(), Millis(200));
}

TEST(Transit, StartsOverWhenThePaceJumpsForward) {
  Transit t;
  for (int i = 0; i < 100; ++i) arrive(t, i, 500);
  arrive(t, 100, 0);
  EXPECT_EQ(t.base(), Millis(1000));
  EXPECT_EQ(t.peak(), Millis(0));
}

}  // namespace
}  // namespace daedap::rtp
