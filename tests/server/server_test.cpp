#include "server/server.hpp"

#include <gtest/gtest.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sodium.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <atomic>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "net/certificates.hpp"
#include "net/raw_client.hpp"
#include "server/commands/commands.hpp"
#include "server/place_call.hpp"
#include "server/turns/pause_files.hpp"
#include "sim/voice.hpp"
#include "store/call_table.hpp"
#include "store/database.hpp"
#include "sip/message.hpp"
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

/// A provider that challenges every REGISTER without credentials, on a loopback socket of its own.
class Provider {
 public:
  Provider() {
    fd_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof any;
    (void)::bind(fd_, reinterpret_cast<sockaddr*>(&any), size);
    (void)::getsockname(fd_, reinterpret_cast<sockaddr*>(&any), &size);
    port_ = ntohs(any.sin_port);
    const timeval wait{.tv_sec = 0, .tv_usec = 50'000};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    thread_ = std::thread([this] { while (!done_) serve(); });
  }
  ~Provider() {
    done_ = true;
    thread_.join();
    ::close(fd_);
  }
  std::string server() const { return "127.0.0.1:" + std::to_string(port_); }
  bool bound() const { return bound_; }
  std::atomic<bool> silent{false};

 private:
  void serve() {
    std::array<char, 4096> buffer;
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const auto n = ::recvfrom(fd_, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (n <= 0 || silent) return;
    const auto request = sip::Message::parse({buffer.data(), static_cast<std::size_t>(n)});
    if (!request || request->method != "REGISTER") return;
    const bool proven = request->header("Authorization").has_value();
    std::string out = proven ? "SIP/2.0 200 OK\r\n" : "SIP/2.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"p\", nonce=\"n\"\r\n";
    for (const char* name : {"Via", "From", "To", "Call-ID", "CSeq"})
      out += std::string(name) + ": " + std::string(request->header(name).value_or("")) + (std::string(name) == "To" ? ";tag=p" : "") + "\r\n";
    if (proven) {
      bound_ = request->header("Expires") != "0";
      out += "Contact: " + std::string(request->header("Contact").value_or("")) + "\r\n";
    }
    out += "Content-Length: 0\r\n\r\n";
    (void)::sendto(fd_, out.data(), out.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
  }
  int fd_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> bound_{false}, done_{false};
  std::thread thread_;
};

template <typename What>
bool within(std::chrono::seconds limit, What what) {
  for (const auto end = std::chrono::steady_clock::now() + limit; std::chrono::steady_clock::now() < end;) {
    if (what()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return what();
}

TEST_F(WholeServer, StopTakesItsRegistrationAwayFromAProviderThatChallenges) {
  Provider provider;
  config_.trunks = {{.name = "p", .servers = {provider.server()}, .user = "u", .password = "hush", .registers = true}};
  start();
  ASSERT_TRUE(within(std::chrono::seconds(10), [&] { return provider.bound(); }));
  server_->stop();
  EXPECT_FALSE(provider.bound());
}

TEST_F(WholeServer, StopWaitsForASilentProviderForTwoSecondsAndNoLonger) {
  Provider provider;
  config_.trunks = {{.name = "p", .servers = {provider.server()}, .user = "u", .password = "hush", .registers = true}};
  start();
  ASSERT_TRUE(within(std::chrono::seconds(10), [&] { return provider.bound(); }));
  provider.silent = true;
  const auto began = std::chrono::steady_clock::now();
  server_->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(8));
}

TEST_F(WholeServer, WhoGuessesPasswordsOfInvitesOverTcpGetsNoMoreAnswers) {
  start();
  const auto at = *base::Address::parse_ip("127.0.0.1", server_->sip_port());
  const auto ask = [&](const std::string& credentials) {
    test::RawClient client(at);
    const timeval limit{1, 0};
    ::setsockopt(client.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    static int n = 0;
    const std::string id = std::to_string(++n);
    client.send("INVITE sip:1001@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK" + id +
                "\r\nMax-Forwards: 70\r\nFrom: <sip:1003@127.0.0.1>;tag=" + id + "\r\nTo: <sip:1001@127.0.0.1>\r\nCall-ID: guess-" + id +
                "\r\nCSeq: 1 INVITE\r\nContact: <sip:1003@127.0.0.1:5060;transport=tcp>\r\n" + credentials + "Content-Length: 0\r\n\r\n");
    while (client.pending().find("SIP/2.0 407") == std::string::npos && client.read_some()) {
    }
    return client.pending();
  };
  const auto with_nonce = [](const std::string& nonce) {
    return "Proxy-Authorization: Digest username=\"1003\", realm=\"daedap\", nonce=\"" + nonce + "\", uri=\"sip:1001@127.0.0.1\", "
           "response=\"00000000000000000000000000000000\", qop=auth, nc=00000001, cnonce=\"x\"\r\n";
  };
  const auto nonce_of = [](const std::string& answer) {
    const auto from = answer.find("nonce=\"") + 7;
    return answer.substr(from, answer.find('"', from) - from);
  };
  std::string answer = ask(with_nonce("none"));
  ASSERT_NE(answer.find("SIP/2.0 407"), std::string::npos) << answer;
  for (int guess = 0; guess < 8 && !answer.empty(); ++guess) answer = ask(with_nonce(nonce_of(answer)));
  EXPECT_EQ(answer, "") << "banned";
}

TEST_F(WholeServer, TestCallThatOnlyWaitsEndsByItselfWhereNobodySpeaks) {
  config_.call.greeting_ko = "";
  start();
  CLI::App app;
  int code = -1;
  add_call(app, code);
  const auto began = std::chrono::steady_clock::now();
  app.parse("call sip:1001@127.0.0.1:" + std::to_string(server_->sip_port()) + " --wait 1 --quiet");
  EXPECT_EQ(code, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
}

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

TEST_F(WholeServer, KeepsThePausesOfACallAndDecidesThemAgain) {
  start();
  const call::Listen listen{base::Millis{600}, base::Millis{8000}};
  call("1001", {listen, call::Speak{sim::speak("영업 시간이 어떻게 되나요"), "hours"}, listen, call::Wait{base::Millis{1200}}});
  server_->stop();
  const auto logs = find_pause_logs({config_.state + "/recordings"});
  ASSERT_TRUE(logs);
  ASSERT_EQ(logs->size(), 1U);
  const auto log = read_pause_log(logs->front());
  ASSERT_TRUE(log);
  ASSERT_EQ(log->pauses.size(), 1U);
  const call::LoggedPause& pause = log->pauses[0];
  EXPECT_EQ(pause.found.label, speech::turn::PauseLabel::eot);
  EXPECT_TRUE(pause.with_ai);
  EXPECT_TRUE(pause.pause.decided);
  CLI::App app;
  int code = -1;
  add_turns(app, code);
  testing::internal::CaptureStdout();
  app.parse("turns replay " + logs->front().parent_path().string());
  const std::string out = testing::internal::GetCapturedStdout();
  EXPECT_EQ(code, 0);
  EXPECT_NE(out.find("1 pauses, 0 decided otherwise"), std::string::npos) << out;
  EXPECT_NE(out.find("now    cut-ins 0 of 0 holds (0.0 %), ends answered 1 of 1"), std::string::npos) << out;
}

TEST_F(WholeServer, TcpCarriesACallToo) {
  start();
  EXPECT_EQ(call("1001", {call::Wait{base::Millis{300}}}, ";transport=tcp").code, 200);
}

TEST_F(WholeServer, WhoHasNoTelephoneOrIsUnknownIsRefusedWhereTheAiMayNotStandIn) {
  config_.call.on_miss.fill(call::Fallback::reject);
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
