#include "server/sip_transport.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "net/certificates.hpp"
#include "net/on_loop.hpp"
#include "net/raw_client.hpp"
#include "net/tcp_server.hpp"

namespace daedap::server {
namespace {

using sip::Transport;
using test::on_loop;

struct Heard {
  std::vector<std::pair<sip::Flow, std::string>> messages;
  std::vector<sip::Flow> failed;
  std::vector<std::string> refused;
};

std::string message_of(std::size_t body) {
  return "MESSAGE sip:a@b SIP/2.0\r\nContent-Length: " + std::to_string(body) + "\r\n\r\n" + std::string(body, 'x');
}

/// Two transports of one process that talk to each other.
class TwoTransports : public testing::Test {
 protected:
  struct Side {
    explicit Side(net::Loop& l) : loop(l) {}
    void open(const Config::Sip& config) {
      auto opened = SipTransport::open(config, loop, loop,
                                       {[this](const sip::Flow& f, std::string_view b, base::Time) {
                                          heard.change([&](Heard& h) { h.messages.emplace_back(f, b); });
                                        },
                                        [this](const sip::Flow& f) { heard.change([&](Heard& h) { h.failed.push_back(f); }); },
                                        [this](const base::Address&, const std::string& why) {
                                          heard.change([&](Heard& h) { h.refused.push_back(why); });
                                        }});
      ASSERT_TRUE(opened) << opened.error().message();
      transport = std::move(*opened);
    }
    bool hears(std::size_t count) {
      return heard.wait([&](const Heard& h) { return h.messages.size() >= count; });
    }
    bool fails(const sip::Flow& flow) {
      return heard.wait([&](const Heard& h) { return std::ranges::find(h.failed, flow) != h.failed.end(); });
    }
    net::Loop& loop;
    test::Watched<Heard> heard;
    std::unique_ptr<SipTransport> transport;
  };

  void SetUp() override {
    const auto pair = authority.issue("server", "IP:127.0.0.1,DNS:sip.example.test");
    Config::Sip config;
    config.bind = "127.0.0.1";
    config.port = config.tls_port = 0;
    client_config = config;
    client_config.ca = authority.ca();
    config.certificate = pair.certificate, config.key = pair.key;
    server.open(config);
    client.open(client_config);
    loop.start();
  }
  void TearDown() override {
    loop.stop();
    loop.join();
  }
  sip::Flow to_server(Transport transport) {
    const std::uint16_t port = transport == Transport::tls ? server.transport->tls_port() : server.transport->port();
    return {transport, *base::Address::parse_ip("127.0.0.1", port), 0};
  }

  test::Certificates authority;
  Config::Sip client_config;
  net::Loop loop{"test"};
  Side server{loop}, client{loop};
};

TEST_F(TwoTransports, CarryLargeMessagesWholeOnEveryTransport) {
  for (const Transport transport : {Transport::udp, Transport::tcp, Transport::tls}) {
    const std::string large = message_of(20'000);
    client.transport->send(to_server(transport), large);
    ASSERT_TRUE(server.hears(1)) << sip::name(transport);
    const auto [flow, bytes] = server.heard.value().messages[0];
    EXPECT_EQ(bytes, large);
    EXPECT_EQ(flow.transport, transport);
    EXPECT_EQ(flow.connection != 0, transport != Transport::udp);
    server.transport->send(flow, message_of(30'000));  // back on the same way
    ASSERT_TRUE(client.hears(1)) << sip::name(transport);
    EXPECT_EQ(client.heard.value().messages[0].second, message_of(30'000));
    for (Side* side : {&server, &client}) side->heard.change([](Heard& h) { h.messages.clear(); });
  }
}

TEST_F(TwoTransports, UseAConnectionAgainForTheSameAddressAndTransport) {
  for (int i = 0; i < 2; ++i) client.transport->send(to_server(Transport::tls), message_of(i));
  ASSERT_TRUE(server.hears(2));
  client.transport->send(to_server(Transport::tcp), message_of(0));
  ASSERT_TRUE(server.hears(3));
  const auto messages = server.heard.value().messages;
  EXPECT_EQ(messages[0].first, messages[1].first);
  EXPECT_NE(messages[1].first.connection, messages[2].first.connection);
}

TEST_F(TwoTransports, TlsServerMustProveTheNameThatIsExpected) {
  const auto flow = to_server(Transport::tls);
  client.transport->expect_host(flow.remote, "sip.example.test");
  client.transport->send(flow, message_of(1));
  EXPECT_TRUE(server.hears(1));
  client.transport->expect_host(flow.remote, "other.example.test");
  client.transport->send(flow, message_of(2));
  EXPECT_TRUE(client.fails(flow));
  EXPECT_EQ(client.heard.value().refused.at(0), "certificate of other.example.test: hostname mismatch");
  EXPECT_EQ(server.heard.value().messages.size(), 1u);
}

TEST_F(TwoTransports, TellTheFlowThatWasAskedForWhenNobodyListens) {
  sip::Flow nobody = to_server(Transport::tls);
  nobody.remote = server.transport->tls_port() == 9 ? nobody.remote.with_port(10) : nobody.remote.with_port(9);
  client.transport->send(nobody, message_of(1));
  EXPECT_TRUE(client.fails(nobody));
  nobody.transport = Transport::tcp;
  client.transport->send(nobody, message_of(1));
  EXPECT_TRUE(client.fails(nobody));
}

TEST_F(TwoTransports, AnswerAPingOverTlsAndTellWhenTheConnectionIsGone) {
  // A client of the plain TCP layer, so that the test sees the bytes.
  test::Watched<std::string> got;
  net::TcpEvents events;
  events.opened = [](net::ConnectionId, const base::Address&) {};
  events.bytes = [&](net::ConnectionId, std::span<const std::uint8_t> b, base::Time) {
    got.change([&](std::string& s) { s.append(b.begin(), b.end()); });
  };
  events.closed = [](net::ConnectionId, net::TcpEnd) {};
  auto phone = std::make_unique<net::TcpServer>(loop, net::TcpLimits{}, events);
  const auto trust = *net::TlsContext::client({authority.ca(), true});
  on_loop(loop, [&] {
    const auto id = *phone->connect(to_server(Transport::tls).remote, *trust, "127.0.0.1");
    phone->send(id, message_of(3) + "\r\n\r\n");
  });
  EXPECT_TRUE(got.wait([](const std::string& s) { return s == "\r\n"; }));
  ASSERT_TRUE(server.hears(1));
  on_loop(loop, [&] { phone.reset(); });
  EXPECT_TRUE(server.fails(server.heard.value().messages[0].first));
}

TEST_F(TwoTransports, GarbageOnTheTlsPortReachesNobody) {
  test::RawClient raw(to_server(Transport::tls).remote);
  raw.send(message_of(5));
  raw.read_all();
  EXPECT_TRUE(server.heard.wait([](const Heard& h) { return h.refused.size() == 1; }));
  EXPECT_TRUE(server.heard.value().messages.empty());
}

TEST_F(TwoTransports, RefuseToStartWithoutTheirFiles) {
  Config::Sip bad = client_config;
  bad.certificate = "/nowhere.pem", bad.key = "/nowhere.key";
  EXPECT_EQ(SipTransport::open(bad, loop, loop, {}).error().code, base::Code::io);
}

}  // namespace
}  // namespace daedap::server
