#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sip/digest.hpp"

namespace daedap::sip {

/// An Authorization or Proxy-Authorization value of scheme Digest.
/// spec  RFC 7616 §3.4; RFC 2617 (the same names), RFC 2069 (no qop)
struct Credentials {
  static constexpr std::size_t longest_field = 1024;

  std::string username, realm, nonce, uri;
  std::string response;  // lower case
  std::string cnonce, count_text;
  std::uint32_t count = 0;
  DigestAlgorithm algorithm = DigestAlgorithm::md5;
  bool qop_auth = false;  // false: RFC 2069 form

  /// errors  bad_syntax (a field is missing, broken, or stands twice), too_large,
  ///         unsupported (other scheme, algorithm that we never offer, qop=auth-int)
  static base::Result<Credentials> parse(std::string_view value);
};

}  // namespace daedap::sip
