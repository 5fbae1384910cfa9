#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sip/digest.hpp"

namespace daedap::sip {

/// One `name=value` of a challenge or of credentials; the value without quotes.
struct DigestField {
  std::string name, value;
};

/// What follows the scheme Digest; at most 32 fields.
/// errors  bad_syntax, too_large, unsupported (another scheme)     spec  RFC 7616 §3.3, §3.4
base::Result<std::vector<DigestField>> read_digest_fields(std::string_view value);

/// "MD5", "SHA-256-sess", ...; empty = MD5; nullopt = none that we know.
std::optional<DigestAlgorithm> digest_algorithm(std::string_view text);

}  // namespace daedap::sip
