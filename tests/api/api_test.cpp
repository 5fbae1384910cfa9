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
    b.add_operator = [this](call::Operator op, bool account, auto then) {
      operators_.push_back(op);
      then(account ? std::optional(SipAccount{op.id, "daedap", "generated-password", "192.0.2.1:5060"}) : std::nullopt);
    };
    b.new_password = [](std::string id, auto then) {
      if (id != "1001") return then(base::fail(base::Code::not_found, "no such operator", id));
      then(SipAccount{id, "daedap", "another-password", "192.0.2.1:5060"});
    };
    b.change_operator = [this](std::string id, call::OperatorChange change, auto then) {
      if (id != "1001") return then(base::fail(base::Code::not_found, "no such operator", id));
      change.apply(operators_[0]);
      then(operators_[0]);
    };
    b.contacts = [](auto then) { then(Contacts{{"1001", {{"sip:1001@192.0.2.9:5071", "udp", "baresip \xff", 55}}}}); };
    b.trunks = [this](auto then) { then(trunks_); };
    b.transfer = [this](std::string id, std::string to, auto then) { act(id, "transfer " + to, then); };
    b.takeover = [this](std::string id, std::string who, auto then) { act(id, "takeover " + who, then); };
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
    b.order_ingest = [this](call::IngestOrder order, auto then) {
      ordered_ = order;
      if (order.identity.call_id == "taken") return then(base::fail(base::Code::bad_state, "there is a call with this call_id"));
      then(order.identity.call_id.empty() ? std::string("made") : order.identity.call_id);
    };
    b.end_ingest = [](std::string id, auto then) { then(id == "a1"); };
    b.ingest = [] {
      IngestState s{12345, 12346, {}};
      s.figures.desk.packets.unknown_type = 9;
      return s;
    };
    b.not_ready = [this] { return not_ready_; };
    b.metrics = [] { return Metrics().text({}); };
    return b;
  }
  void act(const std::string& id, std::string what, const Backend::Then<base::Result<void>>& then) {
    if (id != "c-1") return then(base::fail(base::Code::not_found, "no such running call", id));
    if (busy_) return then(base::fail(base::Code::bad_state, "the call is being transferred"));
    acts_.push_back(std::move(what));
    then({});
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
  call::IngestOrder ordered_;
  std::vector<call::Operator> operators_{{.id = "1001", .name = "김지원", .voice = {}, .away_message = {}, .greeting = {}}};
  std::size_t limit_ = 0;
  int verified_ = 0;
  std::string said_, not_ready_;
  std::vector<call::TrunkState> trunks_{{"main", call::TrunkState::State::refused, "403 Forbidden", "192.0.2.7:5060"}};
  std::vector<std::string> acts_;
  bool busy_ = false;
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

TEST_F(ApiCase, OperatorsShowTheirPhonesAndNeverTheirSecrets) {
  operators_[0].ha1_md5 = "0123456789abcdef-md5", operators_[0].ha1_sha256 = "0123456789abcdef-sha256";
  const std::string body = ask("GET", "/api/v1/operators/1001").body;
  const Json one = Json::parse(body);
  EXPECT_EQ(one["registered"], true);
  EXPECT_EQ(one["account"], true);
  ASSERT_EQ(one["contacts"].size(), 1u);
  EXPECT_EQ(one["contacts"][0]["uri"], "sip:1001@192.0.2.9:5071");
  EXPECT_EQ(one["contacts"][0]["transport"], "udp");
  EXPECT_EQ(one["contacts"][0]["expires_in_s"], 55);
  EXPECT_EQ(body.find("0123456789abcdef"), std::string::npos);
}

TEST_F(ApiCase, AddedOperatorGetsAnAccountWhosePasswordIsToldOnce) {
  const auto r = ask("POST", "/api/v1/operators", R"({"id":"1002","name":"박서준","on_miss":{"busy":"reject"}})");
  EXPECT_EQ(r.status, 201);
  const Json body = Json::parse(r.body);
  EXPECT_EQ(body["account"]["user"], "1002");
  EXPECT_EQ(body["account"]["password"], "generated-password");
  EXPECT_EQ(body["account"]["server"], "192.0.2.1:5060");
  EXPECT_EQ(std::ranges::count(r.headers, std::pair<std::string, std::string>("Cache-Control", "no-store")), 1);
  EXPECT_EQ(operators_[1].on_miss[static_cast<std::size_t>(call::Miss::busy)], call::Fallback::reject);
  EXPECT_EQ(operators_[1].language, "ko");
}

TEST_F(ApiCase, OperatorWithoutAnAccountIsAddedWhenAsked) {
  const auto r = ask("POST", "/api/v1/operators", R"({"id":"1002","name":"a","account":false})");
  EXPECT_EQ(r.status, 201);
  EXPECT_TRUE(Json::parse(r.body)["account"].is_null());
}

TEST_F(ApiCase, OperatorThatIsNotWellDescribedIsRefused) {
  for (const char* body : {"{}", R"({"id":"1"})", R"({"id":"1","name":"a","account":"yes"})", R"({"id":"1","name":"a","colour":"red"})",
                           R"({"id":"1","name":"a","language":"fr"})", R"({"id":"1","name":"a","on_miss":[]})"})
    EXPECT_EQ(ask("POST", "/api/v1/operators", body).status, 400) << body;
  EXPECT_EQ(operators_.size(), 1u);
}

TEST_F(ApiCase, NewPasswordIsMadeForWhoIsThere) {
  const auto r = ask("PUT", "/api/v1/operators/1001/password");
  EXPECT_EQ(r.status, 200);
  EXPECT_EQ(Json::parse(r.body)["account"]["password"], "another-password");
  EXPECT_EQ(ask("PUT", "/api/v1/operators/9/password").status, 404);
  EXPECT_EQ(ask("PUT", "/api/v1/operators/1001/password", "", {}).status, 401);
}

TEST_F(ApiCase, PoliciesAreChangedOneByOneAndTakenBackWithNull) {
  EXPECT_EQ(ask("PATCH", "/api/v1/operators/1001", R"({"on_miss":{"busy":"reject","no_answer":"forward"},"forward_to":"1002"})").status, 200);
  EXPECT_EQ(ask("PATCH", "/api/v1/operators/1001", R"({"on_miss":{"busy":null}})").status, 200);
  const Json one = Json::parse(ask("GET", "/api/v1/operators/1001").body);
  EXPECT_EQ(one["on_miss"]["no_answer"], "forward");
  EXPECT_TRUE(one["on_miss"]["busy"].is_null());
  EXPECT_EQ(one["forward_to"], "1002");
  EXPECT_EQ(one["name"], "김지원");
  for (const char* bad : {R"({"on_miss":{"away":"ai"}})", R"({"on_miss":{"busy":"voicemail"}})", R"({"on_miss":{"busy":7}})", R"({"id":"2"})", R"({"name":7})", "[]"})
    EXPECT_EQ(ask("PATCH", "/api/v1/operators/1001", bad).status, 400) << bad;
  EXPECT_EQ(ask("PATCH", "/api/v1/operators/9", "{}").status, 404);
}

TEST_F(ApiCase, IngestedCallIsOrderedWithWhatIsKnownOfIt) {
  const auto r = ask("POST", "/api/v1/ingest/calls",
                     R"({"call_id":"a1","customer_number":"+8210","agent_id":"agent01","language":"en",)"
                     R"("customer":{"address":"10.0.0.5","port":4000,"ssrc":4294967295},"agent":{"address":"2001:db8::1"}})");
  EXPECT_EQ(r.status, 201);
  EXPECT_EQ(Json::parse(r.body)["call_id"], "a1");
  EXPECT_EQ(ordered_.identity.customer_number, "+8210");
  EXPECT_EQ(ordered_.identity.agent_id, "agent01");
  EXPECT_EQ(ordered_.identity.language, "en");
  EXPECT_EQ(ordered_.streams[0]->from, *base::Address::parse("10.0.0.5:4000"));
  EXPECT_EQ(ordered_.streams[0]->ssrc, 4294967295u);
  EXPECT_EQ(ordered_.streams[1]->from, *base::Address::parse_ip("2001:db8::1"));
  EXPECT_FALSE(ordered_.streams[1]->ssrc);
  EXPECT_EQ(ask("POST", "/api/v1/ingest/calls").status, 201);
  EXPECT_FALSE(ordered_.streams[0]);
}

TEST_F(ApiCase, IngestOrderThatMeansNothingIsRefused) {
  for (const char* body :
       {"[]", R"({"call":"a"})", R"({"agent_id":7})", R"({"customer":"10.0.0.1"})", R"({"customer":{}})", R"({"customer":{"port":9}})",
        R"({"customer":{"address":"example.org"}})", R"({"customer":{"address":7}})", R"({"agent":{"ssrc":-1}})", R"({"agent":{"ssrc":4294967296}})",
        R"({"agent":{"ssrc":1.5}})", R"({"agent":{"address":"10.0.0.1","port":65536}})", R"({"agent":{"ssrc":1,"colour":"red"}})"})
    EXPECT_EQ(ask("POST", "/api/v1/ingest/calls", body).status, 400) << body;
  EXPECT_EQ(ask("POST", "/api/v1/ingest/calls", R"({"call_id":"taken"})").status, 409);
  EXPECT_EQ(ask("POST", "/api/v1/ingest/calls", "{}", {}).status, 401);
}

TEST_F(ApiCase, IngestedCallIsEndedAndTheStateShown) {
  EXPECT_EQ(ask("DELETE", "/api/v1/ingest/calls/a1").status, 200);
  EXPECT_EQ(ask("DELETE", "/api/v1/ingest/calls/a2").status, 404);
  const Json state = Json::parse(ask("GET", "/api/v1/ingest").body);
  EXPECT_EQ(state["customer_port"], 12345);
  EXPECT_EQ(state["packets"]["unknown_type"], 9);
}

TEST_F(ApiCase, ServerWithoutIngestSaysSo) {
  Backend none = backend();
  none.order_ingest = {}, none.end_ingest = {}, none.ingest = {};
  Api bare({{"a-token-of-sixteen"}, "openapi: 3.0.3"}, none, [this] { return now_; });
  for (const auto& [method, path] : {std::pair{"POST", "/api/v1/ingest/calls"}, {"DELETE", "/api/v1/ingest/calls/a"}, {"GET", "/api/v1/ingest"}}) {
    net::HttpRequest r;
    r.method = method, r.target = path, r.headers = {{"authorization", "Bearer a-token-of-sixteen"}};
    ASSERT_TRUE(net::split_target(r));
    int status = 0;
    bare(r, [&](net::HttpResponse response) { status = response.status; });
    EXPECT_EQ(status, 501) << path;
  }
}

TEST_F(ApiCase, TrunksTellHowTheyStand) {
  const Json list = Json::parse(ask("GET", "/api/v1/trunks").body)["trunks"];
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0]["name"], "main");
  EXPECT_EQ(list[0]["state"], "refused");
  EXPECT_EQ(list[0]["detail"], "403 Forbidden");
}

TEST_F(ApiCase, CallsAreTransferredAndTakenOver) {
  EXPECT_EQ(ask("POST", "/api/v1/calls/c-1/transfer", R"({"to":"sip:1002@example.com"})").status, 200);
  EXPECT_EQ(ask("POST", "/api/v1/calls/c-1/takeover", R"({"operator":"1001"})").status, 200);
  EXPECT_EQ(acts_, (std::vector<std::string>{"transfer sip:1002@example.com", "takeover 1001"}));
  EXPECT_EQ(ask("POST", "/api/v1/calls/none/transfer", R"({"to":"1002"})").status, 404);
  for (const char* bad : {"{}", R"({"to":""})", R"({"to":7})", "x"}) EXPECT_EQ(ask("POST", "/api/v1/calls/c-1/transfer", bad).status, 400) << bad;
  EXPECT_EQ(ask("POST", "/api/v1/calls/c-1/takeover", R"({"to":"1001"})").status, 400);
  busy_ = true;
  const auto r = ask("POST", "/api/v1/calls/c-1/takeover", R"({"operator":"1001"})");
  EXPECT_EQ(r.status, 409);
  EXPECT_EQ(Json::parse(r.body)["error"]["code"], "bad_state");
}

TEST_F(ApiCase, WhatTheServerCannotDoIs501) {
  Backend less = backend();
  less.transfer = less.takeover = {};
  less.trunks = {};
  less.contacts = {};
  Api api({{"a-token-of-sixteen"}, ""}, less, [this] { return now_; });
  const auto ask_less = [&](const char* method, const char* target, const char* body) {
    net::HttpRequest r;
    r.method = method, r.target = target, r.body = body;
    r.headers = {{"authorization", "Bearer a-token-of-sixteen"}};
    EXPECT_TRUE(net::split_target(r));
    int status = 0;
    api(r, [&](const net::HttpResponse& response) { status = response.status; });
    return status;
  };
  EXPECT_EQ(ask_less("POST", "/api/v1/calls/c-1/transfer", R"({"to":"1002"})"), 501);
  EXPECT_EQ(ask_less("POST", "/api/v1/calls/c-1/takeover", R"({"operator":"1002"})"), 501);
  EXPECT_EQ(ask_less("GET", "/api/v1/trunks", ""), 501);
  EXPECT_EQ(ask_less("GET", "/api/v1/operators/1001", ""), 200);
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
  EXPECT_EQ(ask("POST", "/api/v1/calls/c-1/transfer", R"({"to":"1002"})", {{"cookie", cookie}}).status, 403);
  EXPECT_EQ(ask("POST", "/api/v1/calls/c-1/takeover", R"({"operator":"1001"})", {{"cookie", cookie}}).status, 403);
  EXPECT_EQ(ask("PUT", "/api/v1/operators/1001/password", "", {{"cookie", cookie}}).status, 403);
  EXPECT_EQ(ask("PATCH", "/api/v1/operators/1001", "{}", {{"cookie", cookie}}).status, 403);
  EXPECT_TRUE(acts_.empty());
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
                           "/api/v1/operators/{id}/status", "/api/v1/calls", "/api/v1/calls/{id}", "/api/v1/calls/{id}/hangup", "/api/v1/operators/{id}/password",
                           "/api/v1/trunks", "/api/v1/calls/{id}/transfer", "/api/v1/calls/{id}/takeover",
                           "/api/v1/calls/{id}/say", "/api/v1/calls/{id}/recording.wav", "/api/v1/calls/{id}/transcript.json"})
    EXPECT_NE(text.find(std::string("\n  ") + path + ":"), std::string::npos) << path;
}

TEST(Metrics, CountCallsTurnsAndMarks) {
  Metrics metrics;
  metrics.on_call_started();
  metrics.on_call_answered(base::Millis{42}, "ai");
  metrics.on_call_answered(base::Millis{42}, "1001");
  metrics.on_call_answered(base::Millis{42}, "1002");
  metrics.on_sip_auth_failure();
  metrics.on_relayed(100, 7);
  call::Turn turn{.speaker = speech::Said::Speaker::assistant, .text = {}, .planned = {}, .intent = {}, .marks_ms = {{"speech_end", 1000.0}, {"first_packet", 1600.0}},
                  .response_ms = 600.0, .own_ms = 40.0};
  metrics.on_turn(turn);
  call::Record record;
  record.answered_by = "ai";
  record.cause = call::Cause::goodbye;
  record.media.packets_received = 99;
  record.ahead = {.started = 5, .used = 3, .dropped = 2};
  record.media.packets_lost = 1;
  metrics.on_call_ended(record);
  const std::string text = metrics.text({.calls_running = 3, .ready = true, .registrations = 5, .banned = 1, .trunks = {{"main", call::TrunkState::State::refused, {}, {}}}});
  EXPECT_NE(text.find("daedap_calls_answered_total{by=\"ai\"} 1"), std::string::npos);
  EXPECT_NE(text.find("daedap_calls_answered_total{by=\"operator\"} 2"), std::string::npos);
  EXPECT_NE(text.find("daedap_sip_registrations 5"), std::string::npos);
  EXPECT_NE(text.find("daedap_sip_auth_failures_total 1"), std::string::npos);
  EXPECT_NE(text.find("daedap_sip_banned 1"), std::string::npos);
  EXPECT_NE(text.find("daedap_relay_packets_total{how=\"transcoded\"} 7"), std::string::npos);
  EXPECT_NE(text.find("daedap_trunk_state{state=\"refused\",trunk=\"main\"} 1"), std::string::npos) << text;
  EXPECT_NE(text.find("daedap_trunk_state{state=\"registered\",trunk=\"main\"} 0"), std::string::npos);
  EXPECT_NE(text.find("daedap_calls_ended_total{cause=\"goodbye\"} 1"), std::string::npos);
  EXPECT_NE(text.find("daedap_calls_running 3"), std::string::npos);
  EXPECT_NE(text.find("daedap_answers_ahead_total{step=\"used\"} 3"), std::string::npos) << text;
  EXPECT_NE(text.find("daedap_answers_ahead_total{step=\"dropped\"} 2"), std::string::npos);
  EXPECT_NE(text.find("daedap_turn_mark_seconds_sum{mark=\"first_packet\"} 0.6"), std::string::npos) << text;
  EXPECT_NE(text.find("daedap_turn_own_seconds_sum 0.04"), std::string::npos);
  EXPECT_NE(text.find("daedap_rtp_loss_ratio_sum 0.01"), std::string::npos);
}

}  // namespace
}  // namespace daedap::api
