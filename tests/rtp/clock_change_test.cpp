// A jitter buffer whose packets change their RTP clock in mid-stream, and what else runs on that clock.
#include <gtest/gtest.h>

#include "rtp/jitter_buffer.hpp"
#include "rtp/sequence_stats.hpp"
#include "rtp/telephone_event.hpp"

namespace daedap::rtp {
namespace {

using base::Millis;

base::Time at(int ms) { return base::Time(Millis(10'000 + ms)); }

struct Stream {
  JitterBuffer buffer;
  std::uint16_t seq = 100;
  std::uint32_t timestamp = 5000;
  int rate = 8000;
  int played = 0, missing = 0, quiet = 0;
  std::vector<std::uint8_t> behind;

  void push(int ms) {
    const std::vector<std::uint8_t> payload{static_cast<std::uint8_t>(seq), 1};
    PacketView view;
    view.header = {.seq = Seq(seq), .timestamp = Timestamp(timestamp), .ssrc = 9};
    view.payload = payload;
    buffer.push(view, at(ms), rate);
    skip();
  }
  void skip() {
    ++seq;
    timestamp += static_cast<std::uint32_t>(rate / 50);
  }
  void pop(int ms) {
    const auto popped = buffer.pop(at(ms));
    played += std::holds_alternative<JitterBuffer::Packet>(popped);
    quiet += std::holds_alternative<JitterBuffer::Quiet>(popped);
    if (const auto* m = std::get_if<JitterBuffer::Missing>(&popped)) {
      ++missing;
      behind.assign(m->next.begin(), m->next.end());
    }
  }
  void run(int& ms, int packets) {
    for (int i = 0; i < packets; ++i, ms += 20) {
      push(ms);
      pop(ms + 10);
    }
  }
};

class ClockChange : public ::testing::TestWithParam<std::uint32_t> {};

// The time stamp goes on, or starts anywhere: senders differ.
TEST_P(ClockChange, PlaysOnWithoutAHoleWhateverTheTimeStampsDo) {
  Stream s;
  int ms = 0;
  s.run(ms, 50);
  const auto quiet = s.quiet;
  for (const int rate : {48000, 8000, 48000}) {
    s.rate = rate;
    s.timestamp += GetParam();
    s.run(ms, 50);
  }
  EXPECT_EQ(s.missing, 0);
  EXPECT_EQ(s.quiet, quiet);
  EXPECT_GE(s.played, 198);
  EXPECT_EQ(s.buffer.counters().restarts, 0u);
  EXPECT_EQ(s.buffer.counters().late, 0u);
}

INSTANTIATE_TEST_SUITE_P(Steps, ClockChange, ::testing::Values(0u, 1u, 123'456u, 0x80000000u, 0xFFFF0000u));

TEST(ClockChanges, SurviveAPauseOfTheSender) {
  Stream s;
  int ms = 0;
  s.run(ms, 50);
  for (int i = 0; i < 30; ++i, ms += 20) s.pop(ms + 10);
  s.rate = 48000;
  const int before = s.played;
  s.run(ms, 50);
  EXPECT_GE(s.played - before, 48);
  EXPECT_EQ(s.buffer.counters().late, 0u);
}

TEST(ClockChanges, DropStragglersOfTheFormerClock) {
  Stream s;
  int ms = 0;
  s.run(ms, 20);
  Stream late = s;
  s.skip();
  s.rate = 48000;
  s.run(ms, 5);
  const std::vector<std::uint8_t> payload{1, 2};
  PacketView view;
  view.header = {.seq = Seq(late.seq), .timestamp = Timestamp(late.timestamp), .ssrc = 9};
  view.payload = payload;
  EXPECT_EQ(s.buffer.push(view, at(ms), 8000), JitterBuffer::Pushed::late);
  const int before = s.played;
  s.run(ms, 20);
  EXPECT_GE(s.played - before, 19);
}

TEST(ClockChanges, StartANewStreamWhenTheSequenceJumpsToo) {
  Stream s;
  int ms = 0;
  s.run(ms, 20);
  s.rate = 48000;
  s.seq = static_cast<std::uint16_t>(s.seq + 20'000);
  s.run(ms, 20);
  EXPECT_EQ(s.buffer.counters().restarts, 1u);
  EXPECT_GE(s.played, 38);
}

TEST(MissingPacket, BringsThePayloadBehindItWhenThatWaits) {
  Stream s;
  int ms = 0;
  s.run(ms, 20);
  s.skip();  // lost
  s.push(ms);
  s.pop(ms + 10);
  ASSERT_EQ(s.missing, 1);
  EXPECT_EQ(s.behind, (std::vector<std::uint8_t>{static_cast<std::uint8_t>(s.seq - 1), 1}));
  s.pop(ms + 30);
  s.pop(ms + 50);  // now nothing waits
  EXPECT_EQ(s.missing, 2);
  EXPECT_TRUE(s.behind.empty());
}

TEST(MissingPacket, BringsOnlyThePayloadThatFollowsAtOnce) {
  Stream s;
  int ms = 0;
  s.run(ms, 20);
  s.skip();
  s.skip();
  s.push(ms);
  s.pop(ms + 10);
  EXPECT_TRUE(s.behind.empty());  // two are lost: this copy is of the second
  s.pop(ms + 30);
  EXPECT_FALSE(s.behind.empty());
  EXPECT_EQ(s.missing, 2);
}

TEST(SequenceStats, KeepsItsJitterOverAChangeOfClock) {
  SequenceStats stats;
  std::uint32_t timestamp = 0;
  std::uint16_t seq = 0;
  int ms = 0;
  const auto run = [&](int rate) {
    stats.set_clock_rate(rate);
    for (int i = 0; i < 200; ++i, ms += 20) {
      stats.on_packet({.seq = Seq(seq++), .timestamp = Timestamp(timestamp), .ssrc = 1}, at(ms + (i % 2) * 10));
      timestamp += static_cast<std::uint32_t>(rate / 50);
    }
  };
  run(8000);
  EXPECT_NEAR(stats.jitter_ms(), 10, 0.5);
  timestamp += 99'999;
  run(48000);
  EXPECT_NEAR(stats.jitter_ms(), 10, 0.5);
}

TEST(DigitSender, CountsItsDurationsOnTheClockItIsGiven) {
  DigitSender sender;
  sender.set_clock_rate(48000);
  sender.queue('1');
  const auto first = sender.on_tick(Timestamp(0));
  ASSERT_TRUE(first);
  EXPECT_EQ(TelephoneEvent::parse(first->payload)->duration, 960);
}

}  // namespace
}  // namespace daedap::rtp
