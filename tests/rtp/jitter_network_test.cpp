// Two hundred seeds of bad networks, and one hour of clock skew, in virtual time.
#include <gtest/gtest.h>

#include "rtp/play.hpp"

namespace daedap::rtp {
namespace {

using base::Millis;
using base::Time;

constexpr std::uint64_t seeds = 200;
Time at(int milliseconds) { return Time(Millis(milliseconds)); }

/// What a seed's network does.
struct Network {
  double loss, reorder, duplicate, jitter_ms;
  explicit Network(base::Random::Source& source)
      : loss(uniform(source) * 0.1), reorder(uniform(source) * 0.05),
        duplicate(uniform(source) * 0.03), jitter_ms(uniform(source) * 60) {}
};

void send(Play& play, Talker& talker, const Network& net, base::Random::Source& source, int& lost) {
  Flying f = talker.talk();
  f.at += ms(uniform(source) * net.jitter_ms);
  if (uniform(source) < net.reorder) f.at += ms(45);
  if (uniform(source) < net.duplicate) {
    Flying twin = f;
    twin.at += ms(uniform(source) * 80);
    play.fly(twin);
  }
  if (uniform(source) < net.loss) {
    ++lost;
  } else {
    play.fly(f);
  }
}

TEST(JitterBuffer, PlaysNearlyAllThatArrivesOnTwoHundredBadNetworks) {
  constexpr int count = 1500;  // 30 s
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    auto source = base::seeded(seed);
    const Network net(source);
    Play play;
    Talker talker;
    play.set_phase(ms(uniform(source) * 19));
    int lost = 0;
    for (int i = 0; i < count; ++i) send(play, talker, net, source, lost);
    play.until(at(31'000));
    const auto& c = play.buffer.counters();
    ASSERT_TRUE(play.in_order()) << "seed " << seed;
    ASSERT_GE(play.played.size() + 30, static_cast<std::size_t>(count - lost)) << "seed " << seed;
    ASSERT_LE(play.longest_delay(), Millis(200 + 20) + ms(net.jitter_ms)) << "seed " << seed;
    ASSERT_LE(c.late + c.dropped, 30u) << "seed " << seed;
    ASSERT_EQ(c.restarts, 0u) << "seed " << seed;
    ASSERT_LE(play.missing_between(at(0), at(30'000)), static_cast<std::size_t>(lost + 40)) << "seed " << seed;
  }
}

TEST(JitterBuffer, AsksNoMoreDelayThanTheJitterOfTheNetwork) {
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    auto source = base::seeded(seed);
    const double jitter = uniform(source) * 80;
    Play play;
    Talker talker;
    for (int i = 0; i < 1000; ++i) {
      Flying f = talker.talk();
      f.at += ms(uniform(source) * jitter);
      play.fly(f);
    }
    play.until(at(20'050));
    ASSERT_LE(play.buffer.delay(), ms(jitter) + Millis(31)) << "seed " << seed;
    ASSERT_GE(play.buffer.delay(), ms(jitter * 0.9)) << "seed " << seed;
    ASSERT_LE(play.missing_between(at(10'000), at(20'000)), 2u) << "seed " << seed;
  }
}

TEST(JitterBuffer, RecoversFromFiveSecondsOfOutage) {
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    auto source = base::seeded(seed);
    Play play;
    Talker talker;
    const bool held = seed % 2 == 0;  // the network held the packets, or lost them
    const int from = 200 + static_cast<int>(source() % 200);
    for (int i = 0; i < 1500; ++i) {
      Flying f = talker.talk();
      f.at += ms(uniform(source) * 10);
      if (i >= from && i < from + 250) {
        if (!held) continue;
        f.at = at(100 + 20 * (from + 250)) + ms(0.01 * (i - from));
      }
      play.fly(f);
    }
    play.until(at(30'050));
    const Time over = at(100 + 20 * (from + 250));
    ASSERT_TRUE(play.in_order()) << "seed " << seed;
    ASSERT_LE(play.missing_between(over + Millis(500), at(30'000)), 3u) << "seed " << seed;
    ASSERT_LE(play.longest_delay(over + Millis(500)), Millis(220)) << "seed " << seed;
    ASSERT_LE(play.buffer.delay(), Millis(60)) << "seed " << seed;
    ASSERT_LE(play.peak_waiting, JitterBuffer::max_packets);
    ASSERT_GE(play.played.size(), 1230u) << "seed " << seed;
    ASSERT_GE(play.quiet.size(), 200u) << "concealment ends after 100 ms, seed " << seed;
  }
}

/// One hour of a talker whose clock is off; returns the longest delay.
void hour(double skew, double jitter_ms, bool pauses) {
  auto source = base::seeded(3);
  Play play;
  Talker talker;
  talker.skew = skew;
  play.silence = [&](Time now) { return pauses && now.time_since_epoch() % Millis(5000) < Millis(1500); };
  constexpr int minutes = 60;
  for (int minute = 0; minute < minutes; ++minute) {
    const Time end = at(60'000 * (minute + 1));
    while (talker.next < end) {
      Flying f = talker.talk();
      f.at += ms(uniform(source) * jitter_ms);
      play.fly(f);
    }
    play.until(end);
    ASSERT_LE(play.buffer.delay(), ms(jitter_ms) + Millis(36)) << "minute " << minute;
  }
  const auto& c = play.buffer.counters();
  // 200 ppm of an hour are 36 frames; each correction is one frame.
  EXPECT_LE(c.concealed + c.dropped, 60u) << skew;
  EXPECT_LE(c.late, 10u) << skew;
  EXPECT_EQ(c.restarts, 0u);
  EXPECT_LE(play.peak_waiting, 8);
  EXPECT_TRUE(play.in_order());
}

TEST(JitterBuffer, HoldsItsDelayThroughAnHourOfASlowClock) { hour(200e-6, 5, false); }
TEST(JitterBuffer, HoldsItsDelayThroughAnHourOfAFastClock) { hour(-200e-6, 5, false); }
TEST(JitterBuffer, HoldsItsDelayThroughAnHourOfASlowClockWithPauses) { hour(200e-6, 20, true); }
TEST(JitterBuffer, HoldsItsDelayThroughAnHourOfAFastClockWithPauses) { hour(-200e-6, 20, true); }
TEST(JitterBuffer, LeavesAPerfectStreamAloneForAnHour) {
  Play play;
  Talker talker;
  for (int minute = 0; minute < 60; ++minute) {
    while (talker.next < at(60'000 * (minute + 1))) play.fly(talker.talk());
    play.until(at(60'000 * (minute + 1)));
  }
  EXPECT_EQ(play.missing.size(), 0u);
  EXPECT_EQ(play.buffer.counters().dropped, 0u);
}

TEST(JitterBuffer, KeepsItsPromisesUnderTwentyThousandMutatedPackets) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    auto source = base::seeded(seed);
    JitterBuffer buffer;
    std::vector<std::uint8_t> payload(200, 1);
    PacketView view;
    for (int i = 0; i < 1000; ++i) {
      view.header.seq = Seq(static_cast<std::uint16_t>(i));
      view.header.timestamp = Timestamp(static_cast<std::uint32_t>(160 * i));
      view.header.marker = source() % 4 == 0;
      if (source() % 5 == 0) view.header.seq = Seq(static_cast<std::uint16_t>(source() >> (source() % 64)));
      if (source() % 5 == 0) view.header.timestamp = Timestamp(static_cast<std::uint32_t>(source() >> (source() % 64)));
      if (source() % 200 == 0) view.header.ssrc = static_cast<std::uint32_t>(source());
      view.payload = std::span(payload).first(source() % payload.size());
      const Time now = at(20 * i + static_cast<int>(source() % 20));
      buffer.push(view, now);
      if (source() % 8 != 0) (void)buffer.pop(now, source() % 2 == 0);
      ASSERT_LE(buffer.waiting(), JitterBuffer::max_packets);
      ASSERT_GE(buffer.waiting(), 0);
      ASSERT_GE(buffer.delay(), -Millis(20)) << seed << " " << i;
      ASSERT_LE(buffer.delay(), Millis(260));
    }
  }
}

}  // namespace
}  // namespace daedap::rtp
