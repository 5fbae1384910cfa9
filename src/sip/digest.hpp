#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sip/hashes.hpp"
#include "sip/message.hpp"

namespace daedap::sip {

/// In order of strength.
enum class DigestAlgorithm : std::uint8_t { md5, md5_sess, sha256, sha256_sess };

/// One WWW-Authenticate or Proxy-Authenticate value of scheme Digest.
/// spec  RFC 3261 §22.4, RFC 7616, RFC 8760
struct Challenge {
  std::string realm;
  std::string nonce;
  std::optional<std::string> opaque;
  DigestAlgorithm algorithm = DigestAlgorithm::md5;
  std::string algorithm_text;  // as it came, to be echoed; empty when it was absent
  bool qop_auth = false;       // false: no qop at all (RFC 2069 form)
  bool stale = false;
  bool proxy = false;          // came with 407

  /// errors  bad_syntax; unsupported (other scheme, unknown algorithm, only qop=auth-int)
  static base::Result<Challenge> parse(std::string_view value);
  /// The strongest one in a 401 or 407 that `hashes` can answer; the first among equals.
  /// errors  not_found when there is none
  static base::Result<Challenge> strongest(const Message& response, const Hashes& hashes);
};

/// What a client puts into its answer.
struct DigestAttempt {
  std::string user, password;
  std::string method;
  std::string uri;               // the Request-URI, as it will be sent
  std::string cnonce;            // fresh random, needed for qop and -sess
  std::uint32_t nonce_count = 1; // how often this nonce was used, this time included
};

/// The `Authorization` or `Proxy-Authorization` header that answers `challenge`.
/// errors  unsupported when `hashes` lacks the algorithm
base::Result<Header> answer_challenge(const Challenge& challenge, const DigestAttempt& attempt,
                                      const Hashes& hashes);

}  // namespace daedap::sip
