#include "net/websocket_client.hpp"

#include <gtest/gtest.h>

#include <csignal>

#include "tests/net/certificates.hpp"
#include "tests/net/on_loop.hpp"
#include "tests/net/ws_server.hpp"

namespace daedap::net {
namespace {

using test::WsServer;

struct Seen {
  int opened = 0, written = 0;
  std::vector<std::string> pongs;
  std::string closed;
};

class WebSocketTest : public testing::Test {
 protected:
  WebSocketTest() { loop_.start(); }
  ~WebSocketTest() override {
    test::on_loop(loop_, [this] { client_.reset(); });
  }
  void connect(const std::string& url, WebSocketPeer peer = {}) {
    peer.url = *parse_websocket_url(url);
    test::on_loop(loop_, [&] {
      client_ = std::make_unique<WebSocketClient>(
          loop_, peer,
          WebSocketClient::Events{[this] { seen_.change([](Seen& s) { ++s.opened; }); }, [this] { seen_.change([](Seen& s) { ++s.written; }); },
                                  [this](std::string_view p) { seen_.change([&](Seen& s) { s.pongs.emplace_back(p); }); },
                                  [this](const std::string& why) { seen_.change([&](Seen& s) { s.closed = why; }); }});
    });
  }
  static std::string at(const WsServer& server, const char* scheme = "ws", const char* host = "127.0.0.1") {
    return std::string(scheme) + "://" + host + ":" + std::to_string(server.port()) + "/calls?key=secret";
  }
  bool opened() {
    return seen_.wait([](const Seen& s) { return s.opened == 1; });
  }
  std::string closed() {
    seen_.wait([](const Seen& s) { return !s.closed.empty(); });
    return seen_.value().closed;
  }

  Loop loop_{"ws"};
  std::unique_ptr<WebSocketClient> client_;
  test::Watched<Seen> seen_;
};

TEST_F(WebSocketTest, FramesArriveInOrderAndAPongSpeaksForAllBefore) {
  WsServer server;
  connect(at(server));
  ASSERT_TRUE(opened());
  test::on_loop(loop_, [&] {
    for (int i = 0; i < 300; ++i) client_->send("한글 " + std::to_string(i) + std::string(static_cast<std::size_t>(i) * 10, 'x'));
    client_->ping("17");
  });
  ASSERT_TRUE(seen_.wait([](const Seen& s) { return s.pongs.size() == 1; }));
  EXPECT_EQ(seen_.value().pongs[0], "17");
  EXPECT_EQ(seen_.value().written, 300);
  const auto got = server.messages();
  ASSERT_EQ(got.size(), 300u);
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_TRUE(got[i].starts_with("한글 " + std::to_string(i) + (i ? "x" : ""))) << i;
}

TEST_F(WebSocketTest, RequestCarriesTargetHostAndHeaders) {
  WsServer server;
  connect(at(server), {.url = {}, .headers = {{"Authorization", "Bearer abc"}, {"X-Site", "seoul"}}});
  ASSERT_TRUE(opened());
  const std::string request = server.request();
  EXPECT_TRUE(request.starts_with("GET /calls?key=secret HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("Host: 127.0.0.1:" + std::to_string(server.port()) + "\r\n"), std::string::npos);
  EXPECT_NE(request.find("Authorization: Bearer abc\r\n"), std::string::npos);
  EXPECT_NE(request.find("X-Site: seoul\r\n"), std::string::npos);
}

TEST_F(WebSocketTest, CloseIsSaidAndAnswered) {
  WsServer server;
  connect(at(server));
  ASSERT_TRUE(opened());
  test::on_loop(loop_, [&] { client_->send("last"), client_->close(); });
  EXPECT_EQ(closed(), "closed by us");
  EXPECT_EQ(server.messages(), std::vector<std::string>{"last"});
  EXPECT_TRUE(server.closed_well());
}

TEST_F(WebSocketTest, DeadServerIsTold) {
  WsServer server({.certificate = {}, .key = {}, .answer = {}, .die_after = 1});
  connect(at(server));
  ASSERT_TRUE(opened());
  test::on_loop(loop_, [&] { client_->send("x"); });
  EXPECT_TRUE(closed().starts_with("connection lost")) << closed();
}

TEST_F(WebSocketTest, RedirectsAndRefusalsAreNotFollowed) {
  WsServer server({.certificate = {}, .key = {}, .answer = "HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"});
  connect(at(server));
  EXPECT_EQ(closed(), "refused with status 302 (redirects are not followed)");
  server.refuse("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
  seen_.change([](Seen& s) { s = {}; });
  connect(at(server));
  EXPECT_EQ(closed(), "refused with status 401");
}

TEST_F(WebSocketTest, NobodyThereAndUnknownNamesAreTold) {
  std::uint16_t port = 0;
  { port = WsServer().port(); }
  connect("ws://127.0.0.1:" + std::to_string(port));
  EXPECT_TRUE(closed().starts_with("cannot connect")) << closed();
  seen_.change([](Seen& s) { s = {}; });
  connect("ws://no-such-host.invalid/");
  EXPECT_TRUE(closed().starts_with("the host's name is not known")) << closed();
}

TEST_F(WebSocketTest, ServerThatNeverAnswersTheUpgradeIsGivenUp) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in a{};
  a.sin_family = AF_INET, a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof a;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&a), size), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&a), &size);
  connect("ws://127.0.0.1:" + std::to_string(ntohs(a.sin_port)), {.url = {}, .headers = {}, .ca = {}, .patience = std::chrono::milliseconds{100}});
  EXPECT_EQ(closed(), "no connection in time");
  ::close(listener);
}

class SecureWebSocketTest : public WebSocketTest {
 protected:
  // As the server's process: OpenSSL writes a farewell to who has gone already.
  SecureWebSocketTest() { std::signal(SIGPIPE, SIG_IGN); }

  test::Certificates authority_;
};

TEST_F(SecureWebSocketTest, CertificateOfATrustedAuthorityForThisHostIsBelieved) {
  const auto pair = authority_.issue("ws", "IP:127.0.0.1,DNS:localhost");
  WsServer server({.certificate = pair.certificate, .key = pair.key});
  connect(at(server, "wss"), {.url = {}, .headers = {}, .ca = authority_.ca()});
  ASSERT_TRUE(opened()) << seen_.value().closed;
  test::on_loop(loop_, [&] { client_->send("안녕하세요"), client_->ping("1"); });
  ASSERT_TRUE(seen_.wait([](const Seen& s) { return s.pongs.size() == 1; }));
  EXPECT_EQ(server.messages(), std::vector<std::string>{"안녕하세요"});
}

TEST_F(SecureWebSocketTest, CertificateOfAnUnknownAuthorityIsRefused) {
  const auto pair = authority_.issue("ws", "IP:127.0.0.1");
  WsServer server({.certificate = pair.certificate, .key = pair.key});
  connect(at(server, "wss"));
  EXPECT_TRUE(closed().starts_with("TLS: ")) << closed();
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(SecureWebSocketTest, CertificateOfAnotherHostIsRefused) {
  const auto pair = authority_.issue("ws", "DNS:elsewhere.test");
  WsServer server({.certificate = pair.certificate, .key = pair.key});
  connect(at(server, "wss"), {.url = {}, .headers = {}, .ca = authority_.ca()});
  EXPECT_TRUE(closed().starts_with("TLS: ")) << closed();
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(SecureWebSocketTest, ExpiredCertificateIsRefused) {
  const auto pair = authority_.issue("ws", "IP:127.0.0.1", -10, -1);
  WsServer server({.certificate = pair.certificate, .key = pair.key});
  connect(at(server, "wss"), {.url = {}, .headers = {}, .ca = authority_.ca()});
  EXPECT_EQ(closed(), "TLS: certificate has expired");
}

TEST(WebSocketCa, FilesThatAreNoneAreTold) {
  EXPECT_FALSE(check_ca_file("/nowhere.pem"));
  test::Certificates authority;
  EXPECT_TRUE(check_ca_file(authority.ca()));
}

}  // namespace
}  // namespace daedap::net
