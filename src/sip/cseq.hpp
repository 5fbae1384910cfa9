#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace daedap::sip {

/// spec  RFC 3261 §20.16. The number fits 32 bits; ours stay below 2^31 (§8.1.1.5).
struct CSeq {
  std::uint32_t number = 0;
  std::string method;

  /// errors  bad_syntax
  static base::Result<CSeq> parse(std::string_view value);
  std::string write() const;

  friend bool operator==(const CSeq&, const CSeq&) = default;
};

/// Hops, 0..255. errors  bad_syntax     spec  RFC 3261 §20.22
base::Result<int> parse_max_forwards(std::string_view value);
/// Seconds, 0..2^32-1. errors  bad_syntax     spec  RFC 3261 §20.19
base::Result<std::uint32_t> parse_expires(std::string_view value);
/// Seconds; a comment and parameters may follow. errors  bad_syntax     spec  RFC 3261 §20.33
base::Result<std::uint32_t> parse_retry_after(std::string_view value);

}  // namespace daedap::sip
