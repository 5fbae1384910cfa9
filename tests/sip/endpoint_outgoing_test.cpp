#include "sip/desk.hpp"
#include "sip/routing.hpp"

namespace daedap::sip {
namespace {

OutgoingInvite with_password() { return {.offer = "v=0", .user = "bob", .password = "secret"}; }

// ---- the usual call ------------------------------------------------------------------------------

TEST(Outgoing, InviteCarriesWhatItMust) {
  Caller d({.offer = "v=0 offer", .headers = {{"X-Call", "7"}}}, {.call_id_prefix = "s3-"});
  ASSERT_EQ(d.told(), "INVITE");
  EXPECT_EQ(d.sent[0].request_uri, "sip:callee@192.0.2.20");
  EXPECT_EQ(d.header(0, "To"), "<sip:callee@192.0.2.20>");
  EXPECT_TRUE(d.header(0, "From").starts_with("\"Desk\" <sip:desk@192.0.2.1>;tag="));
  EXPECT_TRUE(d.header(0, "Call-ID").starts_with("s3-"));
  EXPECT_EQ(d.header(0, "Contact"), "<sip:192.0.2.1:5060>");
  EXPECT_EQ(d.header(0, "X-Call"), "7");
  EXPECT_EQ(d.header(0, "Max-Forwards"), "70");
  EXPECT_EQ(d.sent[0].body, "v=0 offer");
  const Via via = *Via::parse(d.header(0, "Via"));
  EXPECT_TRUE(via.has_magic_cookie());
  EXPECT_TRUE(via.asks_rport());
  EXPECT_EQ(d.flows[0], udp("192.0.2.20"));
}

TEST(Outgoing, ProgressAnswerAckBye) {
  Caller d(with_offer);
  d.answer(100, "");
  EXPECT_FALSE(d.has<ProgressIn>());
  d.answer(180);
  d.answer(183, "callee", "v=0 early");
  ASSERT_EQ(d.all<ProgressIn>().size(), 2u);
  EXPECT_EQ(d.all<ProgressIn>()[1].answer, "v=0 early");
  d.answer(200, "callee", "v=0 answer");
  EXPECT_EQ(d.told(), "INVITE ACK");
  EXPECT_EQ(d.sent[1].request_uri, "sip:callee@192.0.2.20:5060");
  EXPECT_EQ(d.header(1, "CSeq"), "1 ACK");
  EXPECT_NE(d.header(1, "Via"), d.header(0, "Via")) << "the ACK of a 2xx has its own branch";
  ASSERT_TRUE(d.has<AcceptedIn>());
  EXPECT_EQ(d.all<AcceptedIn>()[0].answer, "v=0 answer");
  d.endpoint.hang_up(d.id, d.now);
  d.drain();
  EXPECT_EQ(d.header(2, "CSeq"), "2 BYE");
  d.receive(response(d.sent[2], 200, ""));
  d.expect_clean();
}

TEST(Outgoing, PeerMayEndTheCall) {
  Caller d(with_offer);
  d.answer(200, "callee", "v=0");
  const std::string tag = tag_of(d.header(0, "From"));
  d.receive(request("BYE", {.to_tag = tag, .call_id = d.header(0, "Call-ID"),
                            .from_tag = "callee"}));
  EXPECT_EQ(d.told(), "INVITE ACK 200");
  EXPECT_TRUE(d.has<ByeIn>());
  d.expect_clean();
}

TEST(Outgoing, PeersReinviteReachesACallThatWeMade) {
  Caller d(with_offer);
  d.answer(200, "callee", "v=0");
  const std::string tag = tag_of(d.header(0, "From"));
  d.receive(request("INVITE", {.to_tag = tag, .body = "v=0 hold",
                               .call_id = d.header(0, "Call-ID"), .from_tag = "callee"}));
  ASSERT_TRUE(d.has<OfferIn>());
  d.endpoint.answer_offer(d.id, "v=0 held", d.now);
  d.drain();
  EXPECT_EQ(d.told(), "INVITE ACK 100 200");
}

TEST(Outgoing, RepeatedOkBringsTheSameAckAgain) {
  Caller d(with_offer);
  d.answer(200, "callee", "v=0");
  d.answer(200, "callee", "v=0");
  EXPECT_EQ(d.told(), "INVITE ACK ACK");
  EXPECT_EQ(d.header(1, "Via"), d.header(2, "Via"));
  EXPECT_EQ(d.all<AcceptedIn>().size(), 1u);
}

TEST(Outgoing, LateOfferIsAnsweredInTheAck) {
  Caller d;
  EXPECT_EQ(d.sent[0].body, "");
  d.answer(200, "callee", "v=0 their offer");
  EXPECT_EQ(d.told(), "INVITE");
  ASSERT_TRUE(d.has<AcceptedIn>());
  EXPECT_EQ(d.all<AcceptedIn>()[0].answer, "v=0 their offer");
  d.answer(200, "callee", "v=0 their offer");
  EXPECT_EQ(d.told(), "INVITE") << "no ACK before the answer is known";
  d.endpoint.ack(d.id, "v=0 our answer", d.now);
  d.drain();
  ASSERT_EQ(d.told(), "INVITE ACK");
  EXPECT_EQ(d.sent[1].body, "v=0 our answer");
  d.answer(200, "callee", "v=0 their offer");
  EXPECT_EQ(d.told(), "INVITE ACK ACK");
}

TEST(Outgoing, HangUpBeforeALateAnswerSendsAckThenBye) {
  Caller d;
  d.answer(200, "callee", "v=0 their offer");
  d.endpoint.hang_up(d.id, d.now);
  d.drain();
  EXPECT_EQ(d.told(), "INVITE ACK BYE");
  d.expect_clean();
}

TEST(Outgoing, RouteSetOfTheAnswerIsFollowed) {
  Caller d(with_offer);
  d.answer(200, "callee", "v=0", "Record-Route: <sip:192.0.2.51;lr>, <sip:192.0.2.50;lr>\n");
  EXPECT_EQ(d.flows[1], udp("192.0.2.50")) << "reversed";
  EXPECT_EQ(d.sent[1].all("Route").size(), 2u);
}

TEST(Outgoing, TelephoneBehindATranslatorIsSpokenToWhereItIsSeen) {
  for (const bool translated : {true, false}) {
    // Both addresses are private, as those of an office and of a home behind a second translator are.
    Caller d({.target = "sip:desk@192.168.7.2:5070", .flow = udp("10.1.1.9", 26318), .behind_nat = translated, .offer = "v=0"});
    std::string ok = response(d.sent[0], 200, "callee", "v=0");
    const std::string elsewhere = "sip:callee@192.0.2.20:5060";
    ASSERT_NE(ok.find(elsewhere), std::string::npos);
    d.receive(ok.replace(ok.find(elsewhere), elsewhere.size(), "sip:desk@192.168.7.2:5070"));
    d.endpoint.hang_up(d.id, d.now);
    d.drain();
    ASSERT_EQ(d.told(), "INVITE ACK BYE");
    for (const std::size_t i : {1u, 2u}) EXPECT_EQ(d.flows[i], translated ? d.flow : udp("192.168.7.2", 5070)) << i;
  }
}

TEST(Routing, ContactTellsWhetherAPhoneIsBehindATranslator) {
  EXPECT_TRUE(is_behind_nat("sip:a@192.168.7.2:5070", udp("10.1.1.9", 5070)));
  EXPECT_TRUE(is_behind_nat("sip:a@10.1.1.9:5070", udp("10.1.1.9", 26318)));
  EXPECT_FALSE(is_behind_nat("sip:a@10.1.1.9:5070", udp("10.1.1.9", 5070)));
  EXPECT_FALSE(is_behind_nat("sip:a@10.1.1.9", udp("10.1.1.9", 5060)));
  EXPECT_FALSE(is_behind_nat("sip:a@10.1.1.9:5070", {Transport::tcp, *base::Address::parse_ip("10.1.1.9", 40'000), 3}))
      << "connections come from ports of their own";
  EXPECT_FALSE(is_behind_nat("sip:a@phone.example", udp("10.1.1.9", 5060)));
  EXPECT_FALSE(is_behind_nat("tel:+8210", udp("10.1.1.9", 5060)));
}

// ---- forks, RFC 3261 §13.2.2.4 -------------------------------------------------------------------

TEST(Fork, FurtherCalleesGetAckAndBye) {
  Caller d(with_offer);
  d.answer(180, "one");
  d.answer(180, "two");
  d.answer(200, "one", "v=0");
  d.answer(200, "two", "v=0");
  EXPECT_EQ(d.told(), "INVITE ACK ACK BYE");
  EXPECT_EQ(tag_of(d.header(2, "To")), "two");
  EXPECT_EQ(tag_of(d.header(3, "To")), "two");
  EXPECT_EQ(d.all<AcceptedIn>().size(), 1u);
  d.answer(200, "two", "v=0");
  EXPECT_EQ(d.told(), "INVITE ACK ACK BYE ACK");
  EXPECT_EQ(d.endpoint.sessions(), 1u);
}

TEST(Fork, EndlessCalleesAreBounded) {
  Caller d(with_offer);
  for (int i = 0; i < 100; ++i) d.answer(200, "callee" + std::to_string(i), "v=0");
  EXPECT_TRUE(d.noticed("sip_flood"));
  EXPECT_LT(d.endpoint.transactions(), 20u);
}

// ---- failures ------------------------------------------------------------------------------------

TEST(Failure, FinalFailureIsAcknowledgedAndShown) {
  Caller d(with_offer);
  d.answer(486, "callee", "", "Retry-After: 30\n");
  EXPECT_EQ(d.told(), "INVITE ACK");
  EXPECT_EQ(d.header(1, "Via"), d.header(0, "Via")) << "hop by hop: the branch of the INVITE";
  ASSERT_TRUE(d.has<RejectedIn>());
  const RejectedIn r = d.all<RejectedIn>()[0];
  EXPECT_EQ(r.status, 486);
  EXPECT_FALSE(r.alive);
  EXPECT_EQ(r.retry_after, 30);
  EXPECT_EQ(d.endpoint.sessions(), 0u);
  d.answer(486);
  EXPECT_EQ(d.told(), "INVITE ACK ACK") << "timer D";
  d.expect_clean();
}

TEST(Failure, RedirectionIsShownAsRejection) {
  Caller d(with_offer);
  d.answer(302);
  ASSERT_TRUE(d.has<RejectedIn>());
  EXPECT_EQ(d.all<RejectedIn>()[0].status, 302);
}

TEST(Failure, SilenceIs408AfterTimerB) {
  Caller d(with_offer);
  d.pass(seconds(33));
  EXPECT_EQ(d.sent.size(), 7u);
  ASSERT_TRUE(d.has<RejectedIn>());
  EXPECT_EQ(d.all<RejectedIn>()[0].status, 408);
  d.expect_clean();
}

TEST(Failure, CalleeThatRingsAndDiesIsGivenUp) {
  Caller d(with_offer);
  d.answer(180);
  d.pass(seconds(400));
  EXPECT_NE(d.told().find("CANCEL"), std::string::npos);
  ASSERT_TRUE(d.has<RejectedIn>());
  EXPECT_EQ(d.all<RejectedIn>()[0].status, 408);
  d.expect_clean();
}

TEST(Failure, ConnectionThatCannotBeMadeIs503) {
  Caller d({.flow = tcp("192.0.2.20", 5060, 0), .offer = "v=0"});
  EXPECT_NE(d.header(0, "Via").find("SIP/2.0/TCP"), std::string::npos);
  d.endpoint.on_flow_failed(d.flow, d.now);
  d.drain();
  ASSERT_TRUE(d.has<RejectedIn>());
  EXPECT_EQ(d.all<RejectedIn>()[0].status, 503);
  d.expect_clean();
}

TEST(Failure, AnswersMoveTheCallToTheConnectionTheyCameBy) {
  Caller d({.flow = tcp("192.0.2.20", 5060, 0), .offer = "v=0"});
  d.receive(response(d.sent[0], 200, "callee", "v=0"), tcp("192.0.2.20", 5060, 12));
  EXPECT_EQ(d.flows[1], tcp("192.0.2.20", 5060, 12));
  d.endpoint.hang_up(d.id, d.now);
  d.drain();
  EXPECT_EQ(d.flows[2], tcp("192.0.2.20", 5060, 12));
}

TEST(Failure, StrayAndBrokenResponsesAreDropped) {
  Caller d(with_offer);
  std::string stray = response(d.sent[0], 200, "callee", "v=0");
  stray.replace(stray.find("branch=z9hG4bK") + 14, 4, "0000");
  d.receive(stray);
  EXPECT_TRUE(d.noticed("sip_stray_response"));
  std::string two = response(d.sent[0], 200, "callee", "v=0");
  two.insert(two.find("Via:"), "Via: SIP/2.0/UDP 192.0.2.66;branch=z9hG4bKx\r\n");
  d.receive(two);
  d.receive(response(d.sent[0], 200, "", "v=0"));
  EXPECT_EQ(d.told(), "INVITE");
  EXPECT_FALSE(d.has<AcceptedIn>());
}

TEST(Failure, OnlyAnswersThatMakeNoDialogEndInA408) {
  Caller d(with_offer);
  d.answer(200, "", "v=0");  // no To tag
  d.pass(seconds(33));
  ASSERT_TRUE(d.has<RejectedIn>());
  EXPECT_EQ(d.all<RejectedIn>()[0].status, 408);
  d.expect_clean();
}

// ---- cancel, RFC 3261 §9.1 -----------------------------------------------------------------------

TEST(CancelOurs, WaitsForAProvisional) {
  Caller d(with_offer);
  d.endpoint.cancel(d.id, d.now);
  d.drain();
  EXPECT_EQ(d.told(), "INVITE");
  d.answer(180);
  ASSERT_EQ(d.told(), "INVITE CANCEL");
  EXPECT_EQ(d.header(1, "Via"), d.header(0, "Via"));
  EXPECT_EQ(d.header(1, "CSeq"), "1 CANCEL");
  EXPECT_FALSE(d.has<ProgressIn>());
  d.receive(response(d.sent[1], 200, "callee"));
  d.answer(487);
  EXPECT_EQ(d.told(), "INVITE CANCEL ACK");
  ASSERT_TRUE(d.has<RejectedIn>());
  EXPECT_EQ(d.all<RejectedIn>()[0].status, 487);
  d.expect_clean();
}

TEST(CancelOurs, GoesOutAtOnceAfterAProvisionalAndOnce) {
  Caller d(with_offer);
  d.answer(180);
  d.endpoint.cancel(d.id, d.now);
  d.endpoint.cancel(d.id, d.now);
  d.drain();
  EXPECT_EQ(d.told(), "INVITE CANCEL");
}

TEST(CancelOurs, CrossingThe200EndsInAckAndBye) {
  Caller d(with_offer);
  d.answer(180);
  d.endpoint.cancel(d.id, d.now);
  d.answer(200, "callee", "v=0");
  EXPECT_EQ(d.told(), "INVITE CANCEL ACK BYE");
  EXPECT_FALSE(d.has<AcceptedIn>());
  ASSERT_TRUE(d.has<RejectedIn>());
  EXPECT_EQ(d.all<RejectedIn>()[0].status, 487);
  d.expect_clean();
}

TEST(CancelOurs, CrossingThe200BeforeAnyProvisionalToo) {
  Caller d;  // without offer
  d.endpoint.cancel(d.id, d.now);
  d.answer(200, "callee", "v=0 their offer");
  EXPECT_EQ(d.told(), "INVITE ACK BYE");
  d.expect_clean();
}

TEST(CancelOurs, WithoutAnyFinalResponseItEndsAfter64T1) {
  Caller d(with_offer);
  d.answer(180);
  d.endpoint.cancel(d.id, d.now);
  d.pass(seconds(33));
  ASSERT_TRUE(d.has<RejectedIn>());
  EXPECT_EQ(d.all<RejectedIn>()[0].status, 408);
  EXPECT_EQ(d.endpoint.sessions(), 0u);
  d.expect_clean();
}

TEST(CancelOurs, HangUpBeforeTheAnswerCancelsInSilence) {
  Caller d(with_offer);
  d.answer(180);
  d.endpoint.hang_up(d.id, d.now, "SIP;cause=200");
  d.drain();
  ASSERT_EQ(d.told(), "INVITE CANCEL");
  EXPECT_EQ(d.header(1, "Reason"), "SIP;cause=200");
  d.answer(487);
  EXPECT_FALSE(d.has<RejectedIn>());
  EXPECT_EQ(d.endpoint.sessions(), 0u);
  d.expect_clean();
}

// ---- credentials, RFC 3261 §22 -------------------------------------------------------------------

const char* challenge_401 = "WWW-Authenticate: Digest realm=\"pbx\", nonce=\"n1\"\n";

TEST(Credentials, ChallengedInviteIsSentOnceMore) {
  Caller d(with_password(), with_hashes());
  d.answer(401, "callee", "", challenge_401);
  ASSERT_EQ(d.told(), "INVITE ACK INVITE");
  EXPECT_NE(d.header(2, "Authorization").find("username=\"bob\""), std::string::npos);
  EXPECT_EQ(d.header(2, "CSeq"), "2 INVITE");
  EXPECT_EQ(d.header(2, "Call-ID"), d.header(0, "Call-ID"));
  EXPECT_EQ(d.header(2, "From"), d.header(0, "From"));
  EXPECT_NE(d.header(2, "Via"), d.header(0, "Via"));
  EXPECT_EQ(tag_of(d.header(2, "To")), "");
  EXPECT_EQ(d.sent[2].body, "v=0");
  EXPECT_EQ(d.sent[2].all("Via").size(), 1u);
  d.receive(response(d.sent[2], 200, "callee", "v=0"));
  EXPECT_EQ(d.told(), "INVITE ACK INVITE ACK");
  EXPECT_EQ(d.header(3, "CSeq"), "2 ACK");
  EXPECT_TRUE(d.has<AcceptedIn>());
  d.endpoint.hang_up(d.id, d.now);
  d.drain();
  EXPECT_EQ(d.header(4, "CSeq"), "3 BYE");
  d.expect_clean();
}

TEST(Credentials, SecondChallengeOfTheSameRealmIsARejection) {
  Caller d(with_password(), with_hashes());
  d.answer(401, "callee", "", challenge_401);
  d.receive(response(d.sent[2], 401, "callee", "", challenge_401));
  EXPECT_EQ(d.told(), "INVITE ACK INVITE ACK");
  ASSERT_TRUE(d.has<RejectedIn>());
  EXPECT_EQ(d.all<RejectedIn>()[0].status, 401);
  d.expect_clean();
}

TEST(Credentials, StaleNonceIsAnsweredOnceMore) {
  Caller d(with_password(), with_hashes());
  d.answer(407, "callee", "", "Proxy-Authenticate: Digest realm=\"pbx\", nonce=\"n1\"\n");
  const std::string stale =
      "Proxy-Authenticate: Digest realm=\"pbx\", nonce=\"n2\", stale=true\n";
  d.receive(response(d.sent[2], 407, "callee", "", stale));
  ASSERT_EQ(d.told(), "INVITE ACK INVITE ACK INVITE");
  EXPECT_NE(d.header(4, "Proxy-Authorization").find("nonce=\"n2\""), std::string::npos);
  EXPECT_EQ(d.sent[4].all("Proxy-Authorization").size(), 1u);
}

TEST(Credentials, EndlessStaleNoncesAreBounded) {
  Caller d(with_password(), with_hashes());
  const std::string stale = "WWW-Authenticate: Digest realm=\"p\", nonce=\"n\", stale=true\n";
  for (int i = 0; i < 10 && !d.has<RejectedIn>(); ++i) {
    d.receive(response(d.sent[2 * i], 401, "callee", "", stale));
  }
  EXPECT_TRUE(d.has<RejectedIn>());
  EXPECT_LT(d.sent.size(), 12u);
}

TEST(Credentials, WithoutAPasswordAChallengeIsARejection) {
  Caller d(with_offer, with_hashes());
  d.answer(401, "callee", "", challenge_401);
  EXPECT_EQ(d.told(), "INVITE ACK");
  EXPECT_TRUE(d.has<RejectedIn>());
}

TEST(Credentials, ChallengedByeAndReinviteAreSentOnceMore) {
  Caller d(with_password(), with_hashes());
  d.answer(200, "callee", "v=0");
  d.endpoint.offer(d.id, "v=0 new", d.now);
  d.drain();
  d.receive(response(d.sent[2], 401, "", "", challenge_401));
  ASSERT_EQ(d.told(), "INVITE ACK INVITE ACK INVITE");
  EXPECT_EQ(d.header(4, "CSeq"), "3 INVITE");
  d.receive(response(d.sent[4], 200, "", "v=0"));
  EXPECT_EQ(d.header(5, "CSeq"), "3 ACK");
  d.endpoint.hang_up(d.id, d.now);
  d.drain();
  d.receive(response(d.sent[6], 401, "", "", challenge_401));
  ASSERT_EQ(d.sent.size(), 8u);
  EXPECT_EQ(d.header(7, "CSeq"), "5 BYE");
  d.receive(response(d.sent[7], 200, ""));
  EXPECT_EQ(d.endpoint.sessions(), 0u);
  d.expect_clean();
}

}  // namespace
}  // namespace daedap::sip
