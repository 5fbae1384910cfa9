#include "sip/desk.hpp"

namespace daedap::sip {
namespace {

TEST(InSession, HangUpSendsByeToTheContactAndIsSilent) {
  Desk d;
  const SessionId id = d.talk();
  d.endpoint.hang_up(id, d.now, "Q.850;cause=16");
  d.drain();
  ASSERT_EQ(d.told(), "BYE");
  EXPECT_EQ(d.sent[0].request_uri, "sip:caller@192.0.2.10:5060");
  EXPECT_EQ(d.header(0, "Reason"), "Q.850;cause=16");
  EXPECT_EQ(d.header(0, "To"), "<sip:caller@192.0.2.10>;tag=caller");
  EXPECT_EQ(d.flows[0], udp("192.0.2.10"));
  EXPECT_EQ(d.endpoint.sessions(), 1u);
  d.receive(response(d.sent[0], 200, ""));
  EXPECT_EQ(d.endpoint.sessions(), 0u);
  EXPECT_TRUE(d.events.empty());
  d.expect_clean();
}

TEST(InSession, ByeIsRetransmittedAndGivenUpAfterTimerF) {
  Desk d;
  d.endpoint.hang_up(d.talk(), d.now);
  d.drain();
  d.pass(seconds(40));
  EXPECT_EQ(d.sent.size(), 11u);
  EXPECT_FALSE(d.has<LostIn>());
  d.expect_clean();
}

TEST(InSession, HangUpBeforeTheAckWaitsForIt) {  // RFC 3261 §15
  Desk d;
  const SessionId id = d.ring_in();
  d.endpoint.accept(id, "v=0", d.now);
  d.endpoint.hang_up(id, d.now);
  d.drain();
  EXPECT_EQ(d.told(), "100 200");
  d.receive(request("ACK", {.branch = "z9hG4bKack", .to_tag = tag_of(d.header(1, "To"))}));
  EXPECT_EQ(d.told(), "100 200 BYE");
  EXPECT_FALSE(d.has<AckIn>());
  d.expect_clean();
}

TEST(InSession, HangUpWithoutAnyAckSendsByeWhenTheTransactionEnds) {  // §15
  Desk d;
  const SessionId id = d.ring_in();
  d.endpoint.accept(id, "v=0", d.now);
  d.endpoint.hang_up(id, d.now);
  d.pass(seconds(33));
  EXPECT_EQ(d.sent.back().method, "BYE");
  EXPECT_FALSE(d.has<LostIn>());
  d.expect_clean();
}

TEST(InSession, ByesThatCrossAreBothAnswered) {
  Desk d;
  d.endpoint.hang_up(d.talk(), d.now);
  d.receive(request("BYE", {.branch = "z9hG4bKbye", .cseq = 2, .to_tag = d.tag}));
  EXPECT_EQ(d.told(), "BYE 200");
  EXPECT_FALSE(d.has<ByeIn>());
  d.expect_clean();
}

TEST(InSession, ByeStopsTheResendingOfAnUnacknowledgedOk) {
  Desk d;
  d.endpoint.accept(d.ring_in(), "v=0", d.now);
  d.drain();
  d.receive(request("BYE", {.branch = "z9hG4bKbye", .cseq = 2,
                            .to_tag = tag_of(d.header(1, "To"))}));
  EXPECT_TRUE(d.has<ByeIn>());
  d.pass(seconds(60));
  EXPECT_EQ(d.told(), "100 200 200");
  d.expect_clean();
}

TEST(InSession, CallerMayEndItsEarlyDialogWithBye) {  // §15
  Desk d;
  d.endpoint.ring(d.ring_in(), d.now);
  d.drain();
  d.receive(request("BYE", {.branch = "z9hG4bKbye", .cseq = 2,
                            .to_tag = tag_of(d.header(1, "To"))}));
  EXPECT_EQ(d.told(), "100 180 200 487");
  EXPECT_TRUE(d.has<CancelIn>());
  d.expect_clean();
}

TEST(InSession, RetransmittedByeGetsItsAnswerAgain) {
  Desk d;
  d.talk();
  const std::string bye = request("BYE", {.branch = "z9hG4bKbye", .cseq = 2, .to_tag = d.tag});
  d.receive(bye);
  d.receive(bye);
  EXPECT_EQ(d.told(), "200 200");
  EXPECT_EQ(d.all<ByeIn>().size(), 1u);
}

TEST(InSession, ByeWithAWrongTagIs481) {
  Desk d;
  d.talk();
  d.receive(request("BYE", {.branch = "z9hG4bKbye", .cseq = 2, .to_tag = d.tag,
                            .from_tag = "forger"}));
  EXPECT_EQ(d.told(), "481");
  EXPECT_EQ(d.endpoint.sessions(), 1u);
}

TEST(InSession, InfoIsAnsweredAndShown) {
  Desk d;
  d.talk();
  d.receive(request("INFO", {.branch = "z9hG4bKinf", .cseq = 2, .to_tag = d.tag,
                             .body = "Signal=5\r\n",
                             .extra = "Content-Type: application/dtmf-relay\n"}));
  EXPECT_EQ(d.told(), "200");
  ASSERT_TRUE(d.has<InfoIn>());
  EXPECT_EQ(d.all<InfoIn>()[0].content_type, "application/dtmf-relay");
  EXPECT_EQ(d.all<InfoIn>()[0].body, "Signal=5\r\n");
}

TEST(InSession, OptionsIsAnsweredInside) {
  Desk d;
  d.talk();
  d.receive(request("OPTIONS", {.branch = "z9hG4bKopt", .cseq = 2, .to_tag = d.tag}));
  EXPECT_EQ(d.told(), "200");
  EXPECT_FALSE(d.header(0, "Allow").empty());
}

TEST(InSession, RequestOutOfOrderIs500) {  // §12.2.2
  Desk d;
  d.talk();
  d.receive(request("INFO", {.branch = "z9hG4bKa", .cseq = 5, .to_tag = d.tag}));
  d.receive(request("INFO", {.branch = "z9hG4bKb", .cseq = 4, .to_tag = d.tag}));
  EXPECT_EQ(d.told(), "200 500");
}

TEST(InSession, SendInfoAndItsRefusal) {
  Desk d;
  const SessionId id = d.talk();
  d.endpoint.send_info(id, "application/dtmf-relay", "Signal=1", d.now);
  d.drain();
  ASSERT_EQ(d.told(), "INFO");
  EXPECT_EQ(d.sent[0].body, "Signal=1");
  d.receive(response(d.sent[0], 415, ""));
  EXPECT_EQ(d.endpoint.sessions(), 1u);
  d.endpoint.send_info(id, "application/dtmf-relay", "Signal=2", d.now);
  d.drain();
  d.receive(response(d.sent[1], 481, ""));
  EXPECT_TRUE(d.has<LostIn>()) << "481 says that the dialog is gone";
  d.expect_clean();
}

TEST(InSession, InfoThatIsSwallowedDoesNotEndTheCall) {
  Desk d;
  d.endpoint.send_info(d.talk(), "application/dtmf-relay", "Signal=1", d.now);
  d.pass(seconds(60));
  EXPECT_FALSE(d.has<LostIn>());
  EXPECT_EQ(d.endpoint.sessions(), 1u);
  EXPECT_EQ(d.endpoint.transactions(), 0u);
}

TEST(InSession, FloodOfInfoIsStoppedWith503) {
  Desk d;
  d.talk();
  for (int i = 2; i < 402; ++i) {
    d.receive(request("INFO", {.branch = "z9hG4bKi" + std::to_string(i), .cseq = i,
                               .to_tag = d.tag}));
  }
  EXPECT_TRUE(d.noticed("sip_flood"));
  EXPECT_LT(d.endpoint.transactions(), 300u);
  EXPECT_EQ(d.sent.back().status, 503);
  d.pass(seconds(33));
  d.receive(request("INFO", {.branch = "z9hG4bKlast", .cseq = 500, .to_tag = d.tag}));
  EXPECT_EQ(d.sent.back().status, 200);
}

TEST(InSession, TranslatedCallerIsAnsweredWhereItSpokeFrom) {
  Desk d;
  d.flow = udp("198.51.100.7", 31000);
  d.endpoint.hang_up(d.talk({.body = "v=0",
                             .via = "SIP/2.0/UDP 10.0.0.1:5060;rport",
                             .contact = "<sip:caller@10.0.0.1:5060>"}),
                     d.now);
  d.drain();
  EXPECT_EQ(d.flows[0], d.flow);
}

TEST(InSession, ByeFollowsTheRouteSet) {
  Desk d;
  const std::string routes = "Record-Route: <sip:192.0.2.50;lr>, <sip:192.0.2.51;lr>\n";
  d.endpoint.hang_up(d.talk({.body = "v=0", .extra = routes}), d.now);
  d.drain();
  EXPECT_EQ(d.sent[0].all("Route").size(), 2u);
  EXPECT_EQ(d.flows[0], udp("192.0.2.50"));
}

// ---- connections ---------------------------------------------------------------------------------

TEST(Connection, LossWhileRingingIsReported) {
  Desk d;
  d.flow = tcp("192.0.2.10", 40000, 7);
  d.ring_in({.body = "v=0", .via = "SIP/2.0/TCP 192.0.2.10:5060"});
  d.endpoint.on_flow_failed(d.flow, d.now);
  d.drain();
  ASSERT_TRUE(d.has<LostIn>());
  EXPECT_EQ(d.all<LostIn>()[0].why, LostIn::Why::transport_failed);
  EXPECT_EQ(d.endpoint.sessions(), 0u);
  EXPECT_EQ(d.endpoint.transactions(), 0u);
}

TEST(Connection, LossDuringACallFallsBackToTheContact) {
  Desk d;
  d.flow = tcp("192.0.2.10", 40000, 7);
  const SessionId id = d.talk({.body = "v=0", .via = "SIP/2.0/TCP 192.0.2.10:5060",
                               .contact = "<sip:c@192.0.2.10:5070;transport=tcp>"});
  d.endpoint.on_flow_failed(d.flow, d.now);
  d.drain();
  EXPECT_FALSE(d.has<LostIn>());
  d.endpoint.hang_up(id, d.now);
  d.drain();
  ASSERT_EQ(d.told(), "BYE");
  EXPECT_EQ(d.flows[0], tcp("192.0.2.10", 5070, 0)) << "a new connection to the Contact";
  d.endpoint.on_flow_failed(d.flows[0], d.now);
  EXPECT_EQ(d.endpoint.sessions(), 0u);
  d.expect_clean();
}

TEST(Connection, LossOfAPeerWithoutAddressEndsTheCall) {
  Desk d;
  d.flow = {Transport::ws, *base::Address::parse_ip("192.0.2.10", 40000), 9};
  d.talk({.body = "v=0", .via = "SIP/2.0/WS abc.invalid", .contact = "<sip:c@abc.invalid>"});
  d.endpoint.on_flow_failed(d.flow, d.now);
  d.drain();
  ASSERT_TRUE(d.has<LostIn>());
  d.expect_clean();
}

TEST(Connection, NewConnectionOfThePeerIsUsedFromThenOn) {
  Desk d;
  d.flow = tcp("192.0.2.10", 40000, 7);
  const SessionId id = d.talk({.body = "v=0", .via = "SIP/2.0/TCP 192.0.2.10:5060"});
  const Flow other = tcp("192.0.2.10", 40001, 8);
  d.receive(request("INFO", {.branch = "z9hG4bKi", .cseq = 2, .to_tag = d.tag}), other);
  d.endpoint.on_flow_failed(d.flow, d.now);
  d.endpoint.hang_up(id, d.now);
  d.drain();
  EXPECT_EQ(d.flows.back(), other);
}

TEST(Connection, FailureOfAnUnknownFlowIsNothing) {
  Desk d;
  d.endpoint.on_flow_failed(tcp("192.0.2.77", 1, 3), d.now);
  d.endpoint.on_flow_failed(udp("192.0.2.77"), d.now);
  d.drain();
  EXPECT_TRUE(d.events.empty());
}

}  // namespace
}  // namespace daedap::sip
