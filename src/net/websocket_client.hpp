#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "net/websocket_url.hpp"

namespace daedap::net {

class Loop;

/// Whom a client connects with, and how it says who it is.
struct WebSocketPeer {
  WebSocketUrl url;
  std::vector<std::pair<std::string, std::string>> headers;  // of the upgrade request; never logged
  std::string ca;                                            // PEM file; empty = the system's
  base::Duration patience = std::chrono::seconds{10};        // for DNS, TCP, TLS and the upgrade together
};

/// One connection to a WebSocket server, from its opening to its end. What the peer sends is read and
/// dropped (over 1 MB in one message ends the connection); certificates are always checked; a redirect
/// is a refusal.
/// in      send, ping; the caller bounds what waits
/// out     Events, each in a task of its own; none after `closed` nor after the destructor
/// errors  `closed` says why, in words that hold nothing that the peer chose but its status
/// thread  the loop's
/// spec    RFC 6455, RFC 8446
class WebSocketClient {
 public:
  struct Events {
    std::function<void()> opened;
    std::function<void()> written;                  // the next `send`, in order, is in the socket
    std::function<void(std::string_view)> pong;     // its payload
    std::function<void(const std::string& why)> closed;
  };
  WebSocketClient(Loop& loop, WebSocketPeer peer, Events events);
  /// Drops the connection.
  ~WebSocketClient();

  void send(std::string text);
  /// Goes after all that was sent before. `payload`: at most 125 bytes
  void ping(std::string payload);
  /// Says good-bye after all that was sent before; `closed` follows.
  void close();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

/// Whether a CA file can be used. errors  io, bad_syntax
base::Result<void> check_ca_file(const std::string& path);

}  // namespace daedap::net
