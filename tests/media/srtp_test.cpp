#include "media/srtp.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#include "media/fakes.hpp"
#include "rtp/rtcp.hpp"

namespace daedap::media {
namespace {

using namespace testing;
using sdp::CryptoKey;
using sdp::CryptoSuite;
using Way = SrtpStream::Way;

Bytes hex(const char* text) {
  Bytes out;
  for (; *text != 0; ++text) {
    if (*text == ' ') continue;
    const char pair[] = {text[0], text[1], 0};
    out.push_back(static_cast<std::uint8_t>(std::stoi(pair, nullptr, 16)));
    ++text;
  }
  return out;
}

CryptoKey key(CryptoSuite suite, std::uint64_t seed = 1) {
  base::Random random(base::seeded(seed));
  return *sdp::find_suite(sdp::make_crypto(random), suite);
}

Bytes sealed(SrtpStream& stream, const Bytes& plain) {
  Bytes buffer = plain;
  buffer.resize(plain.size() + SrtpStream::tail);
  buffer.resize(stream.protect(buffer, plain.size()));
  return buffer;
}

/// What comes out; empty = refused.
Bytes opened(SrtpStream& stream, Bytes packet) {
  packet.resize(stream.unprotect(packet));
  return packet;
}

Bytes report(std::uint32_t ssrc = 5) {
  Bytes out(200);
  out.resize(rtp::write(rtp::Report{.ssrc = ssrc, .cname = "peer"}, out));
  return out;
}

struct SrtpTest : ::testing::TestWithParam<CryptoSuite> {
  std::unique_ptr<SrtpStream> send = *SrtpStream::make(key(GetParam()), Way::send);
  std::unique_ptr<SrtpStream> receive = *SrtpStream::make(key(GetParam()), Way::receive);
  Peer peer;
  std::size_t tag() const {
    return GetParam() == CryptoSuite::aead_aes_128_gcm ? 16 : GetParam() == CryptoSuite::aes_cm_128_hmac_sha1_80 ? 10 : 4;
  }
};
INSTANTIATE_TEST_SUITE_P(Suites, SrtpTest,
                         ::testing::Values(CryptoSuite::aead_aes_128_gcm, CryptoSuite::aes_cm_128_hmac_sha1_80,
                                           CryptoSuite::aes_cm_128_hmac_sha1_32),
                         [](const auto& suite) { return std::string(sdp::name(suite.param)); });

TEST_P(SrtpTest, EncryptsThePayloadAndBringsItBack) {
  const Bytes plain = peer.packet();
  const Bytes wire = sealed(*send, plain);
  ASSERT_EQ(wire.size(), plain.size() + tag());
  EXPECT_TRUE(std::equal(plain.begin(), plain.begin() + 12, wire.begin())) << "the header stays";
  EXPECT_FALSE(std::equal(plain.begin() + 12, plain.begin() + 28, wire.begin() + 12));
  EXPECT_EQ(opened(*receive, wire), plain);
}

TEST_P(SrtpTest, EncryptsReports) {
  Bytes wire = report();
  const std::size_t size = wire.size();
  wire.resize(size + SrtpStream::tail);
  wire.resize(send->protect_rtcp(wire, size));
  // RFC 4568 §6.2.2: SRTCP has the 80-bit tag with the short suite too; an index of 4 bytes.
  ASSERT_EQ(wire.size(), size + 4 + (tag() == 16 ? 16 : 10));
  EXPECT_TRUE(rtp::is_rtcp(wire));
  Bytes again = wire;
  EXPECT_EQ(receive->unprotect_rtcp(wire), size);
  wire.resize(size);
  EXPECT_EQ(wire, report());
  EXPECT_EQ(receive->unprotect_rtcp(again), 0u) << "a replayed report";
}

TEST_P(SrtpTest, RefusesReplayedCutForgedAndForeignPackets) {
  const Bytes wire = sealed(*send, peer.packet());
  for (std::size_t size = 0; size < wire.size(); ++size) {
    EXPECT_TRUE(opened(*receive, Bytes(wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(size))).empty()) << size;
  }
  for (std::size_t i = 0; i < wire.size(); ++i) {
    Bytes forged = wire;
    forged[i] ^= 0x10;
    EXPECT_TRUE(opened(*receive, forged).empty()) << i;
  }
  EXPECT_TRUE(opened(*receive, peer.packet()).empty()) << "plain RTP";
  auto other = *SrtpStream::make(key(GetParam(), 2), Way::send);
  EXPECT_TRUE(opened(*receive, sealed(*other, peer.packet())).empty()) << "another key";
  EXPECT_FALSE(opened(*receive, wire).empty()) << "the real one still gets in";
  EXPECT_TRUE(opened(*receive, wire).empty()) << "once";
}

TEST_P(SrtpTest, TakesLateOnesWithinTheWindowAndNoOlderOnes) {
  std::vector<Bytes> wire;
  for (int i = 0; i < 300; ++i) wire.push_back(sealed(*send, peer.packet()));
  EXPECT_FALSE(opened(*receive, wire[0]).empty());
  EXPECT_FALSE(opened(*receive, wire[299]).empty());
  EXPECT_FALSE(opened(*receive, wire[200]).empty());
  EXPECT_TRUE(opened(*receive, wire[100]).empty());
}

TEST_P(SrtpTest, CountsTheSequenceNumberRoundMoreThanOnce) {
  peer.seq = rtp::Seq(0x7000);
  for (int i = 0; i < 300; ++i) {
    const Bytes plain = peer.packet();
    ASSERT_EQ(opened(*receive, sealed(*send, plain)), plain) << i;
    peer.seq = peer.seq.plus(1000);
  }
}

TEST_P(SrtpTest, GoesOnAfterAJumpAheadAndNeverUsesANumberTwice) {
  EXPECT_FALSE(opened(*receive, sealed(*send, peer.packet())).empty());
  peer.seq = peer.seq.plus(30'000);
  EXPECT_FALSE(opened(*receive, sealed(*send, peer.packet())).empty());
  peer.seq = peer.seq.plus(-1);
  EXPECT_TRUE(sealed(*send, peer.packet()).empty()) << "sent already";
  peer.seq = peer.seq.plus(-5);
  EXPECT_FALSE(opened(*receive, sealed(*send, peer.packet())).empty()) << "relayed out of order";
  peer.seq = peer.seq.plus(-5000);
  EXPECT_TRUE(sealed(*send, peer.packet()).empty()) << "far behind";
  peer.seq = peer.seq.plus(5500);
  EXPECT_FALSE(opened(*receive, sealed(*send, peer.packet())).empty());
}

TEST_P(SrtpTest, FollowsTheSourceThroughManySsrcsButSendsOnlyFew) {
  auto other = *SrtpStream::make(key(GetParam()), Way::send);
  for (std::uint32_t i = 0; i < 10 * SrtpStream::max_ssrcs; ++i) {
    if (i % SrtpStream::max_ssrcs == 0) other = *SrtpStream::make(key(GetParam()), Way::send);
    peer.ssrc = 1000 + i;
    EXPECT_FALSE(opened(*receive, sealed(*other, peer.packet())).empty()) << i;
    EXPECT_EQ(sealed(*send, peer.packet()).empty(), i >= SrtpStream::max_ssrcs) << i;
  }
  peer.ssrc = 1000;
  EXPECT_FALSE(sealed(*send, peer.packet()).empty());
}

// A call with both legs encrypted has four of these.
TEST_P(SrtpTest, HoldsOnToFewKilobytes) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer's allocator does not count";
#endif
  const auto before = mallinfo2().uordblks;
  auto one = *SrtpStream::make(key(GetParam()), Way::send);
  (void)sealed(*one, peer.packet());
  Bytes wire = report();
  const std::size_t size = wire.size();
  wire.resize(size + SrtpStream::tail);
  (void)one->protect_rtcp(wire, size);
  EXPECT_LT(mallinfo2().uordblks - before, 6000u);
}

TEST_P(SrtpTest, NeedsRoomBehindThePacket) {
  Bytes buffer = peer.packet();
  EXPECT_EQ(send->protect(buffer, buffer.size()), 0u);
  EXPECT_EQ(send->protect_rtcp(buffer, buffer.size()), 0u);
  EXPECT_EQ(send->protect(std::span(buffer).first(3), 3), 0u);
  EXPECT_EQ(receive->unprotect({}), 0u);
  EXPECT_EQ(receive->unprotect_rtcp(std::span(buffer).first(7)), 0u);
}

TEST_P(SrtpTest, SurvivesTwentyThousandMutatedPackets) {
  base::Random noise(base::seeded(3));
  int through = 0;
  for (int i = 0; i < 20'000; ++i) {
    Bytes wire = sealed(*send, peer.packet());
    const unsigned edits = noise.u32() % 3;
    for (unsigned n = 0; n < edits; ++n) wire[noise.u32() % wire.size()] = static_cast<std::uint8_t>(noise.u32());
    if (noise.u32() % 4 == 0) wire.resize(noise.u32() % wire.size());
    if (i % 2 == 0) {
      through += receive->unprotect(wire) != 0;
    } else {
      (void)receive->unprotect_rtcp(wire);
    }
  }
  EXPECT_GT(through, 1000);
  EXPECT_LT(through, 5000);
}

// The master key of RFC 3711 §B.3 (with 12 bytes of its salt for GCM). The expected packets were
// computed without libsrtp, from AES and SHA-1 by the steps of RFC 3711 §4.3 and §4.1.1 and RFC 7714
// §8; that computation gives the session keys that §B.3 prints.
TEST(Srtp, WritesThePacketsOfTheSpecification) {
  const Bytes master = hex("E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6");
  const Bytes plain = hex("800f1234decafbadcafebabe abababababababababababababababab");
  const std::pair<CryptoSuite, const char*> cases[] = {
      {CryptoSuite::aead_aes_128_gcm, "0eca0cf95ee955b26cd3d288b49f6ca9 59171450975f4144da9cdd7ae989a277"},
      {CryptoSuite::aes_cm_128_hmac_sha1_80, "4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb"},
      {CryptoSuite::aes_cm_128_hmac_sha1_32, "4e55dc4ce79978d88ca4d215949d2402 b78d6acc"}};
  for (const auto& [suite, expected] : cases) {
    const auto size = static_cast<std::ptrdiff_t>(sdp::key_size(suite));
    const CryptoKey from{.suite = suite, .key_and_salt = {master.begin(), master.begin() + size}};
    auto send = *SrtpStream::make(from, Way::send);
    auto receive = *SrtpStream::make(from, Way::receive);
    Bytes wire = hex("800f1234decafbadcafebabe");
    const Bytes rest = hex(expected);
    wire.insert(wire.end(), rest.begin(), rest.end());
    EXPECT_EQ(sealed(*send, plain), wire) << sdp::name(suite);
    EXPECT_EQ(opened(*receive, wire), plain) << sdp::name(suite);
  }
}

TEST(Srtp, RefusesKeysOfTheWrongLength) {
  for (const std::size_t size : {0, 16, 27, 29, 31}) {
    CryptoKey bad{.suite = CryptoSuite::aead_aes_128_gcm, .key_and_salt = std::string(size, 'k')};
    EXPECT_FALSE(SrtpStream::make(bad, Way::send)) << size;
    bad.suite = CryptoSuite::aes_cm_128_hmac_sha1_80;
    EXPECT_FALSE(SrtpStream::make(bad, Way::receive)) << size;
  }
}

TEST(Srtp, KnowsItsKeyWhateverTheTag) {
  CryptoKey mine = key(CryptoSuite::aead_aes_128_gcm);
  const auto stream = *SrtpStream::make(mine, Way::send);
  mine.tag = 7;
  EXPECT_TRUE(stream->has_key(mine));
  mine.key_and_salt[3] = 'x';
  EXPECT_FALSE(stream->has_key(mine));
}

}  // namespace
}  // namespace daedap::media
