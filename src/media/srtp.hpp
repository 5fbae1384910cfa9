#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "media/replay_window.hpp"
#include "media/srtp_transform.hpp"
#include "sdp/crypto.hpp"

namespace daedap::media {

/// Has OpenSSL load what SRTP needs: that takes some milliseconds, so a server does it before its first
/// call. False: it cannot.
/// thread  any
bool start_srtp();

/// One direction of a leg's SRTP and SRTCP under one master key: every SSRC has its own index
/// (roll-over counter) and replay window. Keep it as long as the key is in force: a second one with
/// the same key would encrypt with the same key stream again.
/// What jumps ahead by less than 2^15 sequence numbers goes on; what lies more than 128 behind, or
/// was there already, is refused, also when sending.
/// cost    no allocation, but for the first packet of an SSRC and the first of RTCP; 2 to 5 kB
/// spec    RFC 3711 §3.3, §3.4, RFC 7714
class SrtpStream {
 public:
  enum class Way : std::uint8_t { send, receive };
  /// A buffer for `protect` needs so much room behind the packet.
  static constexpr std::size_t tail = 148;
  /// SSRCs that are remembered. Over it the oldest goes when receiving; a new one is refused when
  /// sending, because one that goes and comes back would use its key stream twice.
  static constexpr std::size_t max_ssrcs = 16;

  /// errors  bad_syntax (a key of the wrong length), io (the library refused)
  static base::Result<std::unique_ptr<SrtpStream>> make(const sdp::CryptoKey& key, Way way);
  SrtpStream(const SrtpStream&) = delete;
  SrtpStream& operator=(const SrtpStream&) = delete;

  /// Encrypts in place the first `size` bytes of `buffer`, aligned to 4, which has room for `tail`
  /// more. Returns the new length, 0 when it was refused.
  std::size_t protect(std::span<std::uint8_t> buffer, std::size_t size);
  std::size_t protect_rtcp(std::span<std::uint8_t> buffer, std::size_t size);
  /// Checks and decrypts in place. Returns the new length, 0 when it is not the peer's, was there
  /// already or is too old; the buffer is then spoilt.
  std::size_t unprotect(std::span<std::uint8_t> packet);
  std::size_t unprotect_rtcp(std::span<std::uint8_t> packet);

  /// Whether it was made of that key, whatever the tag.
  bool has_key(const sdp::CryptoKey& key) const {
    return key.suite == key_.suite && key.key_and_salt == key_.key_and_salt;
  }

 private:
  /// One SSRC.
  struct Source {
    std::uint32_t ssrc;
    ReplayWindow rtp, rtcp;
  };
  SrtpStream(const sdp::CryptoKey& key, Way way) : key_(key), way_(way) {}
  Source* find(std::uint32_t ssrc);
  Source* sender(std::uint32_t ssrc);
  Source& admit(const Source& fresh);
  SrtpTransform* rtcp();

  // given
  sdp::CryptoKey key_;
  Way way_;
  // owned
  std::unique_ptr<SrtpTransform> rtp_, rtcp_;
  std::vector<Source> sources_;  // the oldest first
};

}  // namespace daedap::media
