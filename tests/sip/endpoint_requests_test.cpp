#include "sip/desk.hpp"

namespace daedap::sip {
namespace {

const char* challenge_401 = "WWW-Authenticate: Digest realm=\"pbx\", nonce=\"n1\"\n";

/// A desk that sends a REGISTER to its provider at 192.0.2.20.
struct Registrant : Desk {
  explicit Registrant(EndpointSettings s = with_hashes()) : Desk(std::move(s)) {
    flow = out.flow;
    id = endpoint.request(out, now);
    drain();
  }
  ResponseIn answer() const { return all<ResponseIn>().back(); }

  OutgoingRequest out{.method = "REGISTER",
                      .target = "sip:provider.example",
                      .from = "<sip:alice@provider.example>",
                      .flow = udp("192.0.2.20"),
                      .headers = {{"Expires", "300"}},
                      .user = "alice",
                      .password = "secret",
                      .call_id = "reg-1",
                      .cseq = 7};
  RequestId id{};
};

// ---- theirs --------------------------------------------------------------------------------------

TEST(OutsideIn, RegisterWaitsForItsAnswer) {  // RFC 3261 §10.3
  Desk d;
  d.receive(request("REGISTER", {.uri = "sip:192.0.2.1"}));
  EXPECT_EQ(d.told(), "");
  ASSERT_TRUE(d.has<RequestIn>());
  const RequestIn in = d.all<RequestIn>()[0];
  EXPECT_EQ(in.message.method, "REGISTER");
  EXPECT_EQ(in.flow, d.flow);
  d.endpoint.respond(in.request, 200, d.now, {{"Contact", "<sip:caller@192.0.2.10>;expires=60"}});
  d.drain();
  ASSERT_EQ(d.told(), "200");
  EXPECT_NE(tag_of(d.header(0, "To")), "");
  EXPECT_EQ(d.header(0, "Contact"), "<sip:caller@192.0.2.10>;expires=60");
  d.expect_clean();
}

TEST(OutsideIn, RepeatedRegisterGetsTheSameAnswerAndIsShownOnce) {  // §17.2.2
  Desk d;
  d.receive(request("REGISTER"));
  d.receive(request("REGISTER"));
  EXPECT_EQ(d.told(), "") << "nothing to repeat yet";
  d.endpoint.respond(d.all<RequestIn>()[0].request, 401, d.now, {{"WWW-Authenticate", "Digest x"}});
  d.receive(request("REGISTER"));
  ASSERT_EQ(d.told(), "401 401");
  EXPECT_EQ(d.header(0, "To"), d.header(1, "To"));
  EXPECT_EQ(d.all<RequestIn>().size(), 1u);
  d.expect_clean();
}

TEST(OutsideIn, OneAnswerCountsAndStrangersCannotBeAnswered) {
  Desk d;
  d.receive(request("REGISTER"));
  const RequestId id = d.all<RequestIn>()[0].request;
  d.endpoint.respond(id, 200, d.now);
  d.endpoint.respond(id, 403, d.now);
  d.endpoint.respond(RequestId{4711}, 200, d.now);
  d.drain();
  EXPECT_EQ(d.told(), "200");
}

TEST(OutsideIn, ARegisterThatNobodyAnswersIsForgottenAfter64T1) {
  Desk d;
  d.receive(request("REGISTER"));
  EXPECT_EQ(d.endpoint.transactions(), 1u);
  d.pass(seconds(33));
  EXPECT_EQ(d.endpoint.transactions(), 0u);
  d.endpoint.respond(d.all<RequestIn>()[0].request, 200, d.now);
  d.drain();
  EXPECT_EQ(d.told(), "");
  d.expect_clean();
}

TEST(OutsideIn, FloodOfRegistersIsRefusedWithoutState) {
  Desk d({.max_sessions = 1});
  for (int i = 0; i < 1'200; ++i) {
    d.receive(request("REGISTER", {.branch = "z9hG4bK" + std::to_string(i)}));
  }
  EXPECT_LT(d.endpoint.transactions(), 1'200u);
  EXPECT_EQ(d.sent.back().status, 503);
  EXPECT_TRUE(d.noticed("sip_flood"));
}

TEST(OutsideIn, OthersAreRefusedByTheEndpoint) {
  Desk d;
  for (const char* method : {"REFER", "NOTIFY", "PRACK", "SUBSCRIBE", "MESSAGE"}) {
    d.receive(request(method, {.branch = std::string("z9hG4bK") + method}));
  }
  EXPECT_EQ(d.told(), "403 481 481 405 405");
  EXPECT_FALSE(d.has<RequestIn>());
}

// ---- ours ----------------------------------------------------------------------------------------

TEST(OutsideOut, RegisterCarriesWhatItMust) {  // §10.2
  Registrant d;
  ASSERT_EQ(d.told(), "REGISTER");
  EXPECT_EQ(d.sent[0].request_uri, "sip:provider.example");
  EXPECT_EQ(d.header(0, "To"), "<sip:alice@provider.example>");
  EXPECT_TRUE(d.header(0, "From").starts_with("<sip:alice@provider.example>;tag="));
  EXPECT_EQ(d.header(0, "Call-ID"), "reg-1");
  EXPECT_EQ(d.header(0, "CSeq"), "7 REGISTER");
  EXPECT_EQ(d.header(0, "Contact"), "<sip:alice@192.0.2.1:5060>");
  EXPECT_EQ(d.header(0, "Expires"), "300");
  EXPECT_EQ(d.header(0, "Max-Forwards"), "70");
}

TEST(OutsideOut, AnswerIsShownOnce) {
  Registrant d;
  d.receive(response(d.sent[0], 200, "reg", "", "Expires: 60\n"));
  d.receive(response(d.sent[0], 200, "reg", "", "Expires: 60\n"));
  ASSERT_EQ(d.all<ResponseIn>().size(), 1u);
  EXPECT_EQ(d.answer().request, d.id);
  EXPECT_EQ(d.answer().status, 200);
  EXPECT_EQ(d.answer().response.header("Expires"), "60");
  d.expect_clean();
}

TEST(OutsideOut, ChallengeIsMetWithTheNextNumber) {  // §22.2
  Registrant d;
  d.receive(response(d.sent[0], 401, "reg", "", challenge_401));
  ASSERT_EQ(d.told(), "REGISTER REGISTER");
  EXPECT_FALSE(d.has<ResponseIn>());
  EXPECT_EQ(d.header(1, "CSeq"), "8 REGISTER");
  EXPECT_EQ(d.header(1, "Call-ID"), "reg-1");
  EXPECT_EQ(d.header(1, "From"), d.header(0, "From"));
  EXPECT_NE(d.header(1, "Authorization").find("username=\"alice\""), std::string::npos);
  d.receive(response(d.sent[1], 200, "reg"));
  EXPECT_EQ(d.answer().status, 200);
  d.expect_clean();
}

TEST(OutsideOut, WrongPasswordEndsInThe401AndAStaleNonceDoesNot) {
  Registrant wrong;
  wrong.receive(response(wrong.sent[0], 401, "reg", "", challenge_401));
  wrong.receive(response(wrong.sent[1], 401, "reg", "", challenge_401));
  EXPECT_EQ(wrong.answer().status, 401);
  Registrant stale;
  stale.receive(response(stale.sent[0], 401, "reg", "", challenge_401));
  stale.receive(response(stale.sent[1], 401, "reg", "",
                         "WWW-Authenticate: Digest realm=\"pbx\", nonce=\"n2\", stale=true\n"));
  EXPECT_EQ(stale.told(), "REGISTER REGISTER REGISTER");
  EXPECT_EQ(stale.header(2, "CSeq"), "9 REGISTER");
  EXPECT_EQ(stale.sent[2].all("Authorization").size(), 1u);
}

TEST(OutsideOut, SilenceIs408AndABrokenConnection503) {
  Registrant silent;
  silent.pass(seconds(33));
  EXPECT_EQ(silent.answer().status, 408);
  EXPECT_TRUE(silent.answer().response.headers.empty());
  silent.expect_clean();
  Desk d;
  const Flow flow = tcp("192.0.2.20", 5060, 0);
  d.endpoint.request({.method = "OPTIONS", .target = "sip:x@192.0.2.20", .from = "<sip:d@x>",
                      .flow = flow}, d.now);
  d.endpoint.on_flow_failed(flow, d.now);
  d.drain();
  EXPECT_EQ(d.header(0, "To"), "<sip:x@192.0.2.20>");
  EXPECT_EQ(d.header(0, "CSeq"), "1 OPTIONS");
  EXPECT_EQ(d.all<ResponseIn>()[0].status, 503);
  d.expect_clean();
}

TEST(OutsideOut, ContactOfTheCallerStays) {
  Desk d;
  d.endpoint.request({.method = "REGISTER", .target = "sip:p", .from = "<sip:a@p>",
                      .flow = udp("192.0.2.20"), .headers = {{"Contact", "*"}, {"Expires", "0"}}},
                     d.now);
  d.drain();
  EXPECT_EQ(d.sent[0].all("Contact").size(), 1u);
  EXPECT_EQ(d.header(0, "Contact"), "*");
}

}  // namespace
}  // namespace daedap::sip
