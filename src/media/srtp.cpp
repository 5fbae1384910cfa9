#include "media/srtp.hpp"

#include <srtp2/srtp.h>

#include <algorithm>
#include <cstring>

#include "rtp/packet.hpp"

namespace daedap::media {
namespace {

using base::Code;
using base::fail;

static_assert(SrtpStream::tail >= SRTP_MAX_TRAILER_LEN + 4, "SRTCP adds an index too");

constexpr unsigned replay_window = 128;  // packets
constexpr std::size_t rtcp_head = 8;     // with the SSRC

constexpr std::size_t rtp_ssrc = 8, rtcp_ssrc = 4;  // offsets

// In network order, as libsrtp keeps it.
std::uint32_t ssrc_at(std::span<const std::uint8_t> bytes, std::size_t offset) {
  std::uint32_t ssrc;
  std::memcpy(&ssrc, bytes.data() + offset, sizeof ssrc);
  return ssrc;
}

// RTCP has the long tag in each suite. spec  RFC 4568 §6.2.2
void choose_suite(srtp_policy_t& policy, sdp::CryptoSuite suite) {
  switch (suite) {
    case sdp::CryptoSuite::aead_aes_128_gcm:
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
      return srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
    case sdp::CryptoSuite::aes_cm_128_hmac_sha1_80:
      srtp_crypto_policy_set_rtp_default(&policy.rtp);
      break;
    case sdp::CryptoSuite::aes_cm_128_hmac_sha1_32:
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp);
      break;
  }
  srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
}

}  // namespace

bool start_srtp() {
  static const bool started = srtp_init() == srtp_err_status_ok;
  return started;
}

base::Result<std::unique_ptr<SrtpStream>> SrtpStream::make(const sdp::CryptoKey& key, Way way) {
  if (key.key_and_salt.size() != sdp::key_size(key.suite)) {
    return fail(Code::bad_syntax, "an SRTP key of the wrong length");
  }
  if (!start_srtp()) return fail(Code::io, "libsrtp did not start");
  std::array<std::uint8_t, SRTP_MAX_KEY_LEN> bytes{};
  std::copy(key.key_and_salt.begin(), key.key_and_salt.end(), bytes.begin());
  srtp_policy_t policy{};
  choose_suite(policy, key.suite);
  policy.ssrc.type = way == Way::send ? ssrc_any_outbound : ssrc_any_inbound;
  policy.key = bytes.data();
  policy.window_size = replay_window;
  srtp_t session = nullptr;
  if (srtp_create(&session, &policy) != srtp_err_status_ok) {
    return fail(Code::io, "libsrtp refused a key");
  }
  return std::unique_ptr<SrtpStream>(new SrtpStream(key, session));
}

SrtpStream::~SrtpStream() { srtp_dealloc(session_); }

std::size_t SrtpStream::protect(std::span<std::uint8_t> buffer, std::size_t size) {
  if (size < rtp::header_size || buffer.size() < size + tail) return 0;
  if (!may_send(ssrc_at(buffer, rtp_ssrc))) return 0;
  int length = static_cast<int>(size);
  const auto done = srtp_protect(session_, buffer.data(), &length);
  return done == srtp_err_status_ok ? static_cast<std::size_t>(length) : 0;
}

std::size_t SrtpStream::protect_rtcp(std::span<std::uint8_t> buffer, std::size_t size) {
  if (size < rtcp_head || buffer.size() < size + tail) return 0;
  if (!may_send(ssrc_at(buffer, rtcp_ssrc))) return 0;
  int length = static_cast<int>(size);
  const auto done = srtp_protect_rtcp(session_, buffer.data(), &length);
  return done == srtp_err_status_ok ? static_cast<std::size_t>(length) : 0;
}

std::size_t SrtpStream::unprotect(std::span<std::uint8_t> packet) {
  if (packet.size() < rtp::header_size) return 0;
  int length = static_cast<int>(packet.size());
  if (srtp_unprotect(session_, packet.data(), &length) != srtp_err_status_ok) return 0;
  remember(ssrc_at(packet, rtp_ssrc));
  return static_cast<std::size_t>(length);
}

std::size_t SrtpStream::unprotect_rtcp(std::span<std::uint8_t> packet) {
  if (packet.size() < rtcp_head) return 0;
  int length = static_cast<int>(packet.size());
  if (srtp_unprotect_rtcp(session_, packet.data(), &length) != srtp_err_status_ok) return 0;
  remember(ssrc_at(packet, rtcp_ssrc));
  return static_cast<std::size_t>(length);
}

bool SrtpStream::knows(std::uint32_t ssrc) const {
  const auto known = std::span(ssrcs_).first(count_);
  return std::find(known.begin(), known.end(), ssrc) != known.end();
}

bool SrtpStream::may_send(std::uint32_t ssrc) {
  if (knows(ssrc)) return true;
  if (count_ == max_ssrcs) return false;
  ssrcs_[count_++] = ssrc;
  return true;
}

// The library keeps a stream for each SSRC for ever; here they are bounded.
void SrtpStream::remember(std::uint32_t ssrc) {
  if (knows(ssrc)) return;
  if (count_ < max_ssrcs) {
    ssrcs_[count_++] = ssrc;
    return;
  }
  srtp_remove_stream(session_, ssrcs_[oldest_]);
  ssrcs_[oldest_] = ssrc;
  oldest_ = (oldest_ + 1) % max_ssrcs;
}

}  // namespace daedap::media
