#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.hpp"
#include "sdp/crypto.hpp"

struct srtp_ctx_t_;

namespace daedap::media {

/// Starts libsrtp, once in a process. `SrtpStream::make` does it when nobody has; it takes some
/// milliseconds, so a server does it before its first call. False: the library failed its own tests.
/// thread  any
bool start_srtp();

/// One direction of a leg's SRTP and SRTCP under one master key: every SSRC has its own index
/// (roll-over counter) and replay window. Keep it as long as the key is in force: a second one with
/// the same key would encrypt with the same key stream again.
/// What jumps ahead by less than 2^15 sequence numbers goes on; what lies more than 128 behind, or
/// was there already, is refused, also when sending.
/// cost    no allocation, but for the first packet of an SSRC
/// spec    RFC 3711, RFC 7714
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
  ~SrtpStream();
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
  SrtpStream(const sdp::CryptoKey& key, srtp_ctx_t_* session) : key_(key), session_(session) {}
  bool may_send(std::uint32_t ssrc);
  void remember(std::uint32_t ssrc);
  bool knows(std::uint32_t ssrc) const;

  sdp::CryptoKey key_;
  srtp_ctx_t_* session_;  // owned
  std::array<std::uint32_t, max_ssrcs> ssrcs_{};  // as they stand in the packet
  std::size_t count_ = 0, oldest_ = 0;
};

}  // namespace daedap::media
