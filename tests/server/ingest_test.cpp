// Plain RTP through real sockets into a whole server of two shards.
#include "server/ingest.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sodium.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "media/fakes.hpp"
#include "server/server.hpp"
#include "store/call_table.hpp"
#include "store/database.hpp"
#include "tests/server/scripted_source.hpp"

namespace daedap::server {
namespace {

class IngestServer : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_GE(sodium_init(), 0);
    config_.state = testing::TempDir() + "daedap_ingest_" + std::to_string(::getpid()) + "_" +
                    testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(config_.state);
    config_.sip.bind = "127.0.0.1";
    config_.sip.port = config_.http.port = 0;
    config_.ingest.enabled = true;
    config_.ingest.customer_port = config_.ingest.agent_port = 0;
    config_.shards = 2;
    out_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  }
  void TearDown() override {
    server_.reset();
    ::close(out_);
    std::filesystem::remove_all(config_.state);
  }
  base::Result<std::unique_ptr<Server>> made() {
    ServerOptions options;
    options.engines = std::make_unique<ScriptedSource>();
    return Server::start(config_, std::move(options));
  }
  void start() {
    auto server = made();
    ASSERT_TRUE(server) << server.error().message();
    server_ = std::move(*server);
    const auto ports = nlohmann::json::parse(std::ifstream(config_.state + "/run.json"));
    customer_ = ports.at("ingest_customer_port");
    agent_ = ports.at("ingest_agent_port");
  }
  void send(std::uint16_t port, media::testing::Peer& who) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto bytes = who.packet();
    ASSERT_EQ(::sendto(out_, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to),
              static_cast<ssize_t>(bytes.size()));
  }
  static bool wait_until(const std::function<bool()>& done) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!done() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    return done();
  }
  std::vector<call::Record> stored() {
    auto db = store::Database::open(config_.state + "/daedap.db");
    store::CallTable table(*db);
    std::vector<call::Record> out;
    const auto page = table.page(50, std::nullopt);
    for (const store::StoredCall& c : *page) out.push_back(table.find(c.record.call_id)->record);
    return out;
  }

  Config config_;
  std::unique_ptr<Server> server_;
  std::uint16_t customer_ = 0, agent_ = 0;
  int out_ = -1;
};

TEST_F(IngestServer, CallsBeginOnBothShardsAndEndWithTheServer) {
  start();
  media::testing::Peer peers[4];
  for (std::uint32_t i = 0; i < 4; ++i) peers[i].ssrc = i;
  for (int n = 0; n < 50; ++n) {
    for (media::testing::Peer& one : peers) send(customer_, one);
    std::this_thread::sleep_for(base::Millis{5});  // what comes all at once is taken for a flood
  }
  EXPECT_TRUE(wait_until([&] { return server_->calls() == 4; }));
  server_->drain();
  server_->end_calls();
  EXPECT_TRUE(wait_until([&] { return server_->calls() == 0; }));
  server_->stop();
  std::set<int> shards;
  const auto calls = stored();
  ASSERT_EQ(calls.size(), 4u);
  for (const call::Record& one : calls) {
    EXPECT_EQ(one.cause, call::Cause::shutdown);
    EXPECT_GT(one.media.packets_received, 30u);
    shards.insert(one.shard);
  }
  EXPECT_EQ(shards.size(), 2u);
}

TEST_F(IngestServer, StopsWithCallsThatStillRun) {
  start();
  media::testing::Peer customer, agent;
  for (int n = 0; n < 10; ++n) send(customer_, customer), send(agent_, agent);
  EXPECT_TRUE(wait_until([&] { return server_->calls() == 1; }));
  server_->stop();
}

TEST_F(IngestServer, PortThatIsTakenIsToldAtTheStart) {
  start();
  config_.ingest.customer_port = customer_;
  config_.state += "/second";
  std::filesystem::create_directories(config_.state);
  const auto second = made();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::Code::no_port);
  EXPECT_NE(second.error().message().find("ingest port " + std::to_string(customer_)), std::string::npos)
      << second.error().message();
}

}  // namespace
}  // namespace daedap::server
