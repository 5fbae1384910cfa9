#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "server/config.hpp"

namespace daedap::server {
namespace {

class EventConfig : public testing::Test {
 protected:
  void SetUp() override { clear(); }
  void TearDown() override {
    clear();
    std::filesystem::remove(path_);
  }
  static void clear() {
    for (const char* name : {"WEBSOCKET_URLS", "AICC_WS_URL", "AICC_WS_URL_1", "AICC_WS_URL_2", "CRM_TOKEN"}) ::unsetenv(name);
  }
  ConfigReading read(const std::string& text) {
    std::ofstream(path_, std::ios::binary) << text;
    return read_config(path_);
  }
  std::string fault(const std::string& text) {
    const ConfigReading r = read(text);
    EXPECT_EQ(r.faults.size(), 1u) << text;
    return r.faults.empty() ? "" : r.faults[0].text();
  }
  std::vector<std::string> urls(const ConfigReading& r) {
    std::vector<std::string> out;
    for (const auto& url : r.config.events.urls) out.push_back(url.url);
    return out;
  }
  std::string path_ = testing::TempDir() + "daedap_events_" + std::to_string(::getpid()) + ".yaml";
};

TEST_F(EventConfig, NobodyIsToldUnlessTheFileSaysSo) {
  const ConfigReading r = read("");
  EXPECT_TRUE(r.config.events.urls.empty());
  EXPECT_FALSE(r.config.events.extended);
  EXPECT_EQ(r.config.events.max_outbox_mb, 1024);
}

TEST_F(EventConfig, ConsumersHaveTokensHeadersAndAuthorities) {
  ::setenv("CRM_TOKEN", "geheim", 1);
  const ConfigReading r = read(
      "events:\n  extended: true\n  max_outbox_mb: 20\n  max_age_h: 24\n  urls:\n    - url: wss://crm.test/x?y=1\n      token: ${CRM_TOKEN}\n"
      "      headers: [\"X-Site: seoul\"]\n      ca: /etc/ca.pem\n    - url: ws://127.0.0.1:9000\n");
  ASSERT_TRUE(r.faults.empty()) << r.faults[0].text();
  const EventSettings& e = r.config.events;
  EXPECT_TRUE(e.extended);
  EXPECT_EQ(e.max_outbox_mb, 20);
  EXPECT_EQ(e.max_age, std::chrono::hours{24});
  ASSERT_EQ(e.urls.size(), 2u);
  const auto peer = websocket_peer(e.urls[0]);
  ASSERT_TRUE(peer);
  EXPECT_EQ(peer->ca, "/etc/ca.pem");
  EXPECT_EQ(peer->headers, (std::vector<std::pair<std::string, std::string>>{{"Authorization", "Bearer geheim"}, {"X-Site", "seoul"}}));
}

TEST_F(EventConfig, FaultsAreToldWithTheirLines) {
  EXPECT_EQ(fault("events:\n  urls:\n    - url: http://h/\n"), path_ + ":3: events.urls[0].url: the URL must begin with ws:// or wss://");
  EXPECT_EQ(fault("events:\n  urls:\n    - token: x\n"), path_ + ":3: events.urls[0]: needs the key url");
  EXPECT_EQ(fault("events:\n  urls:\n    - url: ws://h/\n    - url: ws://h/\n"), path_ + ":4: events.urls[1].url: stands in events.urls[0] already");
  EXPECT_EQ(fault("events:\n  urls:\n    - {url: \"ws://h/\", headers: [nonsense]}\n"),
            path_ + ":3: events.urls[0].headers: a header must be \"Name: value\"");
  EXPECT_EQ(fault("events:\n  urls:\n    - {url: \"ws://h/\", headers: [\"Host: x\"]}\n"),
            path_ + ":3: events.urls[0].headers: a header is one that the connection needs itself: Host");
  EXPECT_EQ(fault("events:\n  urls:\n    - {url: \"ws://h/\", tokn: x}\n"), path_ + ":3: events.urls[0].tokn: unknown key; did you mean token?");
  EXPECT_EQ(fault("events:\n  extendet: true\n"), path_ + ":2: events.extendet: unknown key; did you mean events.extended?");
  EXPECT_FALSE(read("events:\n  urls:\n    - {url: \"ws://h/\", token: \"a\\r\\nX: y\"}\n").faults.empty());
}

TEST_F(EventConfig, EnvironmentWinsAndKeepsWhatTheFileKnowsOfItsUrls) {
  ::setenv("WEBSOCKET_URLS", "ws://a:1/, wss://b/x ,", 1);
  ::setenv("AICC_WS_URL", "ws://c/", 1);
  ::setenv("AICC_WS_URL_2", "ws://d/", 1);
  ::setenv("AICC_WS_URL_1", "ws://a:1/", 1);
  const ConfigReading r = read("events:\n  urls:\n    - url: ws://file/\n    - {url: \"ws://c/\", token: geheim}\n");
  ASSERT_TRUE(r.faults.empty()) << r.faults[0].text();
  EXPECT_EQ(urls(r), (std::vector<std::string>{"ws://a:1/", "wss://b/x", "ws://c/", "ws://d/"}));
  EXPECT_EQ(r.config.events.urls[2].token, "geheim");
  EXPECT_EQ(r.notes.size(), 3u);
}

TEST_F(EventConfig, WrongUrlInTheEnvironmentIsAFault) {
  ::setenv("AICC_WS_URL", "http://c/", 1);
  EXPECT_EQ(fault(""), "environment:0: AICC_WS_URL: the URL must begin with ws:// or wss://");
}

TEST_F(EventConfig, SchemaPutsTheListIntoItsGroup) {
  const auto schema = nlohmann::json::parse(config_schema());
  const auto& events = schema["properties"]["events"]["properties"];
  EXPECT_EQ(events["extended"]["type"], "boolean");
  EXPECT_EQ(events["urls"]["type"], "array");
  EXPECT_EQ(events["urls"]["items"]["required"][0], "url");
  EXPECT_FALSE(schema["properties"].contains("events.urls"));
}

}  // namespace
}  // namespace daedap::server
