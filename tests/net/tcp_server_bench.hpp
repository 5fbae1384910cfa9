#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "net/loop.hpp"
#include "net/on_loop.hpp"
#include "net/raw_client.hpp"
#include "net/tcp_server.hpp"

namespace daedap::test {

/// A TcpServer on a loop of its own, and what it told. Each test makes it listen.
class TcpServerBench : public testing::Test {
 protected:
  struct Seen {
    std::map<net::ConnectionId, std::string> bytes;
    std::map<net::ConnectionId, net::TcpEnd> ended;
    std::string why;  // of the last refused handshake
  };
  void make(net::TcpLimits limits) {
    net::TcpEvents events;
    events.opened = [this](net::ConnectionId id, const base::Address&) {
      seen.change([&](Seen& s) { s.bytes[id]; });
    };
    events.bytes = [this](net::ConnectionId id, std::span<const std::uint8_t> b, base::Time) {
      seen.change([&](Seen& s) { s.bytes[id].append(b.begin(), b.end()); });
      if (echo) server->send(id, std::string(b.begin(), b.end()));
    };
    events.closed = [this](net::ConnectionId id, net::TcpEnd why) { seen.change([&](Seen& s) { s.ended[id] = why; }); };
    events.refused = [this](const base::Address&, const std::string& why) { seen.change([&](Seen& s) { s.why = why; }); };
    server = std::make_unique<net::TcpServer>(loop, limits, events);
  }
  ~TcpServerBench() override {
    loop.stop();
    loop.join();
  }
  bool ends_as(net::ConnectionId id, net::TcpEnd why) {
    return seen.wait([&](const Seen& s) { return s.ended.contains(id) && s.ended.at(id) == why; });
  }
  bool opens(net::ConnectionId id) {
    return seen.wait([&](const Seen& s) { return s.bytes.contains(id); });
  }

  net::Loop loop{"test"};
  Watched<Seen> seen;
  bool echo = false;
  std::unique_ptr<net::TcpServer> server;
  base::Address address;
};

}  // namespace daedap::test
