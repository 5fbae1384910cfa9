#include "api/api.hpp"

#include <gtest/gtest.h>

#include "api/json.hpp"
#include "api/metrics.hpp"

namespace daedap::api {
namespace {

/// An Api over a backend in memory; the answers come at once.
class ApiCase : public testing::Test {
 protected:
  ApiCase() : api_({{"a-token-of-sixteen"}, "openapi: 3.0.3"}, backend(), [this] { return now_; }) {}

  Backend backend() {
    Backend b;
    b.operators = [this](auto then) { then(operators_); };
    b.add_operator = [this](call::Operator op, auto then) { operators_.push_back(op), then({}); };
    b.remove_operator = [](std::string, auto then) { then(base::fail(base::Code::not_found, "no such operator")); };
    b.set_status = [this](std::string id, call::OperatorStatus s, std::optional<std::string> m, auto then) {
      if (id != "1001") return then(base::fail(base::Code::not_found, "no such operator", id));
      operators_[0].status = s;
      if (m) operators_[0].away_message = *m;
      then({});
    };
    b.calls = [this](std::size_t limit, std::string, auto then) {
      limit_ = limit;
      CallPage page;
      page.calls.push_back(call());
      then(page);
    };
    b.call = [this](std::string id, auto then) { then(id == "c-1" ? std::optional(call()) : std::nullopt); };
    b.hang_up = [](std::string id, auto then) { then(id == "c-1"); };
    b.say = [this](std::string id, std::string text, auto then) { said_ = text, then(id == "c-1"); };
    b.verify = [this](std::string user, std::string password, auto then) { ++verified_, then(password != "비밀번호" ? Role::none : user == "admin" ? Role::admin : Role::viewer); };
    b.verify_token = [](std::string token, auto then) { then(token == "stored-token-0123456789" ? Role::admin : Role::none); };
    b.not_ready = [this] { return not_ready_; };
    b.metrics = [] { return Metrics().text({}); };
    return b;
  }
  static CallEntry call() {
    CallEntry e;
    e.record.call_id = "c-1";
    e.record.operator_id = "1001";
    return e;
  }
  net::HttpResponse ask(std::string method, std::string target, std::string body = {}, std::map<std::string, std::string> headers = {
                                                                                           {"authorization", "Bearer a-token-of-sixteen"}}) {
    net::HttpRequest r;
    r.method = std::move(method);
    r.target = std::move(target);
    EXPECT_TRUE(net::split_target(r));
    r.body = std::move(body);
    r.headers = std::move(headers);
    net::HttpResponse out;
    out.status = 0;
    api_(r, [&](net::HttpResponse response) { out = std::move(response); });
    return out;
  }

  base::Time now_{};
  std::vector<call::Operator> operators_{{.id = "1001", .name = "김지원", .voice = {}, .away_message = {}, .greeting = {}}};
  std::size_t limit_ = 0;
  int verified_ = 0;
  std::string said_, not_ready_;
  Api api_;
};

TEST_F(ApiCase, StateIsOpenToAllAndTheRestIsNot) {
  EXPECT_EQ(ask("GET", "/healthz", "", {}).status, 200);
  EXPECT_EQ(ask("GET", "/readyz", "", {}).status, 200);
  EXPECT_EQ(ask("GET", "/metrics", "", {}).status, 200);
  for (const char* path : {"/api/v1/operators", "/api/v1/operators/1001", "/api/v1/calls", "/api/v1/calls/c-1", "/api/v1/calls/c-1/recording.wav"}) {
    EXPECT_EQ(ask("GET", path, "", {}).status, 401) << path;
    EXPECT_EQ(ask("GET", path, "", {{"authorization", "Bearer wrong-token-0123456"}}).status, 401) << path;
  }
}

TEST_F(ApiCase, NotReadyIs503WithTheReason) {
  not_ready_ = "engines are loading";
  const auto r = ask("GET", "/readyz", "", {});
  EXPECT_EQ(r.status, 503);
  EXPECT_NE(r.body.find("engines are loading"), std::string::npos);
}

TEST_F(ApiCase, StatusIsSetWithItsMessageAndUnknownWordsAreNamed) {
  EXPECT_EQ(ask("PUT", "/api/v1/operators/1001/status", R"({"status":"away","message":"점심 시간"})").status, 200);
  EXPECT_EQ(operators_[0].away_message, "점심 시간");
  EXPECT_EQ(ask("PUT", "/api/v1/operators/1001/status", R"({"status":"busy"})").status, 200);
  EXPECT_EQ(operators_[0].away_message, "점심 시간");
  EXPECT_EQ(operators_[0].status, call::OperatorStatus::busy);
  const auto bad = ask("PUT", "/api/v1/operators/1001/status", R"({"status":"gone"})");
  EXPECT_EQ(bad.status, 400);
  EXPECT_NE(bad.body.find("available, away, busy or offline"), std::string::npos);
  EXPECT_EQ(ask("PUT", "/api/v1/operators/9/status", R"({"status":"away"})").status, 404);
  EXPECT_EQ(ask("PUT", "/api/v1/operators/1001/status", "not json").status, 400);
}

TEST_F(ApiCase, OperatorsShowTheirCurrentCall) {
  const Json one = Json::parse(ask("GET", "/api/v1/operators/1001").body);
  EXPECT_EQ(one["name"], "김지원");
  EXPECT_EQ(one["current_call"], "c-1");
  EXPECT_EQ(ask("GET", "/api/v1/operators/9").status, 404);
  EXPECT_EQ(Json::parse(ask("GET", "/api/v1/operators").body)["operators"].size(), 1u);
}

TEST_F(ApiCase, CallsAreListedWithinLimits) {
  EXPECT_EQ(ask("GET", "/api/v1/calls?limit=7").status, 200);
  EXPECT_EQ(limit_, 7u);
  for (const char* bad : {"0", "201", "x", "-1", "7x"}) EXPECT_EQ(ask("GET", std::string("/api/v1/calls?limit=") + bad).status, 400) << bad;
  EXPECT_EQ(ask("GET", "/api/v1/calls/none").status, 404);
  EXPECT_EQ(ask("GET", "/api/v1/calls/c-1/recording.wav").status, 404);
}

TEST_F(ApiCase, RunningCallsCanBeActedOn) {
  EXPECT_EQ(ask("POST", "/api/v1/calls/c-1/hangup").status, 200);
  EXPECT_EQ(ask("POST", "/api/v1/calls/none/hangup").status, 404);
  EXPECT_EQ(ask("POST", "/api/v1/calls/c-1/say", R"({"text":"잠시만 기다려 주세요."})").status, 200);
  EXPECT_EQ(said_, "잠시만 기다려 주세요.");
  EXPECT_EQ(ask("POST", "/api/v1/calls/c-1/say", R"({"text":""})").status, 400);
  EXPECT_EQ(ask("POST", "/api/v1/calls/c-1/say", R"({})").status, 400);
}

TEST_F(ApiCase, LogInGivesACookieThatLogsInAndOutAgain) {
  EXPECT_EQ(ask("POST", "/api/v1/login", R"({"user":"admin","password":"wrong"})", {}).status, 401);
  const auto r = ask("POST", "/api/v1/login", R"({"user":"admin","password":"비밀번호"})", {});
  ASSERT_EQ(r.status, 200);
  ASSERT_EQ(r.headers.size(), 1u);
  EXPECT_NE(r.headers[0].second.find("HttpOnly; SameSite=Strict"), std::string::npos);
  const std::string cookie = r.headers[0].second.substr(0, r.headers[0].second.find(';'));
  EXPECT_EQ(ask("GET", "/api/v1/calls", "", {{"cookie", cookie}}).status, 200);
  EXPECT_EQ(ask("POST", "/api/v1/logout", "", {{"cookie", cookie}}).status, 200);
  EXPECT_EQ(ask("GET", "/api/v1/calls", "", {{"cookie", cookie}}).status, 401);
}

TEST_F(ApiCase, ViewerReadsAndChangesNothing) {
  const auto r = ask("POST", "/api/v1/login", R"({"user":"guest","password":"비밀번호"})", {});
  const std::string cookie = r.headers.at(0).second.substr(0, r.headers[0].second.find(';'));
  EXPECT_EQ(ask("GET", "/api/v1/calls", "", {{"cookie", cookie}}).status, 200);
  EXPECT_EQ(ask("POST", "/api/v1/calls/c-1/hangup", "", {{"cookie", cookie}}).status, 403);
  EXPECT_EQ(ask("PUT", "/api/v1/operators/1001/status", R"({"status":"away"})", {{"cookie", cookie}}).status, 403);
}

TEST_F(ApiCase, SessionEndsAfterTwelveHours) {
  const auto r = ask("POST", "/api/v1/login", R"({"user":"admin","password":"비밀번호"})", {});
  const std::string cookie = r.headers.at(0).second.substr(0, r.headers[0].second.find(';'));
  now_ += std::chrono::hours{11};
  EXPECT_EQ(ask("GET", "/api/v1/calls", "", {{"cookie", cookie}}).status, 200);
  now_ += std::chrono::hours{2};
  EXPECT_EQ(ask("GET", "/api/v1/calls", "", {{"cookie", cookie}}).status, 401);
}

TEST_F(ApiCase, BasicPaysTheSlowHashOnce) {
  EXPECT_EQ(ask("GET", "/api/v1/calls", "", {{"authorization", "Basic YWRtaW46d3Jvbmc="}}).status, 401);
  const std::map<std::string, std::string> right{{"authorization", "Basic YWRtaW4667mE67CA67KI7Zi4"}};
  const int before = verified_;
  EXPECT_EQ(ask("GET", "/api/v1/calls", "", right).status, 200);
  EXPECT_EQ(ask("GET", "/api/v1/calls", "", right).status, 200);
  EXPECT_EQ(verified_, before + 1);
}

TEST_F(ApiCase, FailuresFromOneAddressAreRefusedAfterTwenty) {
  for (int i = 0; i < 30; ++i) ask("POST", "/api/v1/login", R"({"user":"admin","password":"wrong"})", {});
  EXPECT_EQ(verified_, 20);
  EXPECT_EQ(ask("POST", "/api/v1/login", R"({"user":"admin","password":"비밀번호"})", {}).status, 401);
  now_ += std::chrono::minutes{2};
  EXPECT_EQ(ask("POST", "/api/v1/login", R"({"user":"admin","password":"비밀번호"})", {}).status, 200);
}

TEST_F(ApiCase, StoredTokensAreAskedOnceAndMalformedOnesNever) {
  const std::map<std::string, std::string> stored{{"authorization", "Bearer stored-token-0123456789"}};
  EXPECT_EQ(ask("GET", "/api/v1/calls", "", stored).status, 200);
  EXPECT_EQ(ask("GET", "/api/v1/calls", "", {{"authorization", "Bearer x"}}).status, 401);
  EXPECT_EQ(ask("GET", "/api/v1/calls", "", {{"authorization", "Basic !!!"}}).status, 401);
}

TEST_F(ApiCase, UnknownPathsAndMethodsAreToldApart) {
  EXPECT_EQ(ask("GET", "/api/v1/nothing").status, 404);
  EXPECT_EQ(ask("DELETE", "/api/v1/calls").status, 405);
}

TEST_F(ApiCase, OpenApiDocumentNamesEveryRoute) {
  std::FILE* file = std::fopen(DAEDAP_SOURCE_DIR "/docs/openapi.yaml", "rb");
  ASSERT_NE(file, nullptr);
  std::string text(1 << 20, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  for (const char* path : {"/healthz", "/readyz", "/metrics", "/api/v1/login", "/api/v1/logout", "/api/v1/operators", "/api/v1/operators/{id}",
                           "/api/v1/operators/{id}/status", "/api/v1/calls", "/api/v1/calls/{id}", "/api/v1/calls/{id}/hangup",
                           "/api/v1/calls/{id}/say", "/api/v1/calls/{id}/recording.wav", "/api/v1/calls/{id}/transcript.json"})
    EXPECT_NE(text.find(std::string("\n  ") + path + ":"), std::string::npos) << path;
}

TEST(Metrics, CountCallsTurnsAndMarks) {
  Metrics metrics;
  metrics.on_call_started();
  metrics.on_call_answered(base::Millis{42});
  call::Turn turn{.speaker = speech::Said::Speaker::assistant, .text = {}, .planned = {}, .intent = {}, .marks_ms = {{"speech_end", 1000.0}, {"first_packet", 1600.0}},
                  .response_ms = 600.0, .own_ms = 40.0};
  metrics.on_turn(turn);
  call::Record record;
  record.answered_by = "ai";
  record.cause = call::Cause::goodbye;
  record.media.packets_received = 99;
  record.media.packets_lost = 1;
  metrics.on_call_ended(record);
  const std::string text = metrics.text({.calls_running = 3, .ready = true});
  EXPECT_NE(text.find("daedap_calls_ended_total{cause=\"goodbye\"} 1"), std::string::npos);
  EXPECT_NE(text.find("daedap_calls_running 3"), std::string::npos);
  EXPECT_NE(text.find("daedap_turn_mark_seconds_sum{mark=\"first_packet\"} 0.6"), std::string::npos) << text;
  EXPECT_NE(text.find("daedap_turn_own_seconds_sum 0.04"), std::string::npos);
  EXPECT_NE(text.find("daedap_rtp_loss_ratio_sum 0.01"), std::string::npos);
}

}  // namespace
}  // namespace daedap::api
