#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/result.hpp"

namespace daedap::sdp {

/// Whether a leg's media is encrypted: never, when the peer offers it, or always.
enum class SrtpPolicy : std::uint8_t { off, optional, required };

/// The suites of SRTP that we have, best first. spec  RFC 4568 §6.2, RFC 7714 §14.2
enum class CryptoSuite : std::uint8_t {
  aead_aes_128_gcm,
  aes_cm_128_hmac_sha1_80,
  aes_cm_128_hmac_sha1_32,
};
inline constexpr std::size_t suite_count = 3;
/// As SDP writes it.
const char* name(CryptoSuite suite);
/// Bytes of master key and salt: 16 + 12 with GCM, 16 + 14 with CM.
std::size_t key_size(CryptoSuite suite);

/// The key of one direction. A secret: never in a log.
struct CryptoKey {
  int tag = 1;
  CryptoSuite suite = CryptoSuite::aead_aes_128_gcm;
  std::string key_and_salt;  // raw bytes, key_size(suite) of them
  friend bool operator==(const CryptoKey&, const CryptoKey&) = default;
};

/// A fresh key for each suite, best suite first, tags from 1.
std::vector<CryptoKey> make_crypto(base::Random& random);
/// The key of that suite; nullptr = none.
const CryptoKey* find_suite(const std::vector<CryptoKey>& keys, CryptoSuite suite);

/// What stands after "a=crypto:".
/// errors   bad_syntax; unsupported (another suite or key method, an MKI, several keys, a session
///          parameter that changes what is on the wire). No error quotes the line.
/// spec     RFC 4568 §9
/// differs: the lifetime of a key is checked and not counted: its sender has to change it in time
base::Result<CryptoKey> parse_crypto(std::string_view value);
std::string write_crypto(const CryptoKey& key);

}  // namespace daedap::sdp
