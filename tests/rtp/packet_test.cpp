#include "rtp/packet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "base/random.hpp"

namespace daedap::rtp {
namespace {

using Bytes = std::vector<std::uint8_t>;
using testing::ElementsAre;

// RFC 3550 §5.1: V=2, PT 0, seq 0x1234, ts 0x01020304, SSRC 0xAABBCCDD.
Bytes packet(std::uint8_t first, std::uint8_t second, const Bytes& rest) {
  Bytes b{first, second, 0x12, 0x34, 1, 2, 3, 4, 0xAA, 0xBB, 0xCC, 0xDD};
  b.insert(b.end(), rest.begin(), rest.end());
  return b;
}

TEST(Seq, IsNewerAcrossTheWrap) {
  EXPECT_TRUE(Seq(0).newer_than(Seq(65535)));
  EXPECT_FALSE(Seq(65535).newer_than(Seq(0)));
  EXPECT_FALSE(Seq(7).newer_than(Seq(7)));
  EXPECT_EQ(Seq(2).distance_from(Seq(65533)), 5);
  EXPECT_EQ(Seq(65533).distance_from(Seq(2)), -5);
  EXPECT_EQ(Seq(65535).plus(2), Seq(1));
}

TEST(Timestamp, MeasuresAcrossTheWrap) {
  EXPECT_EQ(Timestamp(100).distance_from(Timestamp(0xFFFFFFFF)), 101);
  EXPECT_EQ(Timestamp(0xFFFFFFFF).plus(161), Timestamp(160));
  EXPECT_EQ(Timestamp(0).plus(-1), Timestamp(0xFFFFFFFF));
}

TEST(Packet, ReadsThePlainHeader) {
  const Bytes bytes = packet(0x80, 0x80 | 8, {9, 8, 7});
  const auto p = PacketView::parse(bytes);
  ASSERT_TRUE(p);
  EXPECT_TRUE(p->header.marker);
  EXPECT_EQ(p->header.payload_type, 8);
  EXPECT_EQ(p->header.seq, Seq(0x1234));
  EXPECT_EQ(p->header.timestamp, Timestamp(0x01020304));
  EXPECT_EQ(p->header.ssrc, 0xAABBCCDDu);
  EXPECT_THAT(p->payload, ElementsAre(9, 8, 7));
}

TEST(Packet, StepsOverCsrcsExtensionAndPadding) {
  const Bytes bytes = packet(0xB2, 0, {1, 1, 1, 1, 2, 2, 2, 2,              // two CSRCs
                                       0xBE, 0xDE, 0, 1, 5, 6, 7, 8,        // one word of extension
                                       42, 43, 0, 0, 3});                   // payload, 3 of padding
  const auto p = PacketView::parse(bytes);
  ASSERT_TRUE(p);
  EXPECT_THAT(p->csrcs, ElementsAre(1, 1, 1, 1, 2, 2, 2, 2));
  EXPECT_TRUE(p->has_extension);
  EXPECT_EQ(p->extension_profile, 0xBEDE);
  EXPECT_THAT(p->extension, ElementsAre(5, 6, 7, 8));
  EXPECT_THAT(p->payload, ElementsAre(42, 43));
}

TEST(Packet, RefusesWhatDoesNotAddUp) {
  const auto code = [](const Bytes& b) { return PacketView::parse(b).error().code; };
  EXPECT_EQ(code({}), base::Code::bad_syntax);
  EXPECT_EQ(code(Bytes(11, 0x80)), base::Code::bad_syntax);
  EXPECT_EQ(code(packet(0x40, 0, {})), base::Code::bad_syntax) << "version 1";
  EXPECT_EQ(code(packet(0x82, 0, {1, 1, 1, 1, 2})), base::Code::bad_syntax) << "CSRCs";
  EXPECT_EQ(code(packet(0x90, 0, {0, 0, 0})), base::Code::bad_syntax) << "extension head";
  EXPECT_EQ(code(packet(0x90, 0, {0, 0, 0, 2, 1, 1, 1, 1})), base::Code::bad_syntax) << "extension";
  EXPECT_EQ(code(packet(0xA0, 0, {})), base::Code::bad_syntax) << "padding without a byte";
  EXPECT_EQ(code(packet(0xA0, 0, {1, 0})), base::Code::bad_syntax) << "padding of none";
  EXPECT_EQ(code(packet(0xA0, 0, {1, 3})), base::Code::bad_syntax) << "padding over all";
  EXPECT_EQ(code(Bytes(1501, 0x80)), base::Code::too_large);
}

TEST(Packet, AcceptsAnEmptyPayloadAndPaddingAlone) {
  EXPECT_TRUE(PacketView::parse(packet(0x80, 0, {})));
  const Bytes padded = packet(0xA0, 0, {0, 2});
  const auto p = PacketView::parse(padded);
  ASSERT_TRUE(p);
  EXPECT_TRUE(p->payload.empty());
}

TEST(Packet, ReadsBackWhatItWrote) {
  const Bytes payload{1, 2, 3, 4};
  std::array<std::uint8_t, 16> out{};
  const PacketHeader header{true, 101, Seq(65535), Timestamp(0xFFFFFFF0), 0xDEADBEEF};
  ASSERT_EQ(write(header, payload, out), 16u);
  const auto p = PacketView::parse(out);
  ASSERT_TRUE(p);
  EXPECT_TRUE(p->header.marker);
  EXPECT_EQ(p->header.payload_type, 101);
  EXPECT_EQ(p->header.seq, header.seq);
  EXPECT_EQ(p->header.timestamp, header.timestamp);
  EXPECT_EQ(p->header.ssrc, header.ssrc);
  EXPECT_THAT(p->payload, ElementsAre(1, 2, 3, 4));
}

TEST(Packet, IsNotWrittenWhereItDoesNotFit) {
  std::array<std::uint8_t, 15> small{};
  EXPECT_EQ(write({}, Bytes(4), small), 0u);
  EXPECT_EQ(write({}, {}, std::span(small).first(11)), 0u);
  EXPECT_EQ(write({.payload_type = 128}, {}, small), 0u);
  EXPECT_EQ(write({}, Bytes(3), small), 15u);
}

TEST(Packet, TellsRtcpFromRtpOnOnePort) {  // RFC 5761 §4
  const auto rtcp = [](std::uint8_t second) { return is_rtcp(Bytes{0x80, second, 0, 0}); };
  for (int type = 200; type <= 204; ++type) EXPECT_TRUE(rtcp(static_cast<std::uint8_t>(type)));
  EXPECT_TRUE(rtcp(192));
  EXPECT_TRUE(rtcp(223));
  EXPECT_FALSE(rtcp(0));
  EXPECT_FALSE(rtcp(0x80 | 0)) << "PCMU with marker";
  EXPECT_FALSE(rtcp(0x80 | 101));
  EXPECT_FALSE(rtcp(191));
  EXPECT_FALSE(rtcp(224));
  EXPECT_FALSE(is_rtcp(Bytes{0x80}));
  EXPECT_FALSE(is_rtcp(Bytes{0x16, 200})) << "DTLS";
}

TEST(Packet, SurvivesMutatedBytes) {
  auto random = base::seeded(7);
  const Bytes good = packet(0xB2, 0, Bytes(60, 3));
  for (int round = 0; round < 20'000; ++round) {
    Bytes bytes = good;
    for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    bytes.resize(random() % (bytes.size() + 1));
    const auto p = PacketView::parse(bytes);
    if (!p) continue;
    const std::size_t parts = p->csrcs.size() + p->extension.size() + p->payload.size();
    ASSERT_LE(header_size + parts, bytes.size());
    for (std::uint8_t b : p->payload) ASSERT_LE(b, 255);
  }
}

}  // namespace
}  // namespace daedap::rtp
