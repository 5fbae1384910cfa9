#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sip/params.hpp"

namespace daedap::sip {

/// A sip, sips or tel URI in parts; any other scheme is kept whole in `opaque`.
/// All texts are unescaped (%41 -> A); `write` escapes what must be.
/// spec  RFC 3261 §19.1, RFC 3966
struct Uri {
  std::string scheme;  // lower case
  std::string user;    // tel: the number
  std::string password;
  std::string host;    // lower case, IPv6 without brackets
  std::optional<std::uint16_t> port;
  Params params;
  Params headers;      // after "?"
  std::string opaque;  // other schemes: what follows the colon, as it came

  /// errors  bad_syntax, too_large
  /// differs: %00 is refused although §25.1 allows it, so that no name ends early elsewhere.
  static base::Result<Uri> parse(std::string_view text);
  std::string write() const;

  bool is_sip() const { return scheme == "sip" || scheme == "sips"; }
  bool is_tel() const { return scheme == "tel"; }
  /// `;lr`. spec  RFC 3261 §19.1.1
  bool is_loose_router() const { return params.has("lr"); }
  /// differs: a reserved character and its escape count as equal. spec  RFC 3261 §19.1.4
  bool matches(const Uri& other) const;
};

}  // namespace daedap::sip
