#include "media/receiver.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "audio/level.hpp"
#include "audio/sine.hpp"
#include "media/fakes.hpp"

namespace daedap::media {
namespace {

using namespace testing;
using audio::testing::sine_snr;

struct ReceiverTest : ::testing::Test {
  ReceiverTest() {
    receiver.configure(negotiated());
    receiver.set_sink(&frames);
    receiver.set_digit_sink([this](char d, Time) { digits += d; });
  }
  void push(const Bytes& packet, Time now) {
    receiver.on_packet(*rtp::PacketView::parse(packet), now);
  }
  void tick(Time now) {
    receiver.on_tick(now, position);
    position += 320;
  }
  /// `ms` of a call in which packets of `ptime` arrive half-way between two ticks.
  void run(int ms, int ptime = 20) {
    for (int end = clock + ms; clock < end; clock += 10) {
      if (clock % 20 == 0) tick(at(clock));
      while (due <= clock && (clock % 20 == 10 || ptime == 10)) {
        push(peer.packet(ptime), at(clock));
        due += ptime;
      }
    }
  }
  std::span<const std::int16_t> last(std::size_t ms) const {
    return std::span(frames.pcm).last(ms * 16);
  }

  Receiver receiver;
  Frames frames;
  Peer peer;
  std::string digits;
  std::int64_t position = 0;
  int clock = 0, due = 0;
};

TEST_F(ReceiverTest, HandsOneFramePerTickFromTheFirstTickOn) {
  for (int i = 0; i < 50; ++i) tick(at(20 * i));
  ASSERT_EQ(frames.infos.size(), 50u);
  EXPECT_EQ(audio::peak(frames.pcm), 0);
  for (std::size_t i = 0; i < 50; ++i) {
    EXPECT_EQ(frames.infos[i].position, static_cast<std::int64_t>(320 * i));
    EXPECT_TRUE(frames.infos[i].concealed);
  }
  EXPECT_EQ(receiver.buffer().counters().concealed, 0u);  // nothing was lost
}

class ReceiverPtime : public ReceiverTest, public ::testing::WithParamInterface<int> {};

TEST_P(ReceiverPtime, PlaysPacketsOfAnyPacketTimeWithoutAGap) {
  run(3000, GetParam());
  EXPECT_EQ(frames.infos.size(), 150u);
  EXPECT_GT(sine_snr(last(2000), 500, 16000), 30);
  EXPECT_FALSE(frames.infos.back().concealed);
}

INSTANTIATE_TEST_SUITE_P(All, ReceiverPtime, ::testing::Values(10, 20, 30, 40, 60));

TEST_F(ReceiverTest, TellsWhenAFrameArrivedWithThePlayoutDelayTakenOff) {
  run(2000);
  const auto& info = frames.infos.back();
  // The tick is at a multiple of 20 ms, its packet came 10 or 30 ms before.
  const auto age = at(clock - 20) - info.heard;
  EXPECT_GE(age, Millis(10));
  EXPECT_LE(age, Millis(31));
  EXPECT_EQ(age % Millis(20), Millis(10));
}

TEST_F(ReceiverTest, HeardNeverRunsBackwardsUnderJitter) {
  base::Random random(base::seeded(5));
  std::multimap<std::int64_t, Bytes> air;
  for (int ms = 0; ms < 20'000; ms += 5) {
    const int jitter = ms < 10'000 ? 120 : 5;
    if (ms % 20 == 0) air.emplace(ms + random.u32() % jitter, peer.packet());
    while (!air.empty() && air.begin()->first <= ms) {
      push(air.begin()->second, at(ms));
      air.erase(air.begin());
    }
    if (ms % 20 == 15) tick(at(ms));
  }
  for (std::size_t i = 1; i < frames.infos.size(); ++i) {
    ASSERT_GE(frames.infos[i].heard, frames.infos[i - 1].heard) << i;
    ASSERT_LE(frames.infos[i].heard, at(static_cast<std::int64_t>(20 * i + 15)));
  }
}

TEST_F(ReceiverTest, ConcealsALostPacket) {
  peer.hz = 150;
  run(1000);
  peer.packet();  // lost
  due += 20;
  run(200);
  EXPECT_EQ(receiver.buffer().counters().concealed, 1u);
  const auto lost = std::ranges::find_if(frames.infos.begin() + 20, frames.infos.end(),
                                         &audio::FrameInfo::concealed);
  ASSERT_NE(lost, frames.infos.end());
  const auto index = static_cast<std::size_t>(lost - frames.infos.begin());
  EXPECT_GT(audio::rms_dbfs(std::span(frames.pcm).subspan(index * 320, 320)), -20);
  EXPECT_FALSE(frames.infos[index + 1].concealed);
}

TEST_F(ReceiverTest, FallsSilentWhenThePeerStops) {
  run(1000);
  for (int i = 0; i < 50; ++i) tick(at(clock += 20));
  EXPECT_EQ(audio::peak(last(500)), 0);
  EXPECT_LE(receiver.buffer().counters().concealed, 6u);
}

TEST_F(ReceiverTest, FollowsACodecChangeInMidStream) {
  run(1000);
  peer.law = audio::Law::a;
  peer.payload_type = 8;
  run(1000);
  EXPECT_GT(sine_snr(last(1500), 500, 16000), 30);
}

TEST_F(ReceiverTest, KnowsTheFormerCodecsUntilTheNextChange) {
  run(500);
  auto only_a = negotiated();
  only_a.receive = {pcma()};
  only_a.recv_event_type = 96;
  receiver.configure(only_a);
  EXPECT_TRUE(receiver.payload_types().test(0));
  EXPECT_TRUE(receiver.payload_types().test(101));
  EXPECT_TRUE(receiver.payload_types().test(96));
  run(500);  // the peer still sends PCMU
  EXPECT_GT(sine_snr(last(400), 500, 16000), 30);
  receiver.configure(only_a);
  EXPECT_FALSE(receiver.payload_types().test(0));
  EXPECT_FALSE(receiver.payload_types().test(101));
}

TEST_F(ReceiverTest, TellsADigitOncePerPressAndNeverPlaysIt) {
  run(500);
  const auto start = peer.timestamp;
  for (int i = 0; i < 7; ++i) {
    rtp::TelephoneEvent event{.event = 11, .end = i >= 4,
                              .duration = static_cast<std::uint16_t>(160 * std::min(i + 1, 5))};
    push(peer.raw(101, event.bytes(), i == 0), at(clock));
    tick(at(clock));
    clock += 20;
  }
  EXPECT_EQ(digits, "#");
  EXPECT_EQ(peer.timestamp, start);
  EXPECT_EQ(receiver.buffer().waiting(), 0);
}

TEST_F(ReceiverTest, SkipsCodecsItDoesNotHave) {
  auto odd = negotiated();
  const sdp::Codec g729{.name = "G729", .payload_type = 18};
  const sdp::Codec wild{.name = "PCMA", .payload_type = 300};
  odd.receive = {g729, wild, pcma()};
  Receiver r;
  r.configure(odd);
  EXPECT_FALSE(r.payload_types().test(18));
  EXPECT_TRUE(r.payload_types().test(8));
}

TEST_F(ReceiverTest, EndsATickWhateverTinyPacketsWait) {
  for (int i = 0; i < 200; ++i) {
    const Bytes one{0xFF};
    push(peer.raw(0, one), at(i));
    peer.timestamp = peer.timestamp.plus(1);
  }
  for (int i = 0; i < 10; ++i) tick(at(200 + 20 * i));
  EXPECT_EQ(frames.infos.size(), 10u);
}

}  // namespace
}  // namespace daedap::media
