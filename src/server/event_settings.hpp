#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/websocket_client.hpp"

namespace daedap::server {

/// Who is told what happens in calls, and how much may wait for them.
struct EventSettings {
  struct Url {
    std::string url;
    std::string token;                 // bearer token, best from the environment
    std::vector<std::string> headers;  // "Name: value"
    std::string ca;                    // PEM file; empty = the system's

    friend bool operator==(const Url&, const Url&) = default;
  };
  std::vector<Url> urls;
  bool extended = false;
  std::int64_t max_outbox_mb = 1024;
  std::chrono::hours max_age{168};
  std::chrono::hours forget_after{168};

  friend bool operator==(const EventSettings&, const EventSettings&) = default;
};

/// The URL's parts with the headers and the token, as the client wants them.
/// errors  bad_syntax: the URL, a header that is none or that the upgrade itself needs, a token that is none
base::Result<net::WebSocketPeer> websocket_peer(const EventSettings::Url& url);

}  // namespace daedap::server
