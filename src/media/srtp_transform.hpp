#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.hpp"
#include "sdp/crypto.hpp"

struct evp_cipher_ctx_st;
struct evp_mac_ctx_st;

namespace daedap::media {

/// The session keys of one direction for RTP or for RTCP, and what they do to one packet. Knows nothing of
/// sources, roll-over and replay.
/// cost    no allocation per packet; about 2 kB
/// spec    RFC 3711 §4.1.1, §4.2, §4.3, RFC 7714 §8, §9
class SrtpTransform {
 public:
  enum class Kind : std::uint8_t { rtp, rtcp };
  using Bytes = std::span<std::uint8_t>;
  /// What is protected: `clear` bytes that stay readable, then what is encrypted.
  struct Place {
    std::size_t clear;
    std::uint32_t ssrc;
    std::uint64_t index;  // RTP: roll-over counter and sequence number, 48 bits; RTCP: 31 bits
  };

  /// errors  io (the library refused). `key` is of the right length.
  static base::Result<std::unique_ptr<SrtpTransform>> make(const sdp::CryptoKey& key, Kind kind, bool encrypt);

  /// Bytes that a packet grows by, the index of RTCP included.
  std::size_t growth() const { return tag_ + (kind_ == Kind::rtcp ? index_size : 0); }
  /// Encrypts the first `size` bytes of `buffer`, which has room for `growth` more. False: the library failed.
  bool seal(Bytes buffer, std::size_t size, const Place& place);
  /// Checks and decrypts; the last `growth` bytes of `packet` are the sender's. False: it is not authentic.
  bool open(Bytes packet, const Place& place);

  /// The RTCP index that a packet carries, with the encryption bit at the top.
  std::uint32_t carried_index(std::span<const std::uint8_t> packet) const;

 private:
  static constexpr std::size_t index_size = 4, longest_tag = 20;
  using Tag = std::array<std::uint8_t, longest_tag>;
  struct FreeCipher {
    void operator()(evp_cipher_ctx_st* one) const;
  };
  struct FreeMac {
    void operator()(evp_mac_ctx_st* one) const;
  };
  SrtpTransform(Kind kind, sdp::CryptoSuite suite);
  bool counter_mode() const { return salt_size_ == 14; }
  std::array<std::uint8_t, 16> counter_iv(const Place& place) const;
  std::array<std::uint8_t, 12> gcm_iv(const Place& place) const;
  bool count(Bytes text, const Place& place);
  bool mac(std::span<const std::uint8_t> bytes, const Place& place, Tag& tag);
  bool gcm(Bytes buffer, std::size_t size, const Place& place, bool encrypt);

  // owned
  std::unique_ptr<evp_cipher_ctx_st, FreeCipher> cipher_;
  std::unique_ptr<evp_mac_ctx_st, FreeMac> mac_;  // counter mode
  std::array<std::uint8_t, 14> salt_{};
  // state
  Kind kind_;
  std::size_t salt_size_, tag_;
};

}  // namespace daedap::media
