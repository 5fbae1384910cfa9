#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <map>
#include <string>

#include "net/certificates.hpp"
#include "net/loop.hpp"
#include "net/on_loop.hpp"
#include "net/raw_client.hpp"
#include "net/tcp_server_bench.hpp"
#include "net/tls_context.hpp"

namespace daedap::net {
namespace {

using test::loopback;
using test::on_loop;
using test::RawClient;

/// A blocking TLS client of OpenSSL's own making, of one protocol version.
class TlsPeer {
 public:
  TlsPeer(const base::Address& server, int version, int receive_buffer = 0) : client(server, receive_buffer) {
    SSL_CTX_set_min_proto_version(context, version);
    SSL_CTX_set_max_proto_version(context, version);
    SSL_CTX_set_security_level(context, 0);  // or 1.0 would not even be tried
    ssl = SSL_new(context);
    SSL_set_fd(ssl, client.descriptor());
    open = SSL_connect(ssl) == 1;
  }
  ~TlsPeer() {
    SSL_free(ssl);
    SSL_CTX_free(context);
  }
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;
  void send(const std::string& text) { SSL_write(ssl, text.data(), static_cast<int>(text.size())); }
  std::string read() {
    char buffer[4096];
    const int size = SSL_read(ssl, buffer, sizeof buffer);
    return size > 0 ? std::string(buffer, static_cast<std::size_t>(size)) : std::string{};
  }

  RawClient client;
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* ssl = nullptr;
  bool open = false;
};

class TlsServerTest : public test::TcpServerBench {
 protected:
  void start(TcpLimits limits = {}) {
    make(limits);
    const auto pair = authority.issue("server", "IP:127.0.0.1");
    address = *server->listen(loopback(), *TlsContext::server({pair.certificate, pair.key}));
    loop.start();
  }
  bool hears(ConnectionId id, const std::string& text) {
    return seen.wait([&](const Seen& s) { return s.bytes.contains(id) && s.bytes.at(id) == text; });
  }
  ConnectionId connect(const TlsTrust& trust, const std::string& host) {
    return on_loop(loop, [&] { return *server->connect(address, **TlsContext::client(trust), host); });
  }

  test::Certificates authority;
};

TEST_F(TlsServerTest, SpeaksTls12And13WithAForeignClient) {
  echo = true;
  start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsPeer peer(address, version);
    ASSERT_TRUE(peer.open) << version;
    peer.send("hello");
    EXPECT_EQ(peer.read(), "hello");
  }
}

TEST_F(TlsServerTest, RefusesOlderVersions) {
  start();
  ConnectionId id = 0;
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    EXPECT_FALSE(TlsPeer(address, version).open) << version;
    EXPECT_TRUE(ends_as(++id, TcpEnd::handshake));
  }
  EXPECT_EQ(seen.value().why, "unsupported protocol");
  EXPECT_EQ(on_loop(loop, [&] { return server->figures().refused; }), 2U);
}

TEST_F(TlsServerTest, ConnectsToItselfAndDeliversWhatWasSentBefore) {
  echo = true;
  start();
  const ConnectionId id = on_loop(loop, [&] {
    const auto made = *server->connect(address, **TlsContext::client({authority.ca(), true}), "127.0.0.1");
    server->send(made, "early");
    return made;
  });
  // Both sides echo, so it comes again and again.
  EXPECT_TRUE(seen.wait([&](const Seen& s) { return s.bytes.contains(id) && s.bytes.at(id).starts_with("early"); }));
}

TEST_F(TlsServerTest, ClosesAConnectionToTheWrongHostBeforeItIsTold) {
  start();
  const ConnectionId id = connect({authority.ca(), true}, "sip.example.test");
  EXPECT_TRUE(ends_as(id, TcpEnd::handshake));
  EXPECT_FALSE(seen.value().bytes.contains(id));
}

TEST_F(TlsServerTest, ClosesAConnectionToAnUnknownAuthority) {
  start();
  test::Certificates stranger;
  const ConnectionId id = connect({stranger.ca(), true}, "127.0.0.1");
  EXPECT_TRUE(ends_as(id, TcpEnd::handshake));
}

TEST_F(TlsServerTest, ClosesWhoeverDoesNotFinishTheHandshake) {
  TcpLimits limits;
  limits.handshake = base::Millis{60};
  start(limits);
  RawClient silent(address);
  RawClient half(address);
  ASSERT_TRUE(half.send(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)));
  EXPECT_EQ(silent.read_all(), "");
  EXPECT_EQ(half.read_all(), "");
  EXPECT_TRUE(ends_as(1, TcpEnd::handshake));
  EXPECT_TRUE(ends_as(2, TcpEnd::handshake));
  EXPECT_EQ(seen.value().why, "no hand-shake in time");
  EXPECT_TRUE(seen.value().bytes.empty());
}

TEST_F(TlsServerTest, AnOpenConnectionOutlivesTheHandshakeLimit) {
  TcpLimits limits;
  limits.handshake = base::Millis{200};
  start(limits);
  TlsPeer peer(address, TLS1_3_VERSION);
  ASSERT_TRUE(peer.open && opens(1));
  test::Watched<bool> later;
  loop.post_after(base::Millis{400}, [&] { later.change([](bool& b) { b = true; }); });
  ASSERT_TRUE(later.wait([](bool b) { return b; }));
  peer.send("still here");
  EXPECT_TRUE(hears(1, "still here"));
}

TEST_F(TlsServerTest, AnswersGarbageWithAnAlertAndCloses) {
  start();
  RawClient client(address);
  ASSERT_TRUE(client.send("REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1\r\n\r\n"));
  client.read_all();
  EXPECT_TRUE(ends_as(1, TcpEnd::handshake));
  EXPECT_FALSE(seen.value().why.empty());
}

TEST_F(TlsServerTest, CountsHandshakesInTheLimitOfOneSource) {
  TcpLimits limits;
  limits.per_source = 1;
  start(limits);
  RawClient silent(address);
  RawClient turned_away(address);
  EXPECT_EQ(turned_away.read_all(), "");
  EXPECT_EQ(on_loop(loop, [&] { return server->figures().turned_away; }), 1U);
}

TEST_F(TlsServerTest, CutsOffAPeerThatDoesNotRead) {
  start();
  TlsPeer peer(address, TLS1_3_VERSION, 4096);
  ASSERT_TRUE(peer.open && opens(1));
  bool alive = true;
  for (int i = 0; i < 200 && alive; ++i) alive = on_loop(loop, [&] { return server->send(1, std::string(100'000, 'a')); });
  EXPECT_FALSE(alive);
  EXPECT_TRUE(ends_as(1, TcpEnd::slow_reader));
}

TEST_F(TlsServerTest, SaysGoodByeAfterWhatIsQueued) {
  start();
  TlsPeer peer(address, TLS1_2_VERSION);
  ASSERT_TRUE(peer.open && opens(1));
  on_loop(loop, [&] {
    server->send(1, "last");
    server->close(1);
  });
  EXPECT_EQ(peer.read(), "last");
  EXPECT_EQ(peer.read(), "");
  EXPECT_NE(SSL_get_shutdown(peer.ssl) & SSL_RECEIVED_SHUTDOWN, 0);
  EXPECT_TRUE(ends_as(1, TcpEnd::closed_by_us));
}

TEST_F(TlsServerTest, TellsWhenThePeerSaysGoodBye) {
  start();
  TlsPeer peer(address, TLS1_3_VERSION);
  ASSERT_TRUE(peer.open && opens(1));
  SSL_shutdown(peer.ssl);
  EXPECT_TRUE(ends_as(1, TcpEnd::closed_by_peer));
}

TEST_F(TlsServerTest, GarbageAfterTheHandshakeEndsTheConnection) {
  start();
  TlsPeer peer(address, TLS1_3_VERSION);
  ASSERT_TRUE(peer.open && opens(1));
  ASSERT_TRUE(peer.client.send(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'z')));
  EXPECT_TRUE(ends_as(1, TcpEnd::failed));
  EXPECT_EQ(seen.value().bytes[1], "");
}

TEST_F(TlsServerTest, MayBeDestroyedInAHandshake) {
  start();
  RawClient silent(address);
  TlsPeer peer(address, TLS1_3_VERSION);
  ASSERT_TRUE(peer.open && opens(2));
  on_loop(loop, [&] { server.reset(); });
  EXPECT_EQ(silent.read_all(), "");
  EXPECT_TRUE(seen.value().ended.empty());
}

}  // namespace
}  // namespace daedap::net
