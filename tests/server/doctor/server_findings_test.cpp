#include "server/doctor/server_findings.hpp"

#include <gtest/gtest.h>

namespace daedap::server {
namespace {

using State = Finding::State;

Config with_trunk() {
  Config c;
  c.trunks.push_back({.name = "main"});
  return c;
}

Finding trunk(const std::string& state, const std::string& detail = "") {
  return trunk_findings({200, R"({"trunks":[{"name":"main","state":")" + state + R"(","detail":")" + detail +
                                  R"(","server":"192.0.2.7:5060"}]})"},
                        with_trunk())
      .at(0);
}

TEST(ReadyFinding, TellsTheReason) {
  EXPECT_EQ(ready_finding({200, "{}"}).state, State::ok);
  const Finding f =
      ready_finding({503, R"({"error":{"code":"not_ready","message":"m","detail":"engines: no model"}})"});
  EXPECT_EQ(f.state, State::problem);
  EXPECT_EQ(f.what, "calls are not taken: engines: no model");
  EXPECT_EQ(ready_finding({0, ""}).state, State::problem);
}

TEST(TrunkFindings, RefusedAndUnreachableAreProblemsWithDifferentAdvice) {
  EXPECT_EQ(trunk("registered").state, State::ok);
  EXPECT_EQ(trunk("unregistered").state, State::ok);
  EXPECT_EQ(trunk("trying").state, State::warning);
  const Finding refused = trunk("refused", "403 Forbidden");
  EXPECT_EQ(refused.state, State::problem);
  EXPECT_EQ(refused.what, "the provider refuses the registration at 192.0.2.7:5060: 403 Forbidden");
  EXPECT_NE(refused.advice.find("password"), std::string::npos);
  EXPECT_NE(trunk("unreachable").advice.find("firewall"), std::string::npos);
}

TEST(TrunkFindings, TrunkThatTheServerDoesNotKnowNeedsARestart) {
  const Findings f = trunk_findings({200, R"({"trunks":[]})"}, with_trunk());
  ASSERT_EQ(f.size(), 1u);
  EXPECT_EQ(f[0].state, State::problem);
  EXPECT_NE(f[0].advice.find("restart"), std::string::npos);
  EXPECT_EQ(trunk_findings({501, ""}, with_trunk()).at(0).state, State::warning);
  EXPECT_EQ(trunk_findings({501, ""}, Config{}).at(0).state, State::ok);
}

constexpr char operators[] = R"({"operators":[
  {"id":"1001","status":"available","account":true,"registered":true},
  {"id":"1002","status":"available","account":true,"registered":false},
  {"id":"1003","status":"away","account":true,"registered":false},
  {"id":"1004","status":"away","account":false,"registered":false}]})";

TEST(RegistrationFindings, NamesWhoIsAvailableWithoutAPhoneAndWhoCannotHaveOne) {
  const Findings f = registration_findings({200, operators}, Config{});
  ASSERT_EQ(f.size(), 3u);
  EXPECT_EQ(f[0].what, "4, 1 with a registered phone");
  EXPECT_EQ(f[1].what, "available without a registered phone: 1002");
  EXPECT_EQ(f[2].what, "no phone can register as 1004");
}

TEST(RegistrationFindings, QueueMembersMustBeSomebody) {
  Config c;
  c.queues.push_back({.number = "7000", .members = {"1001", "9999"}});
  c.queues.push_back({.number = "7001", .members = {"1002"}});
  c.queues.push_back({.number = "1003", .members = {"1001"}});
  const Findings f = registration_findings({200, operators}, c);
  ASSERT_EQ(f.size(), 6u);
  EXPECT_EQ(f[3].what, "members that are no operators: 9999");
  EXPECT_EQ(f[4].state, State::warning);
  EXPECT_EQ(f[5].what, "there is an operator of this number too");
}

TEST(RegistrationFindings, NobodyAtAllIsAProblem) {
  EXPECT_EQ(registration_findings({200, R"({"operators":[]})"}, Config{}).at(0).state, State::problem);
  EXPECT_EQ(registration_findings({0, ""}, Config{}).at(0).state, State::problem);
  EXPECT_EQ(registration_findings({200, "nonsense"}, Config{}).at(0).state, State::problem);
}

TEST(AccountFindings, PasswordsOfAnotherRealmAreNamed) {
  call::Operator a{.id = "1001", .ha1_md5 = "x", .realm = "daedap"},
      b{.id = "1002", .ha1_md5 = "x", .realm = "old"}, c{.id = "1003"};
  EXPECT_TRUE(account_findings({a, c}, Config{}).empty());
  const Findings f = account_findings({a, b, c}, Config{});
  ASSERT_EQ(f.size(), 1u);
  EXPECT_EQ(f[0].state, State::problem);
  EXPECT_NE(f[0].what.find("1002"), std::string::npos);
  EXPECT_EQ(f[0].what.find("1001"), std::string::npos);
}

TEST(MetricText, SumsTheSamplesOfOneName) {
  const char* text = "# HELP a b\n# TYPE a counter\na{x=\"1\"} 2\na{x=\"2\"} 3.5\nab 7\na_total 9\nc 1";
  EXPECT_DOUBLE_EQ(metric(text, "a"), 5.5);
  EXPECT_DOUBLE_EQ(metric(text, "ab"), 7);
  EXPECT_DOUBLE_EQ(metric(text, "c"), 1);
  EXPECT_DOUBLE_EQ(metric(text, "d"), 0);
  EXPECT_DOUBLE_EQ(metric("", "a"), 0);
}

TEST(MetricFindings, BansStallsAndHurtRecordingsAreTold) {
  EXPECT_TRUE(metric_findings("daedap_sip_banned 0\n").empty());
  const Findings f = metric_findings(
      "daedap_sip_banned 2\ndaedap_sip_auth_failures_total 11\ndaedap_recording_errors_total{kind=\"io\"} "
      "1\ndaedap_stalls_total 3\n");
  ASSERT_EQ(f.size(), 3u);
  EXPECT_EQ(f[0].what, "2 addresses are banned after 11 wrong passwords");
  EXPECT_EQ(f[1].state, State::problem);
}

TEST(ConsumerFindings, SayWhoIsThereAndWhatWaits) {
  Config config;
  config.events.urls = {{"wss://crm.test/a?key=geheim", {}, {}, {}}, {"ws://10.0.0.1:9000/", {}, {}, {}}, {"ws://new.test/", {}, {}, {}}};
  const Findings f = consumer_findings(
      "daedap_event_consumer_connected{consumer=\"wss://crm.test/a\"} 1\ndaedap_event_consumer_connected{consumer=\"ws://10.0.0.1:9000/\"} 0\n"
      "daedap_event_consumer_backlog{consumer=\"wss://crm.test/a\"} 0\ndaedap_event_consumer_backlog{consumer=\"ws://10.0.0.1:9000/\"} 12\n"
      "daedap_events_given_up 5\n",
      config);
  ASSERT_EQ(f.size(), 4u);
  EXPECT_EQ(f[0].item, "consumer wss://crm.test/a");
  EXPECT_EQ(f[0].state, State::ok);
  EXPECT_EQ(f[0].what, "connected");
  EXPECT_EQ(f[1].state, State::problem);
  EXPECT_EQ(f[1].what, "not connected, 12 events wait for it");
  EXPECT_EQ(f[2].what, "the running server does not know it");
  EXPECT_EQ(f[3].state, State::problem);
  EXPECT_TRUE(consumer_findings("", Config{}).empty());
}

TEST(FindingText, SaysWhatToDoAndIsValidUtf8) {
  const Findings f{good("a", "fine"), problem("call \xff", "이상", "do \xffthis")};
  const std::string text = text_of(f);
  EXPECT_NE(text.find("ok       a: fine\n"), std::string::npos) << text;
  EXPECT_NE(text.find("이상\n         -> do "), std::string::npos) << text;
  EXPECT_NE(text.find("1 problems, 0 warnings, 1 good"), std::string::npos);
  EXPECT_EQ(text.find('\xff'), std::string::npos);
  const api::Json j = api::Json::parse(json_of(f));
  EXPECT_EQ(j["ok"], false);
  EXPECT_EQ(j["items"][1]["state"], "problem");
  EXPECT_EQ(j["items"][1]["what"], "이상");
}

}  // namespace
}  // namespace daedap::server
