#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace daedap::base {

/// An IPv4 or IPv6 transport address. IPv4 uses the first four bytes of `ip`.
struct Address {
  bool v6 = false;
  std::array<std::uint8_t, 16> ip{};
  std::uint16_t port = 0;

  /// "192.0.2.1" or "2001:db8::1" (brackets allowed), never a host name.
  static Result<Address> parse_ip(std::string_view ip, std::uint16_t port = 0);
  /// "192.0.2.1:5060" or "[2001:db8::1]:5060".
  static Result<Address> parse(std::string_view text);

  std::string ip_text() const;
  std::string text() const;
  bool is_any() const;
  bool same_ip(const Address& other) const { return v6 == other.v6 && ip == other.ip; }
  Address with_port(std::uint16_t p) const;

  friend auto operator<=>(const Address&, const Address&) = default;
};

}  // namespace daedap::base

template <>
struct std::hash<daedap::base::Address> {
  std::size_t operator()(const daedap::base::Address& a) const noexcept;
};
