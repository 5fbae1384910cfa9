// Our SRTP against libsrtp: what one writes the other reads, bit for bit the same.
#include <gtest/gtest.h>
#include <srtp2/srtp.h>

#include "media/fakes.hpp"
#include "media/srtp.hpp"
#include "rtp/rtcp.hpp"

namespace daedap::media {
namespace {

using namespace testing;
using sdp::CryptoSuite;
using Way = SrtpStream::Way;

/// One direction of libsrtp.
class Reference {
 public:
  Reference(const sdp::CryptoKey& key, Way way) {
    static const auto started = srtp_init();
    EXPECT_EQ(started, srtp_err_status_ok);
    srtp_policy_t policy{};
    if (key.suite == CryptoSuite::aead_aes_128_gcm) {
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
    } else {
      if (key.suite == CryptoSuite::aes_cm_128_hmac_sha1_80) srtp_crypto_policy_set_rtp_default(&policy.rtp);
      else srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp);
      srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
    }
    std::copy(key.key_and_salt.begin(), key.key_and_salt.end(), bytes_.begin());
    policy.ssrc.type = way == Way::send ? ssrc_any_outbound : ssrc_any_inbound;
    policy.key = bytes_.data();
    policy.window_size = 128;
    EXPECT_EQ(srtp_create(&session_, &policy), srtp_err_status_ok);
  }
  ~Reference() { srtp_dealloc(session_); }

  /// Empty = refused.
  Bytes seal(Bytes plain, bool rtcp) { return run(std::move(plain), rtcp ? srtp_protect_rtcp : srtp_protect); }
  Bytes open(Bytes wire, bool rtcp) { return run(std::move(wire), rtcp ? srtp_unprotect_rtcp : srtp_unprotect); }

 private:
  Bytes run(Bytes bytes, srtp_err_status_t (*what)(srtp_t, void*, int*)) {
    int length = static_cast<int>(bytes.size());
    bytes.resize(bytes.size() + SrtpStream::tail);
    if (what(session_, bytes.data(), &length) != srtp_err_status_ok) return {};
    bytes.resize(static_cast<std::size_t>(length));
    return bytes;
  }
  std::array<std::uint8_t, SRTP_MAX_KEY_LEN> bytes_{};
  srtp_t session_ = nullptr;
};

struct SrtpReference : ::testing::TestWithParam<CryptoSuite> {
  Bytes seal(Bytes plain, bool rtcp) {
    const std::size_t size = plain.size();
    plain.resize(size + SrtpStream::tail);
    plain.resize(rtcp ? ours_out->protect_rtcp(plain, size) : ours_out->protect(plain, size));
    return plain;
  }
  Bytes open(Bytes wire, bool rtcp) {
    wire.resize(rtcp ? ours_in->unprotect_rtcp(wire) : ours_in->unprotect(wire));
    return wire;
  }
  /// Random contents; sometimes with CSRCs and an extension.
  Bytes packet(std::uint16_t seq, std::uint32_t ssrc) {
    const unsigned csrcs = noise.u32() % 4;
    const bool extension = noise.u32() % 3 == 0;
    Bytes out{static_cast<std::uint8_t>(0x80 | (extension ? 0x10 : 0) | csrcs), 0, static_cast<std::uint8_t>(seq >> 8),
              static_cast<std::uint8_t>(seq)};
    for (int i = 0; i < 4; ++i) out.push_back(static_cast<std::uint8_t>(noise.u32()));
    for (int i = 3; i >= 0; --i) out.push_back(static_cast<std::uint8_t>(ssrc >> 8 * i));
    for (unsigned i = 0; i < 4 * csrcs; ++i) out.push_back(static_cast<std::uint8_t>(noise.u32()));
    if (extension) {
      const Bytes head{0xBE, 0xDE, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8};
      out.insert(out.end(), head.begin(), head.end());
    }
    for (unsigned n = noise.u32() % 300; n > 0; --n) out.push_back(static_cast<std::uint8_t>(noise.u32()));
    return out;
  }
  static sdp::CryptoKey key() {
    base::Random random(base::seeded(11));
    return *sdp::find_suite(sdp::make_crypto(random), GetParam());
  }

  base::Random noise{base::seeded(12)};
  std::unique_ptr<SrtpStream> ours_out = *SrtpStream::make(key(), Way::send), ours_in = *SrtpStream::make(key(), Way::receive);
  Reference their_out{key(), Way::send}, their_in{key(), Way::receive};
};
INSTANTIATE_TEST_SUITE_P(Suites, SrtpReference,
                         ::testing::Values(CryptoSuite::aead_aes_128_gcm, CryptoSuite::aes_cm_128_hmac_sha1_80,
                                           CryptoSuite::aes_cm_128_hmac_sha1_32),
                         [](const auto& suite) { return std::string(sdp::name(suite.param)); });

TEST_P(SrtpReference, PacketsAreTheSameThroughRollOverLossAndDisorder) {
  std::uint32_t seq = 0x7F00;
  for (int i = 0; i < 4000; ++i) {
    seq += i % 7 == 0 ? noise.u32() % 500 : 1;
    const int back = i % 11 == 0 ? static_cast<int>(noise.u32() % 200) : 0;
    const Bytes plain = packet(static_cast<std::uint16_t>(seq - static_cast<std::uint32_t>(back)), 0x1234 + i % 3);
    const Bytes wire = seal(plain, false);
    ASSERT_EQ(wire, their_out.seal(plain, false)) << i;
    if (wire.empty() || i % 5 == 0) continue;  // refused by both; lost
    EXPECT_EQ(open(wire, false), plain) << i;
    EXPECT_EQ(their_in.open(wire, false), plain) << i;
  }
  EXPECT_GT(seq, 0x20000u) << "round more than once";
}

TEST_P(SrtpReference, ReportsAreTheSame) {
  for (std::uint32_t i = 0; i < 300; ++i) {
    Bytes plain(200);
    plain.resize(rtp::write(rtp::Report{.ssrc = 5 + i % 2, .cname = "peer"}, plain));
    const Bytes wire = seal(plain, true);
    ASSERT_FALSE(wire.empty());
    ASSERT_EQ(wire, their_out.seal(plain, true)) << i;
    EXPECT_EQ(open(wire, true), plain);
    EXPECT_EQ(their_in.open(wire, true), plain);
    EXPECT_TRUE(open(wire, true).empty()) << "twice";
  }
}

TEST_P(SrtpReference, BothRefuseTheSameReplays) {
  std::vector<Bytes> wire;
  for (std::uint16_t i = 0; i < 400; ++i) wire.push_back(seal(packet(i, 7), false));
  for (int i = 0; i < 6000; ++i) {
    const Bytes& one = wire[noise.u32() % (static_cast<std::size_t>(i) / 15 + 1)];
    EXPECT_EQ(open(one, false), their_in.open(one, false)) << i;
  }
}

}  // namespace
}  // namespace daedap::media
