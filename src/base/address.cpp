#include "base/address.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace daedap::base {

Result<Address> Address::parse_ip(std::string_view ip, std::uint16_t port) {
  if (ip.size() >= 2 && ip.front() == '[' && ip.back() == ']') ip = ip.substr(1, ip.size() - 2);
  if (ip.empty() || ip.size() > 45) return fail(Code::bad_syntax, "not an IP address", std::string(ip.substr(0, 64)));
  const std::string text(ip);
  Address a;
  a.port = port;
  if (inet_pton(AF_INET, text.c_str(), a.ip.data()) == 1) return a;
  if (inet_pton(AF_INET6, text.c_str(), a.ip.data()) == 1) {
    a.v6 = true;
    return a;
  }
  return fail(Code::bad_syntax, "not an IP address", text);
}

Result<Address> Address::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return fail(Code::bad_syntax, "no port in address", std::string(text.substr(0, 64)));
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (ec != std::errc{} || end != digits.data() + digits.size())
    return fail(Code::bad_syntax, "bad port in address", std::string(text.substr(0, 64)));
  return parse_ip(text.substr(0, colon), port);
}

std::string Address::ip_text() const {
  char buffer[INET6_ADDRSTRLEN];
  inet_ntop(v6 ? AF_INET6 : AF_INET, ip.data(), buffer, sizeof buffer);
  return buffer;
}

std::string Address::text() const {
  return (v6 ? "[" + ip_text() + "]" : ip_text()) + ":" + std::to_string(port);
}

bool Address::is_any() const { return ip == std::array<std::uint8_t, 16>{}; }

Address Address::with_port(std::uint16_t p) const {
  Address a = *this;
  a.port = p;
  return a;
}

}  // namespace daedap::base

std::size_t std::hash<daedap::base::Address>::operator()(const daedap::base::Address& a) const noexcept {
  const std::string_view bytes(reinterpret_cast<const char*>(a.ip.data()), a.ip.size());
  return std::hash<std::string_view>{}(bytes) * 31 + a.port;
}
