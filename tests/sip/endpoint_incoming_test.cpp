#include "sip/desk.hpp"

namespace daedap::sip {
namespace {

// ---- set-up ------------------------------------------------------------------------------------

TEST(Incoming, InviteIsAnswered100InTheSameCallAndShown) {
  Desk d;
  d.receive(request("INVITE", {.body = "v=0 offer"}));
  EXPECT_EQ(d.told(), "100");
  EXPECT_EQ(tag_of(d.header(0, "To")), "") << "100 needs no tag";
  ASSERT_TRUE(d.has<InviteIn>());
  EXPECT_EQ(d.all<InviteIn>()[0].offer, "v=0 offer");
  EXPECT_EQ(d.all<InviteIn>()[0].request.request_uri, "sip:desk@192.0.2.1");
  EXPECT_EQ(d.endpoint.call_id(d.all<InviteIn>()[0].session), "call-1");
}

TEST(Incoming, RingAcceptAckMakesACall) {
  Desk d;
  const SessionId id = d.ring_in();
  d.endpoint.ring(id, d.now);
  d.endpoint.accept(id, "v=0 answer", d.now);
  d.drain();
  EXPECT_EQ(d.told(), "100 180 200");
  const std::string tag = tag_of(d.header(1, "To"));
  EXPECT_FALSE(tag.empty());
  EXPECT_EQ(tag_of(d.header(2, "To")), tag);
  EXPECT_EQ(d.header(2, "Contact"), "<sip:192.0.2.1:5060>");
  EXPECT_EQ(d.header(2, "Content-Type"), "application/sdp");
  EXPECT_EQ(d.header(2, "Allow"), "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE");
  EXPECT_EQ(d.sent[2].body, "v=0 answer");
  d.receive(request("ACK", {.branch = "z9hG4bKack", .to_tag = tag}));
  ASSERT_TRUE(d.has<AckIn>());
  EXPECT_EQ(d.all<AckIn>()[0].answer, "");
  d.receive(request("BYE", {.branch = "z9hG4bKbye", .cseq = 2, .to_tag = tag,
                            .extra = "Reason: Q.850;cause=16\n"}));
  EXPECT_EQ(d.told(), "100 180 200 200");
  ASSERT_TRUE(d.has<ByeIn>());
  EXPECT_EQ(d.all<ByeIn>()[0].reason, "Q.850;cause=16");
  EXPECT_EQ(d.endpoint.sessions(), 0u);
  d.expect_clean();
}

TEST(Incoming, EarlyMediaRidesInThe183) {
  Desk d;
  d.endpoint.ring(d.ring_in(), d.now, 183, "v=0 early");
  d.drain();
  EXPECT_EQ(d.told(), "100 183");
  EXPECT_EQ(d.sent[1].body, "v=0 early");
}

TEST(Incoming, OkIsResentUntilTheAckAndNoLonger) {  // RFC 3261 §13.3.1.4
  Desk d;
  d.endpoint.accept(d.ring_in(), "v=0", d.now);
  d.drain();
  const std::string tag = tag_of(d.header(1, "To"));
  d.pass(Millis(1600));
  EXPECT_EQ(d.told(), "100 200 200 200");
  d.receive(request("ACK", {.branch = "z9hG4bKack", .to_tag = tag}));
  d.pass(seconds(100));
  EXPECT_EQ(d.told(), "100 200 200 200");
  EXPECT_EQ(d.endpoint.sessions(), 1u);
}

TEST(Incoming, OkWithoutAckIsLostAfter64T1AndEndedWithBye) {  // RFC 3261 §13.3.1.4
  Desk d;
  d.endpoint.accept(d.ring_in(), "v=0", d.now);
  d.drain();
  d.pass(Millis(31'999));
  EXPECT_FALSE(d.has<LostIn>());
  d.pass(Millis(1));
  ASSERT_TRUE(d.has<LostIn>());
  EXPECT_EQ(d.all<LostIn>()[0].why, LostIn::Why::no_ack);
  EXPECT_EQ(d.sent.back().method, "BYE");
  d.expect_clean();
}

TEST(Incoming, RepeatedAckIsAbsorbed) {
  Desk d;
  d.talk();
  d.receive(request("ACK", {.branch = "z9hG4bKack", .to_tag = d.tag}));
  d.receive(request("ACK", {.branch = "z9hG4bKack2", .to_tag = d.tag}));
  EXPECT_FALSE(d.has<AckIn>());
  EXPECT_TRUE(d.sent.empty());
}

TEST(Incoming, AckWithTheBranchOfItsInviteCountsForA200Too) {
  Desk d;
  d.endpoint.accept(d.ring_in(), "v=0", d.now);
  d.drain();
  d.receive(request("ACK", {.to_tag = tag_of(d.header(1, "To"))}));
  EXPECT_TRUE(d.has<AckIn>());
}

TEST(Incoming, StrayAckIsIgnored) {
  Desk d;
  d.receive(request("ACK", {.to_tag = "nobody"}));
  EXPECT_TRUE(d.sent.empty());
  EXPECT_TRUE(d.noticed("sip_stray_ack"));
}

TEST(Incoming, RetransmittedInviteBringsTheLastResponseAgain) {
  Desk d;
  const SessionId id = d.ring_in();
  const std::string again = request("INVITE", {.body = "v=0 offer"});
  d.receive(again);
  d.endpoint.ring(id, d.now);
  d.receive(again);
  d.endpoint.accept(id, "v=0", d.now);
  d.drain();
  d.receive(again);
  EXPECT_EQ(d.told(), "100 100 180 180 200 200");
  EXPECT_EQ(d.all<InviteIn>().size(), 1u);
  EXPECT_TRUE(d.noticed("sip_retransmission"));
}

TEST(Incoming, InviteWithoutSdpGetsOurOfferAndItsAckBringsTheAnswer) {
  Desk d;
  const SessionId id = d.ring_in({});
  EXPECT_EQ(d.all<InviteIn>()[0].offer, "");
  d.endpoint.accept(id, "v=0 our offer", d.now);
  d.drain();
  EXPECT_EQ(d.sent[1].body, "v=0 our offer");
  d.receive(request("ACK", {.branch = "z9hG4bKack", .to_tag = tag_of(d.header(1, "To")),
                            .body = "v=0 their answer"}));
  ASSERT_TRUE(d.has<AckIn>());
  EXPECT_EQ(d.all<AckIn>()[0].answer, "v=0 their answer");
}

TEST(Incoming, RejectIsResentUntilItsAck) {  // §17.2.1
  Desk d;
  const SessionId id = d.ring_in();
  d.endpoint.reject(id, 486, d.now, {{"Warning", "399 desk \"busy\""}});
  d.drain();
  EXPECT_EQ(d.endpoint.sessions(), 0u);
  d.pass(Millis(600));
  EXPECT_EQ(d.told(), "100 486 486");
  EXPECT_EQ(d.header(1, "Warning"), "399 desk \"busy\"");
  d.receive(request("ACK", {.to_tag = tag_of(d.header(1, "To"))}));
  d.pass(seconds(40));
  EXPECT_EQ(d.told(), "100 486 486");
  d.expect_clean();
}

TEST(Incoming, CommandsOnUnknownSessionsAreIgnored) {
  Desk d;
  const SessionId id{4711};
  d.endpoint.ring(id, d.now);
  d.endpoint.accept(id, "v=0", d.now);
  d.endpoint.reject(id, 486, d.now);
  d.endpoint.answer_offer(id, "v=0", d.now);
  d.endpoint.refuse_offer(id, 488, d.now);
  d.endpoint.cancel(id, d.now);
  d.endpoint.ack(id, "v=0", d.now);
  d.endpoint.offer(id, "v=0", d.now);
  d.endpoint.hang_up(id, d.now);
  d.endpoint.send_info(id, "application/dtmf", "5", d.now);
  d.drain();
  EXPECT_TRUE(d.sent.empty());
  EXPECT_EQ(d.endpoint.call_id(id), "");
}

TEST(Incoming, AcceptTwiceSendsOneAnswer) {
  Desk d;
  const SessionId id = d.ring_in();
  d.endpoint.accept(id, "v=0 a", d.now);
  d.endpoint.accept(id, "v=0 b", d.now);
  d.endpoint.reject(id, 486, d.now);
  d.drain();
  EXPECT_EQ(d.told(), "100 200");
}

TEST(Incoming, RingingIsRepeatedEachMinute) {  // §13.3.1.1
  Desk d;
  d.endpoint.ring(d.ring_in(), d.now);
  d.drain();
  d.pass(seconds(125));
  EXPECT_EQ(d.told(), "100 180 180 180");
}

TEST(Incoming, ExpiresEndsAnInviteThatNobodyAnswers) {  // §13.3.1
  Desk d;
  d.ring_in({.body = "v=0", .extra = "Expires: 20\n"});
  d.pass(seconds(20));
  EXPECT_EQ(d.told(), "100 487");
  EXPECT_TRUE(d.has<CancelIn>());
  d.expect_clean();
}

TEST(Incoming, HangUpBeforeTheAnswerIs487) {
  Desk d;
  d.endpoint.hang_up(d.ring_in(), d.now);
  d.drain();
  EXPECT_EQ(d.told(), "100 487");
  EXPECT_FALSE(d.has<CancelIn>());
  d.expect_clean();
}

// ---- CANCEL, RFC 3261 §9.2 ---------------------------------------------------------------------

TEST(Cancel, BeforeTheAnswerBrings200And487) {
  Desk d;
  d.endpoint.ring(d.ring_in(), d.now);
  d.receive(request("CANCEL"));
  EXPECT_EQ(d.told(), "100 180 200 487");
  EXPECT_EQ(tag_of(d.header(2, "To")), tag_of(d.header(1, "To")));
  EXPECT_EQ(d.header(2, "CSeq"), "1 CANCEL");
  EXPECT_EQ(d.header(3, "CSeq"), "1 INVITE");
  EXPECT_TRUE(d.has<CancelIn>());
  EXPECT_EQ(d.endpoint.sessions(), 0u);
  d.receive(request("CANCEL"));
  EXPECT_EQ(d.told(), "100 180 200 487 200") << "a repeated CANCEL has the same answer";
  d.expect_clean();
}

TEST(Cancel, WithoutItsInviteIs481) {
  Desk d;
  d.receive(request("CANCEL"));
  EXPECT_EQ(d.told(), "481");
  EXPECT_EQ(d.endpoint.transactions(), 0u);
}

TEST(Cancel, AfterThe200HasNoEffect) {
  Desk d;
  d.talk();
  d.receive(request("CANCEL"));
  EXPECT_EQ(d.told(), "200");
  EXPECT_FALSE(d.has<CancelIn>());
  EXPECT_EQ(d.endpoint.sessions(), 1u);
}

TEST(Cancel, FindsAnInviteWithoutMagicCookie) {  // §17.2.3, RFC 2543 matching
  Desk d;
  d.ring_in({.branch = "", .body = "v=0"});
  d.receive(request("CANCEL", {.branch = ""}));
  EXPECT_EQ(d.told(), "100 200 487");
  d.receive(request("ACK", {.branch = "", .to_tag = tag_of(d.header(2, "To"))}));
  EXPECT_FALSE(d.noticed("sip_stray_ack"));
  d.expect_clean();
}

TEST(Cancel, WithAnotherBranchIs481) {
  Desk d;
  d.ring_in();
  d.receive(request("CANCEL", {.branch = "z9hG4bKother"}));
  EXPECT_EQ(d.told(), "100 481");
  EXPECT_EQ(d.endpoint.sessions(), 1u);
}

// ---- refusals ----------------------------------------------------------------------------------

TEST(Refusal, UnknownDialogIs481) {
  Desk d;
  for (const char* method : {"BYE", "INVITE", "INFO", "UPDATE", "OPTIONS"}) {
    d.clear();
    d.receive(request(method, {.to_tag = "nobody"}));
    EXPECT_EQ(d.told(), "481") << method;
  }
  for (const char* method : {"BYE", "INFO", "UPDATE"}) {
    d.clear();
    d.receive(request(method));
    EXPECT_EQ(d.told(), "481") << method << " without To tag";
  }
  EXPECT_EQ(d.endpoint.transactions(), 0u);
}

TEST(Refusal, RequestsThatBreakARuleAreAnswered) {
  const auto status = [](const std::string& text) {
    Desk d;
    d.receive(text);
    EXPECT_FALSE(d.has<InviteIn>());
    EXPECT_EQ(d.endpoint.sessions(), 0u);
    return d.told();
  };
  EXPECT_EQ(status(request("INVITE", {.extra = "Require: 100rel\n"})), "420");
  EXPECT_EQ(status(request("SUBSCRIBE")), "405");
  EXPECT_EQ(status(request("DANCE")), "501");
  EXPECT_EQ(status(request("INVITE", {.body = "hi", .extra = "Content-Type: text/plain\n"})),
            "415");
  EXPECT_EQ(status(request("INVITE", {.uri = "http://desk"})), "416");
  std::string far = request("INVITE");
  far.replace(far.find("Max-Forwards: 70"), 16, "Max-Forwards: 0");
  EXPECT_EQ(status(far), "483");
  std::string old = request("INVITE");
  old.replace(old.find(" SIP/2.0\r\n"), 10, " SIP/7.0\r\n");
  EXPECT_EQ(status(old), "505");
  std::string mismatch = request("INVITE");
  mismatch.replace(mismatch.find("1 INVITE"), 8, "1 OPTION");
  EXPECT_EQ(status(mismatch), "400");
}

TEST(Refusal, A420NamesWhatIsUnsupported) {
  Desk d;
  d.receive(request("INVITE", {.extra = "Require: 100rel\n"}));
  EXPECT_EQ(d.header(0, "Unsupported"), "100rel");
}

TEST(Refusal, MalformedRequestIsAnswered400AndCounted) {
  Desk d;
  std::string text = request("INVITE");
  text.replace(text.find("Max-Forwards: 70"), 16, "Max-Forwards  70");
  d.receive(text);
  EXPECT_EQ(d.told(), "400");
  EXPECT_TRUE(d.noticed("sip_malformed"));
}

TEST(Refusal, NonsenseAndKeepAlivesAreDropped) {
  Desk d;
  for (const char* text : {"", "\r\n\r\n", "hello", "SIP/2.0 200 OK\r\n\r\n"}) d.receive(text);
  d.receive(std::string(70'000, 'x'));
  EXPECT_TRUE(d.sent.empty());
}

TEST(Refusal, CopyOfAnInviteByAnotherPathIs482) {  // §8.2.2.2
  Desk d;
  d.ring_in();
  d.receive(request("INVITE", {.branch = "z9hG4bKtwo", .body = "v=0"}));
  EXPECT_EQ(d.told(), "100 482");
  EXPECT_EQ(d.endpoint.sessions(), 1u);
}

TEST(Refusal, OurOwnInviteComingBackIs482) {
  Desk d;
  d.endpoint.invite({.target = "sip:desk@192.0.2.1", .from = "<sip:me@192.0.2.1>",
                     .flow = udp("192.0.2.20"), .offer = "v=0"}, d.now);
  d.drain();
  std::string text = d.sent[0].write();
  text.insert(text.find("Via:"), "Via: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bKproxy\r\n");
  d.receive(text, udp("192.0.2.20"));
  EXPECT_EQ(d.told(), "INVITE 482");
}

TEST(Refusal, OverTheSessionLimitIs503WithRetryAfter) {
  Desk d({.max_sessions = 1});
  d.ring_in();
  d.receive(request("INVITE", {.branch = "z9hG4bKtwo", .call_id = "call-2"}));
  EXPECT_EQ(d.told(), "100 503");
  EXPECT_FALSE(d.header(1, "Retry-After").empty());
  EXPECT_EQ(d.endpoint.transactions(), 1u) << "refused without keeping state";
}

TEST(Refusal, DrainingIs503ForNewCallsButNotForRunningOnes) {
  Desk d;
  d.talk();
  d.endpoint.set_draining(true);
  d.receive(request("INVITE", {.branch = "z9hG4bKtwo", .call_id = "call-2"}));
  d.receive(request("OPTIONS", {.branch = "z9hG4bKopt", .call_id = "call-3"}));
  EXPECT_EQ(d.told(), "503 503");
  EXPECT_FALSE(d.header(0, "Retry-After").empty());
  EXPECT_FALSE(d.header(1, "Retry-After").empty());
  d.receive(request("INFO", {.branch = "z9hG4bKinf", .cseq = 2, .to_tag = d.tag}));
  EXPECT_EQ(d.told(), "503 503 200");
  d.endpoint.set_draining(false);
  d.ring_in({.branch = "z9hG4bKtri", .call_id = "call-4"});
  EXPECT_TRUE(d.has<InviteIn>());
}

TEST(Refusal, StatelessAnswersKeepTheirTagOverRetransmissions) {  // §8.2.7
  Desk d;
  d.receive(request("BYE", {.to_tag = ""}));
  d.receive(request("BYE", {.to_tag = ""}));
  EXPECT_EQ(d.header(0, "To"), d.header(1, "To"));
  EXPECT_FALSE(tag_of(d.header(0, "To")).empty());
}

// ---- OPTIONS and Via ---------------------------------------------------------------------------

TEST(Options, OutsideADialogSaysWhatWeCan) {  // §11.2
  Desk d;
  d.receive(request("OPTIONS"));
  ASSERT_EQ(d.told(), "200");
  EXPECT_EQ(d.header(0, "Allow"), "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE");
  EXPECT_EQ(d.header(0, "Accept"), "application/sdp");
  EXPECT_TRUE(d.sent[0].header("Supported"));
  EXPECT_EQ(d.endpoint.transactions(), 0u);
}

TEST(ViaStamp, ReceivedAndRportAreFilledAndTheReplyGoesToTheSource) {  // RFC 3581 §4
  Desk d;
  const Flow source = udp("198.51.100.7", 31000);
  d.receive(request("OPTIONS", {.via = "SIP/2.0/UDP 10.0.0.1:5060;rport"}), source);
  EXPECT_EQ(d.flows[0], source);
  const Via via = *Via::parse(d.header(0, "Via"));
  EXPECT_EQ(via.received(), "198.51.100.7");
  EXPECT_EQ(via.rport(), 31000);
  EXPECT_EQ(via.branch(), "z9hG4bKone");
}

TEST(ViaStamp, ReceivedIsAddedWhenTheHostDiffersAndNotOtherwise) {  // RFC 3261 §18.2.1
  Desk d;
  d.receive(request("OPTIONS", {.via = "SIP/2.0/UDP phone.example:5060"}));
  EXPECT_EQ(Via::parse(d.header(0, "Via"))->received(), "192.0.2.10");
  d.receive(request("OPTIONS"));
  EXPECT_FALSE(Via::parse(d.header(1, "Via"))->received());
  d.receive(request("OPTIONS", {.via = "SIP/2.0/UDP 192.0.2.10:5060;received=203.0.113.1"}));
  EXPECT_FALSE(Via::parse(d.header(2, "Via"))->received()) << "what the sender claims is no news";
}

TEST(ViaStamp, OnlyTheTopOfJoinedViasIsTouched) {
  Desk d;
  Line line{.via = "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKtop, SIP/2.0/UDP 10.0.0.2"};
  d.receive(request("OPTIONS", line));
  const auto vias = d.sent[0].all("Via");
  ASSERT_EQ(vias.size(), 2u);
  EXPECT_EQ(Via::parse(vias[0])->received(), "192.0.2.10");
  EXPECT_FALSE(Via::parse(vias[1])->received());
}

TEST(RecordRoute, IsCopiedIntoDialogFormingResponses) {  // §12.1.1
  Desk d;
  d.endpoint.ring(d.ring_in({.body = "v=0", .extra = "Record-Route: <sip:p2;lr>, <sip:p1;lr>\n"}),
                  d.now);
  d.drain();
  ASSERT_EQ(d.told(), "100 180");
  EXPECT_EQ(d.sent[0].all("Record-Route").size(), 0u);
  EXPECT_EQ(d.sent[1].all("Record-Route").size(), 2u);
}

TEST(Contact, CarriesTheTransportAndItsOwnAddress) {
  Desk d({.advertised_tcp = *base::Address::parse("192.0.2.2:5080")});
  d.flow = tcp("192.0.2.10", 40000, 7);
  d.endpoint.ring(d.ring_in({.body = "v=0", .via = "SIP/2.0/TCP 192.0.2.10:5060"}), d.now);
  d.drain();
  EXPECT_EQ(d.header(1, "Contact"), "<sip:192.0.2.2:5080;transport=tcp>");
  EXPECT_EQ(d.flows[1], d.flow);
}

TEST(Contact, CarriesTheTlsPortAndTheSchemeThatWasCalled) {
  Desk d({.advertised_tls = *base::Address::parse("192.0.2.2:5061")});
  d.flow = {Transport::tls, *base::Address::parse("192.0.2.10:40000"), 7};
  d.endpoint.ring(d.ring_in({.body = "v=0", .via = "SIP/2.0/TLS 192.0.2.10:5061", .uri = "sips:desk@192.0.2.1"}), d.now);
  d.drain();
  EXPECT_EQ(d.header(1, "Contact"), "<sips:192.0.2.2:5061;transport=tls>");
}

}  // namespace
}  // namespace daedap::sip
