#include "server/server.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "net/certificates.hpp"
#include "server/place_call.hpp"
#include "sim/voice.hpp"
#include "store/call_table.hpp"
#include "store/database.hpp"
#include "store/operator_table.hpp"
#include "tests/server/scripted_source.hpp"

namespace daedap::server {
namespace {

/// The whole server on loopback with scripted engines; calls go through real sockets.
class WholeServer : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_GE(sodium_init(), 0);
    config_.state = testing::TempDir() + "daedap_server_" + std::to_string(::getpid()) + "_" +
                    testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(config_.state);
    config_.sip.bind = "127.0.0.1";
    config_.sip.port = config_.http.port = 0;
    config_.media.first_port = static_cast<std::uint16_t>(40'000 + ::getpid() % 1000 * 20);
    config_.media.last_port = static_cast<std::uint16_t>(config_.media.first_port + 199);
    config_.shards = 2;
    auto db = store::Database::open(file());
    ASSERT_TRUE(db) << db.error().message();
    for (const char* id : {"1001", "1003"}) {
      call::Operator op{.id = id, .name = "김지원", .language = "ko", .voice = {}, .away_message = {}, .greeting = {}};
      op.status = op.id == "1001" ? call::OperatorStatus::away : call::OperatorStatus::available;
      ASSERT_TRUE(store::OperatorTable(*db).add(op));
    }
  }
  void TearDown() override {
    server_.reset();
    std::filesystem::remove_all(config_.state);
  }
  std::string file() const { return config_.state + "/daedap.db"; }

  void start(call::AiState state = {call::AiState::State::ready, "scripted", 100}) {
    ServerOptions options;
    options.engines = std::make_unique<ScriptedSource>(std::move(state));
    auto server = Server::start(config_, std::move(options));
    ASSERT_TRUE(server) << server.error().message();
    server_ = std::move(*server);
  }
  call::TestReport call(const std::string& user, std::vector<call::Step> steps = {}, const char* transport = "") {
    const std::string uri = "sip:" + user + "@127.0.0.1:" + std::to_string(server_->sip_port()) + transport;
    auto report = place_call({uri, {}, {}}, std::move(steps), [] { return false; });
    EXPECT_TRUE(report) << report.error().message();
    return report ? *report : call::TestReport{};
  }
  std::vector<store::StoredCall> stored() {
    auto db = store::Database::open(file());
    store::CallTable table(*db);
    std::vector<store::StoredCall> out;
    const auto page = table.page(50, std::nullopt);
    for (const store::StoredCall& c : *page) out.push_back(*table.find(c.record.call_id));
    return out;
  }

  Config config_;
  std::unique_ptr<Server> server_;
};

TEST_F(WholeServer, CallOverTlsIsAnsweredAndHungUp) {
  test::Certificates authority;
  const auto pair = authority.issue("server", "IP:127.0.0.1");
  config_.sip.certificate = pair.certificate, config_.sip.key = pair.key;
  config_.sip.tls_port = 0;
  start();
  const std::string at = "1001@127.0.0.1:" + std::to_string(server_->tls_port());
  for (const std::string& uri : {"sip:" + at + ";transport=tls", "sips:" + at}) {
    const auto report = place_call({uri, {}, {}, authority.ca()}, {call::Listen{base::Millis{300}, base::Millis{8000}}}, [] { return false; });
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_EQ(report->code, 200);
    EXPECT_EQ(report->cause, "completed");
    EXPECT_GT(report->media.packets_received, 20u);
  }
  const auto refused = place_call({"sips:" + at, {}, {}}, {}, [] { return false; });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::denied);
  EXPECT_TRUE(place_call({"sips:" + at, {}, {}, {}, true}, {}, [] { return false; }));
  server_->stop();
  const auto calls = stored();
  ASSERT_EQ(calls.size(), 3u);
  for (const auto& c : calls) EXPECT_EQ(c.record.cause, call::Cause::caller_hung_up);
}

TEST_F(WholeServer, ReloadShowsNewCallersTheNewCertificate) {
  test::Certificates first, second;
  const auto before = first.issue("server", "IP:127.0.0.1"), after = second.issue("server", "IP:127.0.0.1");
  config_.sip.certificate = before.certificate, config_.sip.key = before.key;
  config_.sip.tls_port = 0;
  start();
  const std::string uri = "sips:1001@127.0.0.1:" + std::to_string(server_->tls_port());
  const auto believes = [&](const std::string& ca) { return place_call({uri, {}, {}, ca}, {}, [] { return false; }).has_value(); };
  EXPECT_TRUE(believes(first.ca()));
  Config fresh = config_;
  fresh.sip.certificate = "/nowhere.pem";
  EXPECT_EQ(server_->reload(fresh).at(1), "TLS certificate not changed: cannot read the TLS certificate file: /nowhere.pem");
  EXPECT_TRUE(believes(first.ca()));
  fresh.sip.certificate = after.certificate, fresh.sip.key = after.key;
  EXPECT_EQ(server_->reload(fresh).at(1), "changed: TLS certificate (for new connections)");
  EXPECT_FALSE(believes(first.ca()));
  EXPECT_TRUE(believes(second.ca()));
}

TEST_F(WholeServer, CallToAnAwayOperatorIsAnsweredHeardAndKept) {
  start();
  const call::Listen listen{base::Millis{600}, base::Millis{8000}};
  const auto report = call("1001", {listen, call::Speak{sim::speak("영업 시간이 어떻게 되나요"), "hours"}, listen});
  EXPECT_TRUE(report.answered);
  EXPECT_EQ(report.code, 200);
  ASSERT_EQ(report.turns.size(), 1u);
  EXPECT_TRUE(report.turns[0].response_ms.has_value());
  server_->stop();
  const auto calls = stored();
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].record.cause, call::Cause::caller_hung_up);
  ASSERT_GE(calls[0].record.turns.size(), 3u);
  EXPECT_TRUE(calls[0].record.turns[0].text.starts_with("안녕하세요, 김지원의 AI 비서입니다."));
  bool heard = false;
  for (const call::Turn& t : calls[0].record.turns) heard = heard || t.text == "영업 시간이 어떻게 되나요";
  EXPECT_TRUE(heard);
  int recordings = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(config_.state + "/recordings"))
    recordings += entry.path().filename() == "call.wav" && entry.file_size() > 64'000;
  EXPECT_EQ(recordings, 1);
}

TEST_F(WholeServer, TcpCarriesACallToo) {
  start();
  EXPECT_EQ(call("1001", {call::Wait{base::Millis{300}}}, ";transport=tcp").code, 200);
}

TEST_F(WholeServer, WhoIsNotAwayOrUnknownIsRefused) {
  start();
  EXPECT_EQ(call("1003").code, 480);
  EXPECT_EQ(call("7777").code, 404);
}

TEST_F(WholeServer, DeadEnginesAre503WithRetryAfter) {
  start({call::AiState::State::failed, "no model", 100});
  const auto report = call("1001");
  EXPECT_EQ(report.code, 503);
  EXPECT_TRUE(report.retry_after.has_value());
}

TEST_F(WholeServer, DrainingRefusesNewCallsAndLetsTheRunningOneFinish) {
  start();
  call::TestReport running;
  std::thread caller([&] { running = call("1001", {call::Wait{base::Millis{2500}}}); });
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (server_->calls() == 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  server_->drain();
  EXPECT_EQ(call("1001").code, 503);
  caller.join();
  EXPECT_TRUE(running.answered);
  EXPECT_EQ(running.cause, "completed");
}

TEST_F(WholeServer, PortThatIsTakenIsAnErrorNotACrash) {
  start();
  config_.sip.port = server_->sip_port();
  ServerOptions options;
  options.engines = std::make_unique<ScriptedSource>();
  EXPECT_FALSE(Server::start(config_, std::move(options)));
}

}  // namespace
}  // namespace daedap::server
