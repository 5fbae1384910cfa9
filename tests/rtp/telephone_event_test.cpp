#include "rtp/telephone_event.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.hpp"

namespace daedap::rtp {
namespace {

using base::Millis;
using base::Time;

/// One packet of an event as it travels.
struct Sent {
  Time at{};
  PacketHeader header;
  std::array<std::uint8_t, 4> payload{};
};

Sent event_packet(int ms, std::uint16_t seq, std::uint32_t timestamp, bool marker, TelephoneEvent event) {
  return {Time(Millis(ms)), {marker, 101, Seq(seq), Timestamp(timestamp), 77}, event.bytes()};
}

std::string receive(DigitReceiver& receiver, const std::vector<Sent>& packets) {
  std::string digits;
  for (const Sent& s : packets) {
    PacketView view;
    view.header = s.header;
    view.payload = s.payload;
    if (const auto digit = receiver.on_packet(view, s.at)) digits += *digit;
  }
  return digits;
}

void press(std::vector<Sent>& out, int ms, char digit, int tone_ms) {
  const auto event = *digit_event(digit);
  const auto timestamp = static_cast<std::uint32_t>(ms * 8);
  const auto packet = [&](int at, bool end) {
    const auto duration = static_cast<std::uint16_t>(std::min(at, tone_ms) * 8);
    const auto seq = static_cast<std::uint16_t>(out.size() + 1);
    out.push_back(event_packet(ms + at, seq, timestamp, at == 50, {event, end, 7, duration}));
  };
  for (int at = 50; at < tone_ms; at += 50) packet(at, false);
  for (int copy = 0; copy < 3; ++copy) packet(tone_ms + copy * 5, true);
}

// The dialling of 911 as in RFC 4733 §5 (first digit 200 ms, second 250 ms at 880 ms, third at
// 1400 ms; 50 ms packets), the end of each press sent three times as §2.5.1.4 asks.
std::vector<Sent> rfc_example() {
  std::vector<Sent> out;
  press(out, 0, '9', 200);
  press(out, 880, '1', 250);
  press(out, 1400, '1', 150);
  return out;  // 6 + 7 + 5 packets
}

TEST(TelephoneEvent, ReadsAndWritesItsFourBytes) {  // RFC 4733 §2.3
  const std::array<std::uint8_t, 4> bytes{11, 0x80 | 10, 0x03, 0x20};
  const auto e = TelephoneEvent::parse(bytes);
  ASSERT_TRUE(e);
  EXPECT_EQ(e->event, 11);
  EXPECT_TRUE(e->end);
  EXPECT_EQ(e->volume, 10);
  EXPECT_EQ(e->duration, 800);
  EXPECT_EQ(e->bytes(), bytes);
}

TEST(TelephoneEvent, IsRefusedWhenCutShort) {
  EXPECT_EQ(TelephoneEvent::parse(std::array<std::uint8_t, 3>{}).error().code, base::Code::bad_syntax);
}

TEST(TelephoneEvent, NamesSixteenKeys) {
  std::string all;
  for (std::uint8_t e = 0; e < 16; ++e) all += *event_digit(e);
  EXPECT_EQ(all, "0123456789*#ABCD");
  for (char c : all) EXPECT_EQ(event_digit(*digit_event(c)), c);
  EXPECT_EQ(digit_event('d'), 15);
  EXPECT_FALSE(event_digit(16));
  EXPECT_FALSE(digit_event('x'));
}

TEST(DigitReceiver, HearsTheExampleOfTheSpecificationAs911) {
  DigitReceiver receiver;
  EXPECT_EQ(receive(receiver, rfc_example()), "911");
}

TEST(DigitReceiver, HearsItWhateverSinglePacketIsLost) {
  for (std::size_t lost = 0; lost < rfc_example().size(); ++lost) {
    auto packets = rfc_example();
    packets.erase(packets.begin() + static_cast<long>(lost));
    DigitReceiver receiver;
    EXPECT_EQ(receive(receiver, packets), "911") << "lost " << lost;
  }
}

TEST(DigitReceiver, HearsADigitOfWhichOnlyTheEndArrives) {
  const auto all = rfc_example();
  DigitReceiver receiver;
  EXPECT_EQ(receive(receiver, {all[5], all[12], all[17]}), "911");
}

TEST(DigitReceiver, HearsTwoEqualDigitsThoughEveryEndIsLost) {
  const auto all = rfc_example();
  DigitReceiver receiver;
  EXPECT_EQ(receive(receiver, {all[6], all[7], all[13], all[14]}), "11");
}

TEST(DigitReceiver, IgnoresWhatAnEarlierPressSendsLate) {
  auto packets = rfc_example();
  std::swap(packets[5], packets[6]);    // an end of 9 behind the start of 1
  std::swap(packets[12], packets[13]);
  DigitReceiver receiver;
  EXPECT_EQ(receive(receiver, packets), "911");
}

TEST(DigitReceiver, IgnoresDuplicatesOfEveryPacket) {
  std::vector<Sent> twice;
  for (const Sent& s : rfc_example()) twice.insert(twice.end(), 2, s);
  DigitReceiver receiver;
  EXPECT_EQ(receive(receiver, twice), "911");
}

// RFC 4733 §2.5.1.3: after 0xFFFF units a new segment begins, without marker.
std::vector<Sent> long_press() {
  std::vector<Sent> packets;
  int ms = 0;
  std::uint16_t seq = 0;
  for (std::uint32_t units = 160; units <= 3 * 65535; units += 160, ms += 20) {
    const std::uint32_t segment = (units - 1) / 65535 * 65535;
    packets.push_back(event_packet(ms, seq++, 5000 + segment, units == 160,
                                   {4, false, 7, static_cast<std::uint16_t>(units - segment)}));
  }
  return packets;
}

TEST(DigitReceiver, HearsALongPressInSegmentsOnce) {
  DigitReceiver receiver;
  EXPECT_EQ(receive(receiver, long_press()), "4");
}

TEST(DigitReceiver, HearsItOnceThoughTheEndOfASegmentIsLost) {
  auto packets = long_press();
  constexpr int last_of_segment = 65535 / 160;
  packets.erase(packets.begin() + last_of_segment - 6, packets.begin() + last_of_segment);
  DigitReceiver receiver;
  EXPECT_EQ(receive(receiver, packets), "4");
}

TEST(DigitReceiver, ToleratesATimestampThatMovesWithinThePress) {
  std::vector<Sent> packets;
  for (int i = 0; i < 8; ++i) {
    packets.push_back(event_packet(i * 20, static_cast<std::uint16_t>(i), 160u * static_cast<unsigned>(i), i == 0,
                                   {5, i >= 5, 7, static_cast<std::uint16_t>(160 * std::min(i + 1, 6))}));
  }
  DigitReceiver receiver;
  EXPECT_EQ(receive(receiver, packets), "5");
}

TEST(DigitReceiver, HearsTheSameKeyAgainAfterANewSourceAndAfterReset) {
  auto again = rfc_example();
  for (Sent& s : again) s.header.ssrc = 78;
  DigitReceiver receiver;
  EXPECT_EQ(receive(receiver, rfc_example()), "911");
  EXPECT_EQ(receive(receiver, again), "911");
  receiver.reset();
  EXPECT_EQ(receive(receiver, again), "911");
}

TEST(DigitReceiver, IgnoresEventsThatAreNoKeys) {
  DigitReceiver receiver;
  EXPECT_EQ(receive(receiver, {event_packet(0, 1, 0, true, {16, false, 7, 160})}), "") << "flash";
}

// Runs `ticks` ticks of 20 ms and returns what was sent in each.
std::vector<std::optional<DigitSender::Packet>> run(DigitSender& sender, int ticks, std::uint32_t from = 1000) {
  std::vector<std::optional<DigitSender::Packet>> sent;
  for (int i = 0; i < ticks; ++i) sent.push_back(sender.on_tick(Timestamp(from + 160u * static_cast<unsigned>(i))));
  return sent;
}

TEST(DigitSender, SendsToneThenThreeEndsThenPause) {
  DigitSender sender;
  ASSERT_TRUE(sender.queue('5'));
  const auto sent = run(sender, 12);
  for (int i = 0; i < 7; ++i) {
    ASSERT_TRUE(sent[i]) << i;
    const auto e = TelephoneEvent::parse(sent[i]->payload);
    EXPECT_EQ(e->event, 5);
    EXPECT_EQ(sent[i]->marker, i == 0);
    EXPECT_EQ(sent[i]->timestamp, Timestamp(1000)) << "all packets of a press carry its start";
    EXPECT_EQ(e->end, i >= 4);
    EXPECT_EQ(e->duration, 160 * std::min(i + 1, 5));
  }
  for (int i = 7; i < 12; ++i) EXPECT_FALSE(sent[i]) << i;
  EXPECT_FALSE(sender.busy());
}

TEST(DigitSender, LeavesAPauseBetweenTwoDigits) {
  DigitSender sender;
  sender.queue('1');
  sender.queue('1');
  const auto sent = run(sender, 18);
  EXPECT_FALSE(sent[7] || sent[8] || sent[9]);
  ASSERT_TRUE(sent[10]);
  EXPECT_TRUE(sent[10]->marker);
  EXPECT_EQ(sent[10]->timestamp, Timestamp(1000 + 1600));
}

TEST(DigitSender, QueuesThirtyTwoDigits) {
  DigitSender sender;
  for (int i = 0; i < 32; ++i) EXPECT_TRUE(sender.queue('7'));
  EXPECT_FALSE(sender.queue('7'));
  EXPECT_TRUE(sender.busy());
  sender.reset();
  EXPECT_FALSE(sender.busy());
  EXPECT_FALSE(sender.queue('?'));
}

TEST(DigitSender, ScalesWithTheClockRate) {
  DigitSender sender(48'000);
  sender.queue('#');
  const auto sent = run(sender, 7);
  EXPECT_EQ(TelephoneEvent::parse(sent[6]->payload)->duration, 4800);
}

TEST(DigitSender, IsUnderstoodByTheReceiverThroughLoss) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    auto random = base::seeded(seed);
    DigitSender sender;
    const std::string digits = "0123456789*#ABCD1122";
    for (char c : digits) sender.queue(c);
    std::vector<Sent> arrived;
    int tick = 0;
    int lost_in_row = 0;
    for (; sender.busy(); ++tick) {
      const auto p = sender.on_tick(Timestamp(160u * static_cast<unsigned>(tick)));
      if (!p) continue;
      const bool lose = random() % 4 == 0 && lost_in_row < 6;
      lost_in_row = lose ? lost_in_row + 1 : 0;
      if (!lose) arrived.push_back({Time(Millis(tick * 20)), {p->marker, 101, Seq(0), p->timestamp, 1}, p->payload});
    }
    DigitReceiver receiver;
    EXPECT_EQ(receive(receiver, arrived), digits) << "seed " << seed;
  }
}

}  // namespace
}  // namespace daedap::rtp
