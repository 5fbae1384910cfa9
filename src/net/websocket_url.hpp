#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace daedap::net {

/// Where a WebSocket server is.
struct WebSocketUrl {
  bool tls = false;
  std::string host;  // name or number, an IPv6 one without brackets
  std::uint16_t port = 80;
  std::string target = "/";  // path and query

  /// As the Host field carries it. spec  RFC 9110 §7.2
  std::string authority() const;
  /// For logs and figures: without the query, where some services put a key.
  std::string shown() const;
};

/// "ws://host[:port][/path][?query]", "wss://...". spec  RFC 6455 §3, RFC 3986 §3
/// errors  bad_syntax: another scheme, user information, a fragment, no host, bytes that no URL has,
///         over 2048 bytes
base::Result<WebSocketUrl> parse_websocket_url(std::string_view text);

}  // namespace daedap::net
