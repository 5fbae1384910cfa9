#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sip/params.hpp"

namespace daedap::sip {

/// One Via value: `SIP/2.0/UDP host:port;branch=...`. Split lists with Message::all first.
/// spec  RFC 3261 §20.42, RFC 3581 (rport)
struct Via {
  std::string transport;  // upper case; any token, also one we do not speak
  std::string host;       // lower case, IPv6 without brackets
  std::optional<std::uint16_t> port;
  Params params;

  /// errors  bad_syntax, too_large, unsupported (not SIP/2.0)
  static base::Result<Via> parse(std::string_view value);
  std::string write() const;

  std::string_view branch() const { return params.value("branch").value_or(std::string_view{}); }
  /// The branch names the transaction by itself; else RFC 2543 matching is needed (§17.2.3).
  bool has_magic_cookie() const;
  std::optional<std::string_view> received() const { return params.value("received"); }
  std::optional<std::string_view> maddr() const { return params.value("maddr"); }
  /// `;rport` without value: the sender asks us to fill it.
  bool asks_rport() const { return params.has("rport") && !params.value("rport"); }
  std::optional<std::uint16_t> rport() const;
  std::optional<std::uint8_t> ttl() const;
};

}  // namespace daedap::sip
