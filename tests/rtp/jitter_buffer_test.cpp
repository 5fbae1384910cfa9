#include "rtp/jitter_buffer.hpp"

#include <gtest/gtest.h>

#include "rtp/play.hpp"

namespace daedap::rtp {
namespace {

using base::Millis;
using base::Time;
using Pushed = JitterBuffer::Pushed;

Time at(int milliseconds) { return Time(Millis(milliseconds)); }

Pushed push(JitterBuffer& buffer, Time now, int seq, std::uint32_t timestamp, std::uint32_t ssrc = 1,
            std::size_t size = 160) {
  const std::vector<std::uint8_t> payload(size, static_cast<std::uint8_t>(seq));
  PacketView view;
  view.header = {false, 8, Seq(static_cast<std::uint16_t>(seq)), Timestamp(timestamp), ssrc};
  view.payload = payload;
  return buffer.push(view, now);
}

/// Sends `count` packets over a network that adds nothing.
void talk(Play& play, Talker& talker, int count) {
  for (int i = 0; i < count; ++i) play.fly(talker.talk());
}

TEST(JitterBuffer, IsQuietBeforeTheFirstPacket) {
  JitterBuffer buffer;
  EXPECT_TRUE(std::holds_alternative<JitterBuffer::Quiet>(buffer.pop(at(0))));
  EXPECT_EQ(buffer.delay(), base::Duration::zero());
  EXPECT_EQ(buffer.counters().quiet, 1u);
}

TEST(JitterBuffer, HandsOutWhatWasPutIn) {
  JitterBuffer buffer;
  EXPECT_EQ(push(buffer, at(100), 7, 1600), Pushed::stored);
  EXPECT_EQ(buffer.waiting(), 1);
  const auto popped = buffer.pop(at(110));
  const auto* packet = std::get_if<JitterBuffer::Packet>(&popped);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->payload_type, 8);
  EXPECT_EQ(packet->seq, Seq(7));
  EXPECT_EQ(packet->timestamp, Timestamp(1600));
  EXPECT_EQ(packet->payload.size(), 160u);
  EXPECT_EQ(packet->payload[0], 7);
  EXPECT_TRUE(packet->restart);
  EXPECT_EQ(buffer.waiting(), 0);
}

TEST(JitterBuffer, AddsAtMostOnePacketOfDelayOnACleanNetworkWhateverThePhase) {
  for (int phase = 0; phase < 20; ++phase) {
    Play play;
    Talker talker;
    play.set_phase(Millis(phase));
    talk(play, talker, 500);
    play.until(at(10'120));
    EXPECT_EQ(play.played.size(), 500u) << "phase " << phase;
    EXPECT_EQ(play.missing_between(at(0), at(10'080)), 0u);
    EXPECT_LE(play.longest_delay(), Millis(25));
    EXPECT_LE(play.buffer.delay(), Millis(25));
    EXPECT_EQ(play.restarts_told, 1);
  }
}

TEST(JitterBuffer, PlaysEveryPacketLength) {
  for (int length : {10, 20, 30, 40, 60}) {
    Play play;
    Talker talker;
    talker.length = play.packet_length = Millis(length);
    talk(play, talker, 6000 / length);
    play.until(at(6000));
    EXPECT_GE(play.played.size(), 5880u / static_cast<unsigned>(length)) << length;
    EXPECT_EQ(play.missing.size(), 0u) << length;
    EXPECT_TRUE(play.in_order());
    EXPECT_LE(play.longest_delay(), Millis(25 + 20)) << length;
  }
}

TEST(JitterBuffer, ConcealsALostPacketOfEveryLength) {
  for (int length : {10, 20, 30, 40, 60}) {
    Play play;
    Talker talker;
    talker.length = play.packet_length = Millis(length);
    for (int i = 0; i < 6000 / length; ++i) {
      const Flying f = talker.talk();
      if (i != 50) play.fly(f);
    }
    play.until(at(6000));
    const auto least = static_cast<std::size_t>(length / 20);  // two of 10 ms make one concealment
    EXPECT_GE(play.missing.size(), least) << length;
    EXPECT_LE(play.missing.size(), least + 1) << length;
    EXPECT_EQ(play.buffer.counters().late, 0u);
    EXPECT_LE(play.longest_delay(), Millis(50));
  }
}

TEST(JitterBuffer, FollowsAChangeOfPacketLength) {
  Play play;
  Talker talker;
  talk(play, talker, 100);
  play.until(at(2100));
  talker.length = play.packet_length = Millis(40);
  talk(play, talker, 50);
  play.until(at(4090));
  const auto missing = play.missing.size();
  EXPECT_LE(missing, 3u);
  talker.length = play.packet_length = Millis(20);
  talk(play, talker, 100);
  play.until(at(6050));
  EXPECT_LE(play.missing.size(), missing + 3);
  EXPECT_GE(play.played.size(), 245u);
}

TEST(JitterBuffer, PutsReorderedPacketsBackInOrder) {
  Play play;
  Talker talker;
  for (int i = 0; i < 300; ++i) {
    Flying f = talker.talk();
    if (i % 10 == 5) f.at += Millis(30);  // overtaken by the next one
    play.fly(f);
  }
  play.until(at(6000));
  EXPECT_TRUE(play.in_order());
  EXPECT_GE(play.played.size(), 292u);
  EXPECT_EQ(play.missing_between(at(2000), at(6000)), 0u) << "the delay has learnt";
}

TEST(JitterBuffer, IgnoresDuplicates) {
  Play play;
  Talker talker;
  for (int i = 0; i < 100; ++i) {
    Flying f = talker.talk();
    play.fly(f);
    f.at += Millis(i % 3 * 25);
    play.fly(f);
  }
  play.until(at(2200));
  EXPECT_EQ(play.played.size(), 100u);
  EXPECT_TRUE(play.in_order());
  EXPECT_EQ(play.buffer.counters().duplicates, 100u);
  EXPECT_EQ(play.buffer.counters().late, 0u);
}

TEST(JitterBuffer, DropsPacketOlderThanPlayout) {
  JitterBuffer buffer;
  push(buffer, at(100), 1, 160);
  (void)buffer.pop(at(110));
  push(buffer, at(140), 3, 480);
  EXPECT_TRUE(std::holds_alternative<JitterBuffer::Missing>(buffer.pop(at(130 + 20))));
  EXPECT_TRUE(std::holds_alternative<JitterBuffer::Packet>(buffer.pop(at(170))));
  EXPECT_EQ(push(buffer, at(171), 2, 320), Pushed::late);
  EXPECT_EQ(push(buffer, at(172), 3, 480), Pushed::duplicate);
  EXPECT_EQ(buffer.counters().late, 1u);
  EXPECT_EQ(buffer.waiting(), 0);
}

TEST(JitterBuffer, DropsPacketThatComesAfterItsConcealmentWhenItsSuccessorIsDue) {
  JitterBuffer buffer;
  push(buffer, at(100), 1, 160);
  (void)buffer.pop(at(124));
  push(buffer, at(140), 3, 480);
  EXPECT_TRUE(std::holds_alternative<JitterBuffer::Missing>(buffer.pop(at(144))));
  EXPECT_EQ(push(buffer, at(150), 2, 320), Pushed::stored);
  const auto popped = buffer.pop(at(164));
  ASSERT_TRUE(std::holds_alternative<JitterBuffer::Packet>(popped));
  EXPECT_EQ(std::get<JitterBuffer::Packet>(popped).seq, Seq(3)) << "the delay does not grow for it";
  EXPECT_EQ(buffer.counters().late, 1u);
}

TEST(JitterBuffer, GrowsAtOnceOnASpikeAndLosesNothing) {
  Play play;
  Talker talker;
  for (int i = 0; i < 1000; ++i) {
    Flying f = talker.talk();
    if (i >= 200 && i < 205) f.at = talker.next + Millis((204 - i) * 20);  // five come at once
    play.fly(f);
  }
  play.until(at(4400));
  EXPECT_GE(play.buffer.delay(), Millis(80));
  EXPECT_LE(play.buffer.delay(), Millis(140));
  EXPECT_EQ(play.buffer.counters().late, 0u);
  play.until(at(20'050));
  EXPECT_LE(play.buffer.delay(), Millis(32)) << "and shrinks when the network stays clean";
  EXPECT_LE(play.missing.size(), 6u);
}

TEST(JitterBuffer, ShrinksSoonerInSilence) {
  const auto excess_lasts = [](bool silent) {
    Play play;
    Talker talker;
    play.silence = [&](Time) { return silent; };
    for (int i = 0; i < 1000; ++i) {
      Flying f = talker.talk();
      if (i == 100) f.at += Millis(150);
      play.fly(f);
    }
    for (int t = 3000; t < 20'000; t += 20) {
      play.until(at(t));
      if (play.buffer.delay() < Millis(50)) return t;
    }
    return 20'000;
  };
  EXPECT_LT(excess_lasts(true), excess_lasts(false));
  EXPECT_LT(excess_lasts(false), 20'000);
}

TEST(JitterBuffer, ChangesByOneFrameAtATimeWhileSomebodySpeaks) {
  Play play;
  Talker talker;
  for (int i = 0; i < 1000; ++i) {
    Flying f = talker.talk();
    if (i == 100) f.at += Millis(150);
    play.fly(f);
  }
  play.until(at(20'050));
  int jumps = 0;
  for (std::size_t i = 1; i < play.played.size(); ++i) {
    const int step = play.played[i].index - play.played[i - 1].index;
    EXPECT_LE(step, 2);
    jumps += step == 2 ? 1 : 0;
  }
  EXPECT_GE(jumps, 4);
  EXPECT_EQ(play.buffer.counters().late, 1u);
  EXPECT_EQ(play.buffer.counters().dropped + 1, static_cast<unsigned>(jumps));
}

TEST(JitterBuffer, NeverDelaysBeyondTheMost) {
  Play play;
  Talker talker;
  for (int i = 0; i < 1000; ++i) {
    Flying f = talker.talk();
    if (i % 50 == 0) f.at += Millis(450);
    play.fly(f);
  }
  play.until(at(20'050));
  EXPECT_LE(play.longest_delay(), Millis(220));
  EXPECT_GE(play.buffer.counters().late, 15u);
}

TEST(JitterBuffer, BeginsAnewWithANewSource) {
  Play play;
  Talker talker;
  talk(play, talker, 50);
  talker.ssrc = 2;
  talker.seq = 60'000;
  talker.timestamp = 77;
  talk(play, talker, 50);
  play.until(at(2200));
  EXPECT_EQ(play.restarts_told, 2);
  EXPECT_EQ(play.buffer.counters().restarts, 1u);
  EXPECT_GE(play.played.size(), 98u);
}

TEST(JitterBuffer, FollowsTimestampAndSequenceJumps) {
  for (std::int64_t jump : {80'000'000ll, -80'000'000ll, 40'000ll, -40'000ll, 4'000ll, -4'000ll}) {
    for (int seq_jump : {0, 20'000}) {
      Play play;
      Talker talker;
      talk(play, talker, 100);
      talker.timestamp += static_cast<std::uint32_t>(jump);
      talker.seq = static_cast<std::uint16_t>(talker.seq + seq_jump);
      talk(play, talker, 500);
      play.until(at(12'090));
      EXPECT_GE(play.played.size(), 575u) << jump << " " << seq_jump;
      EXPECT_TRUE(play.in_order()) << jump;
      EXPECT_EQ(play.missing_between(at(3000), at(12'000)), 0u) << jump;
      EXPECT_LE(play.buffer.delay(), Millis(45)) << jump;
    }
  }
}

TEST(JitterBuffer, IsNotMisledByALoneStrayPacket) {
  Play play;
  Talker talker;
  talk(play, talker, 100);
  Flying stray = talker.talk();
  talker.seq--;
  talker.index--;
  talker.next = stray.sent;
  talker.timestamp = stray.header.timestamp.value();
  stray.header.seq = stray.header.seq.plus(9000);
  stray.header.timestamp = stray.header.timestamp.plus(1'000'000);
  play.fly(stray);
  talk(play, talker, 100);
  play.until(at(4110));
  EXPECT_EQ(play.played.size(), 200u);
  EXPECT_EQ(play.buffer.counters().rejected, 1u);
  EXPECT_EQ(play.buffer.counters().restarts, 0u);
}

TEST(JitterBuffer, TakesSilenceSuppressionForAPauseNotForLoss) {
  Play play;
  Talker talker;
  for (int spurt = 0; spurt < 10; ++spurt) {
    play.fly(talker.talk(true));
    talk(play, talker, 49);
    talker.pause(Millis(700));
  }
  play.until(at(18'000));
  EXPECT_EQ(play.played.size(), 500u);
  EXPECT_LE(play.buffer.counters().concealed, 5u) << "the last pause is still open";
  EXPECT_LE(play.longest_delay(), Millis(25));
}

TEST(JitterBuffer, KeepsFiftyPacketsAndDropsTheOldest) {
  JitterBuffer buffer;
  for (int i = 0; i < 80; ++i) push(buffer, at(100 + 20 * i), i, static_cast<std::uint32_t>(160 * i));
  EXPECT_EQ(buffer.waiting(), JitterBuffer::max_packets);
  EXPECT_EQ(buffer.counters().dropped, 30u);
  const auto popped = buffer.pop(at(100 + 20 * 79));
  const auto* packet = std::get_if<JitterBuffer::Packet>(&popped);
  ASSERT_TRUE(packet);
  EXPECT_GE(packet->seq.value(), 69) << "what was older than 200 ms is of no use";
}

TEST(JitterBuffer, RejectsPayloadsThatAreEmptyOrTooLarge) {
  JitterBuffer buffer;
  EXPECT_EQ(push(buffer, at(0), 1, 0, 1, 0), Pushed::rejected);
  EXPECT_EQ(push(buffer, at(0), 1, 0, 1, 1501), Pushed::rejected);
  EXPECT_EQ(push(buffer, at(0), 1, 0, 1, 1500), Pushed::stored);
}

TEST(JitterBuffer, ForgetsTheStreamOnReset) {
  JitterBuffer buffer;
  push(buffer, at(100), 1, 160);
  buffer.reset();
  EXPECT_EQ(buffer.waiting(), 0);
  EXPECT_TRUE(std::holds_alternative<JitterBuffer::Quiet>(buffer.pop(at(120))));
  EXPECT_EQ(push(buffer, at(130), 900, 5), Pushed::stored);
  EXPECT_EQ(buffer.counters().restarts, 0u);
}

TEST(JitterBuffer, PlaysOnThroughLateTicks) {
  JitterBuffer buffer;
  int missing = 0;
  auto random = base::seeded(5);
  for (int i = 0; i < 2000; ++i) {
    push(buffer, at(100 + 20 * i), i, static_cast<std::uint32_t>(160 * i));
    const int late = random() % 50 == 0 ? 30 : static_cast<int>(random() % 3);
    if (i == 0) continue;
    const auto popped = buffer.pop(at(100 + 20 * i - 9 + late));
    missing += std::holds_alternative<JitterBuffer::Missing>(popped) ? 1 : 0;
  }
  EXPECT_LE(missing, 2);
  EXPECT_LE(buffer.delay(), Millis(60));
}

}  // namespace
}  // namespace daedap::rtp
