#include "net/websocket_url.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace daedap::net {
namespace {

WebSocketUrl good(std::string_view text) {
  const auto url = parse_websocket_url(text);
  EXPECT_TRUE(url) << text << ": " << (url ? "" : url.error().message());
  return url.value_or(WebSocketUrl{});
}

TEST(WebSocketUrl, SaysWhereAServerIs) {
  const WebSocketUrl plain = good("ws://consumer.test");
  EXPECT_FALSE(plain.tls);
  EXPECT_EQ(plain.host, "consumer.test");
  EXPECT_EQ(plain.port, 80);
  EXPECT_EQ(plain.target, "/");
  const WebSocketUrl secure = good("WSS://10.0.0.1:9443/a/b?key=1&x=%20");
  EXPECT_TRUE(secure.tls);
  EXPECT_EQ(secure.port, 9443);
  EXPECT_EQ(secure.target, "/a/b?key=1&x=%20");
  EXPECT_EQ(good("wss://h").port, 443);
  EXPECT_EQ(good("ws://h?q=1").target, "/?q=1");
}

TEST(WebSocketUrl, NamesItsHostAsTheHostFieldDoes) {
  EXPECT_EQ(good("ws://h:80/").authority(), "h");
  EXPECT_EQ(good("ws://h:443/").authority(), "h:443");
  EXPECT_EQ(good("wss://h:443/").authority(), "h");
  EXPECT_EQ(good("ws://[::1]:9000/").authority(), "[::1]:9000");
  EXPECT_EQ(good("ws://[::1]/").host, "::1");
}

TEST(WebSocketUrl, KeepsKeysOutOfLogs) { EXPECT_EQ(good("wss://h:9000/events?token=geheim").shown(), "wss://h:9000/events"); }

TEST(WebSocketUrl, RefusesWhatItCannotMean) {
  for (const char* text : {"", "http://h/", "ws:/h", "ws://", "ws:///path", "ws://:80/", "ws://h:/", "ws://h:0/", "ws://h:65536/", "ws://h:8o/",
                           "ws://user:pw@h/", "ws://h/#part", "ws://h/a b", "ws://h/\r\nX: y", "ws://h\xc3\xa4/", "ws://[::1/", "ws://[h]/",
                           "ws://[::1]x:80/", "ws://[127.0.0.1]/", "ws://h;x/"})
    EXPECT_FALSE(parse_websocket_url(text)) << text;
  EXPECT_FALSE(parse_websocket_url("ws://h/" + std::string(3000, 'x')));
}

TEST(WebSocketUrl, MutationsGiveAResultAndNeverABadHost) {
  base::Random random(base::seeded(7));
  const std::string seeds[] = {"wss://host.example:9000/path?a=b", "ws://[2001:db8::1]:80/x"};
  for (int round = 0; round < 50'000; ++round) {
    std::string text = seeds[random.u32() % 2];
    for (std::uint32_t n = random.u32() % 4 + 1; n > 0; --n) {
      const std::size_t at = random.u32() % text.size();
      switch (random.u32() % 3) {
        case 0: text[at] = static_cast<char>(random.u32()); break;
        case 1: text.erase(at, random.u32() % 3 + 1); break;
        default: text.insert(at, 1, "/:?#[]@ws\r\n"[random.u32() % 11]);
      }
      if (text.empty()) text = "w";
    }
    const auto url = parse_websocket_url(text);
    if (!url) continue;
    EXPECT_FALSE(url->host.empty());
    EXPECT_NE(url->port, 0);
    EXPECT_TRUE(url->target.starts_with('/'));
    EXPECT_EQ((url->authority() + url->target).find_first_of("\r\n #"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace daedap::net
