#include "net/https_get.hpp"

#include <gtest/gtest.h>

#include "net/certificates.hpp"
#include "net/loop.hpp"
#include "net/on_loop.hpp"
#include "net/tcp_server.hpp"
#include "net/tls_context.hpp"

namespace daedap::net {
namespace {

using namespace std::chrono_literals;

/// Answers each request by its path.
class HttpsGetTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto pair = authority.issue("server", names);
    address = *server.listen(test::loopback(), *TlsContext::server({pair.certificate, pair.key}));
    loop.start();
  }
  void TearDown() override {
    loop.stop();
    loop.join();
  }
  HttpsGet wanted(const std::string& path) const {
    return {.url = at(path), .most_bytes = 100'000, .time_out = 5s, .ca = authority.ca()};
  }
  std::string at(const std::string& path) const {
    return "https://127.0.0.1:" + std::to_string(address.port) + path;
  }
  base::Code fault_of(const HttpsGet& get) {
    const auto got = https_get(get);
    EXPECT_FALSE(got);
    return got ? base::Code::bad_state : got.error().code;
  }
  std::string answer(std::string_view request) const {
    const auto path = request.substr(4, request.find(' ', 4) - 4);
    const auto with = [](const std::string& status, const std::string& headers, const std::string& body) {
      return "HTTP/1.1 " + status + "\r\nConnection: close\r\n" + headers + "\r\n" + body;
    };
    if (path == "/file") return with("200 OK", "Content-Length: 5\r\n", "hello");
    if (path == "/moved") return with("302 Found", "Location: /file\r\nContent-Length: 0\r\n", "");
    if (path == "/round") return with("302 Found", "Location: /round\r\nContent-Length: 0\r\n", "");
    if (path == "/plain")
      return with("302 Found", "Location: http://127.0.0.1/file\r\nContent-Length: 0\r\n", "");
    if (path == "/large") return with("200 OK", "Content-Length: 100001\r\n", std::string(100'001, 'x'));
    if (path == "/endless") return with("200 OK", "", std::string(300'000, 'x'));
    if (path == "/short") return with("200 OK", "Content-Length: 50\r\n", "not all of it");
    return with("404 Not Found", "Content-Length: 0\r\n", "");
  }

  std::string names = "IP:127.0.0.1";
  test::Certificates authority;
  base::Address address;
  Loop loop{"https"};
  TcpServer server{loop,
                   {},
                   {.opened = [](auto, auto&) {},
                    .bytes =
                        [this](ConnectionId id, std::span<const std::uint8_t> bytes, base::Time) {
                          const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                                                      bytes.size());
                          if (text.starts_with("GET /silent")) return;
                          server.send(id, answer(text));
                          server.close(id);
                        },
                    .closed = [](auto, auto) {}}};
};

TEST_F(HttpsGetTest, GivesTheBodyOfAFile) {
  const auto got = https_get(wanted("/file"));
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(*got, "hello");
}

TEST_F(HttpsGetTest, FollowsAFewRedirectsWithinHttps) {
  EXPECT_EQ(https_get(wanted("/moved")).value_or(""), "hello");
  EXPECT_EQ(fault_of(wanted("/round")), base::Code::io);
  EXPECT_EQ(fault_of(wanted("/plain")), base::Code::bad_syntax);
}

TEST_F(HttpsGetTest, TakesNothingThatIsTooLargeCutShortOrMissing) {
  EXPECT_EQ(fault_of(wanted("/large")), base::Code::too_large);
  EXPECT_EQ(fault_of(wanted("/endless")), base::Code::too_large);
  EXPECT_EQ(fault_of(wanted("/short")), base::Code::io);
  EXPECT_EQ(fault_of(wanted("/nowhere")), base::Code::not_found);
}

TEST_F(HttpsGetTest, GivesUpInTime) {
  HttpsGet get = wanted("/silent");
  get.time_out = 1s;
  EXPECT_EQ(fault_of(get), base::Code::timed_out);
}

TEST_F(HttpsGetTest, BelievesNoUnknownAuthorityNorPlainHttp) {
  HttpsGet get = wanted("/file");
  const test::Certificates stranger;
  get.ca = stranger.ca();
  EXPECT_EQ(fault_of(get), base::Code::denied);
  get.ca.clear();
  EXPECT_EQ(fault_of(get), base::Code::denied);
  get = wanted("/file");
  get.url.erase(4, 1);
  EXPECT_EQ(fault_of(get), base::Code::bad_syntax);
  get.url = "file:///etc/passwd";
  EXPECT_EQ(fault_of(get), base::Code::bad_syntax);
}

class HttpsGetOfAnother : public HttpsGetTest {
 protected:
  HttpsGetOfAnother() { names = "IP:127.0.0.2"; }
};

TEST_F(HttpsGetOfAnother, RefusesTheCertificateOfAnotherHost) {
  EXPECT_EQ(fault_of(wanted("/file")), base::Code::denied);
}

}  // namespace
}  // namespace daedap::net
