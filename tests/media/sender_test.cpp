#include "media/sender.hpp"

#include <gtest/gtest.h>

#include "audio/sine.hpp"
#include "media/fakes.hpp"

namespace daedap::media {
namespace {

using namespace testing;
using audio::testing::sine;
using audio::testing::sine_snr;

struct SenderTest : ::testing::Test {
  SenderTest() { sender.configure(negotiated()); }

  /// One tick; the packet is kept in `wire` when one leaves.
  std::optional<rtp::PacketHeader> tick() {
    std::array<std::uint8_t, Sender::max_size> out;
    const std::size_t n = sender.on_tick(at(20 * ticks), 320 * ticks, out);
    ++ticks;
    if (n == 0) return std::nullopt;
    wire.push_back({0, {}, Bytes(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(n))});
    return rtp::PacketView::parse(wire.back().bytes)->header;
  }
  Bytes payload() const {
    const auto span = rtp::PacketView::parse(wire.back().bytes)->payload;
    return Bytes(span.begin(), span.end());
  }

  base::Random random{base::seeded(1)};
  Sender sender{random};
  std::int64_t ticks = 0;
  std::vector<FakeNet::Sent> wire;
};

TEST_F(SenderTest, SendsSilenceWhenNothingIsQueued) {
  const auto header = tick();
  ASSERT_TRUE(header);
  EXPECT_EQ(header->payload_type, 0);
  EXPECT_EQ(payload(), Bytes(160, 0xFF));
  EXPECT_EQ(sender.played(), 0);
}

TEST_F(SenderTest, CountsOneSequenceNumberAnd160UnitsPerTick) {
  const auto first = *tick();
  for (int i = 1; i < 100; ++i) {
    const auto next = *tick();
    ASSERT_EQ(next.seq, first.seq.plus(i));
    ASSERT_EQ(next.timestamp, first.timestamp.plus(160 * i));
    ASSERT_EQ(next.ssrc, sender.ssrc());
  }
}

// RFC 3551 §4.1
TEST_F(SenderTest, MarksTheFirstPacketAlone) {
  EXPECT_TRUE(tick()->marker);
  EXPECT_FALSE(tick()->marker);
  sender.enqueue(sine(500, 16000, 320));
  EXPECT_FALSE(tick()->marker);
}

TEST_F(SenderTest, PlaysWhatIsQueued) {
  EXPECT_TRUE(sender.enqueue(sine(500, 16000, 100 * 320)));
  EXPECT_EQ(sender.queued(), 32'000);
  for (int i = 0; i < 100; ++i) tick();
  EXPECT_EQ(sender.played(), 32'000);
  EXPECT_EQ(sender.queued(), 0);
  const auto pcm = decoded(wire);
  EXPECT_GT(sine_snr(std::span(pcm).subspan(160), 500, 8000), 30);
}

TEST_F(SenderTest, PadsThePartialLastFrameAndCountsItRight) {
  sender.enqueue(std::vector<std::int16_t>(330, 4000));
  tick();
  EXPECT_EQ(sender.played(), 320);
  EXPECT_EQ(sender.queued(), 10);
  tick();
  EXPECT_EQ(sender.played(), 330);
  tick();
  EXPECT_EQ(sender.played(), 330);
}

TEST_F(SenderTest, RefusesMoreThanTwoMinutes) {
  const std::vector<std::int16_t> minute(60 * 16000, 1);
  EXPECT_TRUE(sender.enqueue(minute));
  EXPECT_TRUE(sender.enqueue(minute));
  EXPECT_FALSE(sender.enqueue(std::vector<std::int16_t>(1, 1)));
  EXPECT_EQ(sender.queued(), 120 * 16000);
}

TEST_F(SenderTest, PausesAndResumesAtTheExactSample) {
  std::vector<std::int16_t> ramp(3200);
  for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<std::int16_t>(i * 5);
  Frames copy;
  sender.set_sink(&copy);
  sender.enqueue(ramp);
  for (int i = 0; i < 3; ++i) tick();
  sender.pause();
  EXPECT_TRUE(sender.paused());
  for (int i = 0; i < 5; ++i) tick();
  EXPECT_EQ(sender.played(), 960);
  EXPECT_EQ(sender.queued(), 2240);
  sender.resume();
  for (int i = 0; i < 7; ++i) tick();
  EXPECT_EQ(sender.played(), 3200);
  EXPECT_EQ(wire.size(), 15u);  // silence was sent in between
  std::vector<std::int16_t> heard(copy.pcm.begin(), copy.pcm.begin() + 960);
  EXPECT_TRUE(std::all_of(copy.pcm.begin() + 960, copy.pcm.begin() + 8 * 320,
                          [](auto s) { return s == 0; }));
  heard.insert(heard.end(), copy.pcm.begin() + 8 * 320, copy.pcm.end());
  EXPECT_EQ(heard, ramp);
}

TEST_F(SenderTest, DiscardDropsTheQueueAndUnpauses) {
  sender.enqueue(std::vector<std::int16_t>(1000, 1));
  tick();
  sender.pause();
  sender.discard();
  EXPECT_FALSE(sender.paused());
  EXPECT_EQ(sender.queued(), 0);
  EXPECT_EQ(sender.played(), 320);
  tick();
  EXPECT_EQ(sender.played(), 320);
}

TEST_F(SenderTest, OnHoldSendsNothingUsesUpNothingAndLetsTimeRun) {
  sender.enqueue(std::vector<std::int16_t>(3200, 1000));
  const auto before = *tick();
  auto hold = negotiated();
  hold.direction = sdp::Direction::recvonly;
  sender.configure(hold);
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(tick());
  hold.direction = sdp::Direction::inactive;
  sender.configure(hold);
  EXPECT_FALSE(tick());
  EXPECT_EQ(sender.played(), 320);
  hold.direction = sdp::Direction::sendonly;
  sender.configure(hold);
  const auto after = *tick();
  EXPECT_EQ(after.seq, before.seq.plus(1));
  EXPECT_EQ(after.timestamp, before.timestamp.plus(52 * 160));
  EXPECT_TRUE(after.marker);
  EXPECT_EQ(sender.played(), 640);
}

TEST_F(SenderTest, ChangesCodecInMidWordWithoutLosingASample) {
  sender.enqueue(sine(500, 16000, 40 * 320));
  for (int i = 0; i < 20; ++i) tick();
  auto moved = negotiated("192.0.2.55:7000");
  moved.codec = pcma();
  sender.configure(moved);
  for (int i = 0; i < 20; ++i) tick();
  const auto pcm = decoded(wire);
  EXPECT_EQ(rtp::PacketView::parse(wire[20].bytes)->header.payload_type, 8);
  EXPECT_EQ(pcm.size(), 40u * 160);
  // One lost or doubled sample at the seam would leave less than 15 dB.
  EXPECT_GT(sine_snr(std::span(pcm).subspan(160), 500, 8000), 30);
  EXPECT_EQ(sender.played(), 40 * 320);
}

TEST_F(SenderTest, SendsTwentyMillisecondsWhateverPtimeThePeerWants) {
  auto wants = negotiated();
  wants.ptime = 60;
  sender.configure(wants);
  tick();
  EXPECT_EQ(payload().size(), 160u);
}

TEST_F(SenderTest, SendsADigitInPlaceOfAudioWhichWaits) {
  sender.enqueue(std::vector<std::int16_t>(320 * 20, 500));
  tick();
  ASSERT_TRUE(sender.send_digit('5'));
  int events = 0;
  for (int i = 0; i < 15; ++i) {
    const auto header = tick();
    ASSERT_TRUE(header);
    if (header->payload_type != 101) continue;
    ++events;
    EXPECT_EQ(payload()[0], 5);
  }
  EXPECT_EQ(events, rtp::DigitSender::tone_ticks + rtp::DigitSender::end_copies - 1);
  EXPECT_EQ(sender.played(), (16 - events) * 320);
  for (std::size_t i = 1; i < wire.size(); ++i) {
    const auto a = rtp::PacketView::parse(wire[i - 1].bytes)->header.seq;
    EXPECT_EQ(rtp::PacketView::parse(wire[i].bytes)->header.seq, a.plus(1));
  }
}

TEST_F(SenderTest, RefusesDigitsThatWereNotNegotiated) {
  EXPECT_FALSE(sender.send_digit('x'));
  auto without = negotiated();
  without.send_event_type.reset();
  sender.configure(without);
  EXPECT_FALSE(sender.send_digit('5'));
}

TEST_F(SenderTest, ReportsWhatItSentAndTheTimeStampOfNow) {
  const auto first = *tick();
  tick();
  const auto info = sender.sender_info(at(20 + 10));
  EXPECT_EQ(info.packets, 2u);
  EXPECT_EQ(info.octets, 320u);
  EXPECT_EQ(info.rtp_timestamp, first.timestamp.plus(160 + 80).value());
}

TEST_F(SenderTest, CopiesEachFrameWithItsPosition) {
  Frames copy;
  sender.set_sink(&copy);
  auto hold = negotiated();
  hold.direction = sdp::Direction::inactive;
  tick();
  sender.configure(hold);
  tick();
  ASSERT_EQ(copy.infos.size(), 2u);
  EXPECT_EQ(copy.infos[1].position, 320);
  EXPECT_EQ(copy.infos[1].heard, at(20));
}

}  // namespace
}  // namespace daedap::media
