#include "rtp/rtcp.hpp"

#include <gtest/gtest.h>

#include <array>

#include "base/random.hpp"

namespace daedap::rtp {
namespace {

using base::Millis;
using base::Time;
using Bytes = std::vector<std::uint8_t>;

const ReportBlock block{.ssrc = 0x11223344,
                        .fraction_lost = 64,
                        .cumulative_lost = -3,
                        .highest_seq = 0x00010005,
                        .jitter = 17,
                        .last_sr = 0xB7052000,
                        .delay_since_last_sr = 0x00054000};

Bytes written(const Report& report) {
  Bytes out(1500);
  out.resize(write(report, out));
  return out;
}

Report sender_report() {
  static const std::array blocks{block};
  return {.ssrc = 0xCAFE,
          .sender = SenderInfo{NtpTime{0x0102030405060708}, 160, 10, 1600},
          .blocks = blocks,
          .cname = "leg@pbx"};
}

TEST(Rtcp, ReadsBackASenderReport) {
  const auto c = Compound::parse(written(sender_report()));
  ASSERT_TRUE(c);
  EXPECT_EQ(c->ssrc, 0xCAFEu);
  ASSERT_TRUE(c->sender);
  EXPECT_EQ(*c->sender, *sender_report().sender);
  ASSERT_EQ(c->blocks.size(), 1u);
  EXPECT_EQ(c->blocks[0], block);
  EXPECT_EQ(c->cname, "leg@pbx");
  EXPECT_TRUE(c->bye.empty());
}

TEST(Rtcp, ReadsBackAReceiverReportWithBye) {
  Report report = sender_report();
  report.sender.reset();
  report.bye = true;
  const auto c = Compound::parse(written(report));
  ASSERT_TRUE(c);
  EXPECT_FALSE(c->sender);
  EXPECT_EQ(c->blocks.size(), 1u);
  EXPECT_EQ(c->bye, std::vector<std::uint32_t>{0xCAFE});
}

TEST(Rtcp, WritesTheLayoutOfTheSpecification) {  // RFC 3550 §6.4.2, §6.5
  const Bytes b = written({.ssrc = 0x01020304, .cname = "ab"});
  EXPECT_EQ(b, (Bytes{0x80, 201, 0, 1, 1, 2, 3, 4,                             // RR, no block
                      0x81, 202, 0, 3, 1, 2, 3, 4, 1, 2, 'a', 'b', 0, 0, 0, 0}));  // SDES CNAME
}

TEST(Rtcp, PadsEveryLengthOfCname) {
  for (std::size_t length = 0; length <= 255; ++length) {
    const std::string cname(length, 'c');
    const Bytes b = written({.ssrc = 1, .cname = cname});
    ASSERT_EQ(b.size() % 4, 0u);
    const auto c = Compound::parse(b);
    ASSERT_TRUE(c) << length;
    EXPECT_EQ(c->cname, cname);
  }
  EXPECT_TRUE(written({.cname = std::string(256, 'c')}).empty());
}

TEST(Rtcp, IsNotWrittenWhereItDoesNotFit) {
  const std::size_t size = written(sender_report()).size();
  Bytes out(size);
  EXPECT_EQ(write(sender_report(), std::span(out).first(size - 1)), 0u);
  EXPECT_EQ(write(sender_report(), out), size);
  const std::vector<ReportBlock> many(32);
  EXPECT_TRUE(written({.blocks = many}).empty());
}

TEST(Rtcp, SkipsPacketsThatItDoesNotKnow) {
  Bytes b{0x80, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2};  // transport feedback first (RFC 5506)
  const Bytes report = written(sender_report());
  b.insert(b.end(), report.begin(), report.end());
  const auto c = Compound::parse(b);
  ASSERT_TRUE(c);
  EXPECT_TRUE(c->sender);
}

TEST(Rtcp, TakesPaddingOffTheLastPacketOnly) {
  Bytes last{0xA0, 203, 0, 1, 0, 0, 0, 4};
  EXPECT_TRUE(Compound::parse(last));
  last.back() = 5;
  EXPECT_FALSE(Compound::parse(last)) << "more padding than packet";
  last.back() = 0;
  EXPECT_FALSE(Compound::parse(last)) << "padding must count itself";
  Bytes first{0xA0, 203, 0, 1, 0, 0, 0, 4, 0x80, 203, 0, 0};
  EXPECT_FALSE(Compound::parse(first));
}

TEST(Rtcp, ReadsTheReasonOfABye) {
  const auto c = Compound::parse(Bytes{0x81, 203, 0, 3, 0, 0, 0, 9, 4, 'd', 'o', 'n', 'e', 0, 0, 0});
  ASSERT_TRUE(c);
  EXPECT_EQ(c->bye, std::vector<std::uint32_t>{9});
  EXPECT_EQ(c->bye_reason, "done");
}

TEST(Rtcp, RefusesWhatDoesNotAddUp) {
  const auto bad = [](const Bytes& b) { return Compound::parse(b).error().code == base::Code::bad_syntax; };
  EXPECT_TRUE(bad({}));
  EXPECT_TRUE(bad({0x80, 201, 0}));
  EXPECT_TRUE(bad({0x40, 201, 0, 0})) << "version";
  EXPECT_TRUE(bad({0x80, 201, 0, 9, 0, 0, 0, 0})) << "length";
  EXPECT_TRUE(bad({0x81, 201, 0, 1, 0, 0, 0, 0})) << "a block that is not there";
  EXPECT_TRUE(bad({0x80, 200, 0, 1, 0, 0, 0, 0})) << "SR without sender info";
  EXPECT_TRUE(bad({0x81, 202, 0, 2, 0, 0, 0, 1, 1, 9, 'a', 'b'})) << "SDES item over its packet";
  EXPECT_TRUE(bad({0x81, 202, 0, 2, 0, 0, 0, 1, 1, 2, 'a', 'b'})) << "SDES list without end";
  EXPECT_TRUE(bad({0x82, 203, 0, 1, 0, 0, 0, 1})) << "BYE with too few sources";
  EXPECT_TRUE(bad({0x81, 203, 0, 2, 0, 0, 0, 1, 9, 'a', 'b', 'c'})) << "BYE reason";
  EXPECT_EQ(Compound::parse(Bytes(1504)).error().code, base::Code::too_large);
}

TEST(Rtcp, BoundsPacketsAndBlocks) {
  Bytes empty_byes;
  for (int i = 0; i < 33; ++i) empty_byes.insert(empty_byes.end(), {0x80, 203, 0, 0});
  EXPECT_EQ(Compound::parse(empty_byes).error().code, base::Code::too_large);
  Bytes many;
  const std::vector<ReportBlock> blocks(28);
  for (int i = 0; i < 2; ++i) {
    const Bytes b = written({.ssrc = 5, .blocks = blocks});
    many.insert(many.end(), b.begin(), b.end());
  }
  EXPECT_EQ(Compound::parse(many)->blocks.size(), 56u);
  EXPECT_LE(Compound::parse(many)->blocks.capacity(), Compound::max_blocks);
}

TEST(Rtcp, SurvivesMutatedBytes) {
  auto random = base::seeded(11);
  Report report = sender_report();
  report.bye = true;
  const Bytes good = written(report);
  for (int round = 0; round < 20'000; ++round) {
    Bytes bytes = good;
    for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    bytes.resize(random() % (bytes.size() + 1));
    const auto c = Compound::parse(bytes);
    if (c) {
      ASSERT_LE(c->blocks.size(), Compound::max_blocks);
    }
  }
}

// RFC 3550 §6.4.1, figure 2: A = 0xb710:8000, DLSR = 5.25 s, LSR = 0xb705:2000 -> 6.125 s.
TEST(RoundTrip, IsThatOfTheSpecification) {
  const auto trip = round_trip(block, NtpTime{0x0000B710'80000000});
  ASSERT_TRUE(trip);
  EXPECT_EQ(*trip, Millis(6125));
}

TEST(RoundTrip, IsUnknownWithoutASenderReportOrWhenNegative) {
  EXPECT_FALSE(round_trip({.last_sr = 0}, NtpTime{1}));
  EXPECT_FALSE(round_trip({.last_sr = 0x10000, .delay_since_last_sr = 0x10000}, NtpTime{0x1'0000'0000}));
}

TEST(NtpTime, CountsSecondsIn32Bits) {
  EXPECT_EQ(NtpTime::from(Time(Millis(1500))).value, 0x1'8000'0000u);
  EXPECT_EQ(NtpTime::from(Time(Millis(1500))).middle(), 0x18000u);
}

}  // namespace
}  // namespace daedap::rtp
