#include "sip/desk.hpp"

namespace daedap::sip {
namespace {

std::string reliable(int rseq) { return "Require: 100rel\nRSeq: " + std::to_string(rseq) + "\n"; }

/// A caller who requires reliable provisional responses, and is told that it rings.
struct Strict : Desk {
  explicit Strict(const std::string& body = "v=0 offer", const std::string& sdp = {}) {
    id = ring_in({.body = body, .extra = "Require: 100rel\n"});
    endpoint.ring(id, now, 183, sdp);
    drain();
    tag = tag_of(header(1, "To"));
  }
  void prack(const std::string& rack, int cseq = 2, const std::string& body = {}) {
    receive(request("PRACK", {.branch = "z9hG4bKp" + std::to_string(cseq), .cseq = cseq,
                              .to_tag = tag, .body = body, .extra = "RAck: " + rack + "\n"}));
  }
  SessionId id{};
};

// ---- ours, RFC 3262 §3 ---------------------------------------------------------------------------

TEST(ReliableOurs, IsNumberedAndResentUntilItsPrack) {
  Strict d;
  ASSERT_EQ(d.told(), "100 183");
  EXPECT_EQ(d.header(1, "Require"), "100rel");
  EXPECT_EQ(d.header(1, "RSeq"), "1");
  d.pass(Millis(1600));
  EXPECT_EQ(d.told(), "100 183 183 183");
  d.prack("1 1 INVITE");
  d.pass(seconds(20));
  EXPECT_EQ(d.told(), "100 183 183 183 200");
  EXPECT_EQ(d.header(4, "CSeq"), "2 PRACK");
}

TEST(ReliableOurs, StrayAndBrokenPracksAreRefused) {
  Strict d;
  d.prack("2 1 INVITE", 2);
  d.prack("1 9 INVITE", 3);
  d.prack("1 1 BYE", 4);
  d.prack("nonsense", 5);
  d.prack("1 1 INVITE", 6);
  d.prack("1 1 INVITE", 7);
  EXPECT_EQ(d.told(), "100 183 481 481 481 400 200 481");
}

TEST(ReliableOurs, TheNextOneWaitsForThePrack) {
  Strict d;
  d.endpoint.ring(d.id, d.now, 180);
  d.drain();
  EXPECT_EQ(d.told(), "100 183");
  d.prack("1 1 INVITE");
  ASSERT_EQ(d.told(), "100 183 200 180");
  EXPECT_EQ(d.header(3, "RSeq"), "2");
}

TEST(ReliableOurs, TheAnswerInItHoldsBackThe200) {
  Strict d("v=0 offer", "v=0 answer");
  d.endpoint.accept(d.id, "v=0 answer", d.now);
  d.drain();
  EXPECT_EQ(d.told(), "100 183");
  d.prack("1 1 INVITE");
  ASSERT_EQ(d.told(), "100 183 200 200");
  EXPECT_EQ(d.header(3, "CSeq"), "1 INVITE");
  EXPECT_EQ(d.sent[3].body, "") << "the answer went before, §5";
}

TEST(ReliableOurs, WithoutSdpItDoesNotHoldBackThe200) {
  Strict d;
  d.endpoint.accept(d.id, "v=0 answer", d.now);
  d.drain();
  EXPECT_EQ(d.told(), "100 183 200");
  EXPECT_EQ(d.sent[2].body, "v=0 answer");
  d.prack("1 1 INVITE");
  EXPECT_EQ(d.told(), "100 183 200 200") << "a late PRACK still counts";
}

TEST(ReliableOurs, WithoutPrackTheCallFailsAfter64T1) {
  Strict d;
  d.pass(seconds(32));
  EXPECT_EQ(d.sent.back().status, 504);
  ASSERT_TRUE(d.has<LostIn>());
  EXPECT_EQ(d.all<LostIn>()[0].why, LostIn::Why::no_ack);
  d.expect_clean();
}

TEST(ReliableOurs, OurOfferInItIsAnsweredByThePrack) {  // §5
  Strict d("", "v=0 our offer");
  d.prack("1 1 INVITE", 2, "v=0 their answer");
  d.endpoint.accept(d.id, "v=0 our offer", d.now);
  d.drain();
  EXPECT_EQ(d.sent.back().body, "");
  d.receive(request("ACK", {.branch = "z9hG4bKack", .to_tag = d.tag}));
  ASSERT_TRUE(d.has<AckIn>());
  EXPECT_EQ(d.all<AckIn>()[0].answer, "v=0 their answer");
}

TEST(ReliableOurs, AnOfferInThePrackIsShownAndAnswered) {  // §5
  Strict d("v=0 offer", "v=0 answer");
  d.prack("1 1 INVITE", 2, "v=0 second offer");
  ASSERT_TRUE(d.has<OfferIn>());
  EXPECT_EQ(d.all<OfferIn>()[0].offer, "v=0 second offer");
  d.endpoint.answer_offer(d.id, "v=0 second answer", d.now);
  d.drain();
  ASSERT_EQ(d.told(), "100 183 200");
  EXPECT_EQ(d.header(2, "CSeq"), "2 PRACK");
  EXPECT_EQ(d.sent[2].body, "v=0 second answer");
  d.endpoint.accept(d.id, "v=0 second answer", d.now);
  d.drain();
  EXPECT_EQ(d.told(), "100 183 200 200");
}

TEST(ReliableOurs, AnOfferInThePrackBeforeAnyAnswerIs488) {
  Strict d;
  d.prack("1 1 INVITE", 2, "v=0 second offer");
  EXPECT_EQ(d.told(), "100 183 488");
  EXPECT_FALSE(d.has<OfferIn>());
}

TEST(ReliableOurs, CancelEndsTheResending) {
  Strict d;
  d.receive(request("CANCEL"));
  EXPECT_EQ(d.told(), "100 183 200 487");
  d.expect_clean();
}

TEST(ReliableOurs, SwitchedOffItIsAnUnknownExtension) {
  Desk d({.reliable_provisional = false});
  d.receive(request("INVITE", {.extra = "Require: 100rel\n"}));
  ASSERT_EQ(d.told(), "420");
  EXPECT_EQ(d.header(0, "Unsupported"), "100rel");
}

// ---- UPDATE before the answer, RFC 3311 §5.2 -----------------------------------------------------

TEST(EarlyUpdate, FromTheCallerNeedsAnAnsweredOffer) {
  Strict d("v=0 offer", "v=0 answer");
  Line update{.branch = "z9hG4bKu", .cseq = 2, .to_tag = d.tag, .body = "v=0 update"};
  d.receive(request("UPDATE", update));
  EXPECT_EQ(d.told(), "100 183 500");
  EXPECT_NE(d.header(2, "Retry-After"), "");
  d.prack("1 1 INVITE", 3);
  update.cseq = 4;
  update.branch = "z9hG4bKu2";
  d.receive(request("UPDATE", update));
  ASSERT_TRUE(d.has<OfferIn>());
  d.endpoint.answer_offer(d.id, "v=0 updated", d.now);
  d.drain();
  EXPECT_EQ(d.told(), "100 183 500 200 200");
  EXPECT_EQ(d.sent[4].body, "v=0 updated");
}

TEST(EarlyUpdate, FromTheCalleeNeedsAReliableAnswer) {
  Caller d(with_offer);
  const auto update = [&](int cseq) {
    return crlf("UPDATE sip:192.0.2.1:5060 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKu" +
                std::to_string(cseq) + "\nFrom: <sip:callee@192.0.2.20>;tag=callee\nTo: " +
                d.header(0, "From") + "\nCall-ID: " + d.header(0, "Call-ID") +
                "\nCSeq: " + std::to_string(cseq) + " UPDATE\nContact: <sip:callee@192.0.2.20>\n" +
                "Content-Type: application/sdp\nContent-Length: 8\n\n") + "v=0 more";
  };
  d.answer(180);
  d.receive(update(1));
  EXPECT_EQ(d.told(), "INVITE 491");
  d.answer(183, "callee", "v=0 answer", reliable(1));
  d.receive(update(2));
  ASSERT_TRUE(d.has<OfferIn>());
  d.endpoint.answer_offer(d.id, "v=0 ours", d.now);
  d.drain();
  EXPECT_EQ(d.told(), "INVITE 491 PRACK 200");
  EXPECT_EQ(d.sent[3].body, "v=0 ours");
}

// ---- theirs, RFC 3262 §4 -------------------------------------------------------------------------

TEST(ReliableTheirs, IsPrackedInItsEarlyDialog) {
  Caller d(with_offer);
  d.answer(183, "callee", "v=0 answer", reliable(5));
  ASSERT_EQ(d.told(), "INVITE PRACK");
  EXPECT_EQ(d.header(1, "RAck"), "5 1 INVITE");
  EXPECT_EQ(d.header(1, "CSeq"), "2 PRACK");
  EXPECT_EQ(tag_of(d.header(1, "To")), "callee");
  EXPECT_EQ(d.sent[1].request_uri, "sip:callee@192.0.2.20:5060");
  EXPECT_EQ(d.all<ProgressIn>()[0].answer, "v=0 answer");
  d.receive(response(d.sent[1], 200, ""));
  d.answer(200);
  EXPECT_EQ(d.told(), "INVITE PRACK ACK");
  EXPECT_EQ(d.header(2, "CSeq"), "1 ACK");
  EXPECT_EQ(d.all<AcceptedIn>()[0].answer, "v=0 answer") << "the 200 had none";
  d.endpoint.hang_up(d.id, d.now);
  d.drain();
  EXPECT_EQ(d.header(3, "CSeq"), "3 BYE") << "after the PRACK's number";
  d.receive(response(d.sent[3], 200, ""));
  d.expect_clean();
}

TEST(ReliableTheirs, RepeatedAndEarlyOnesAreDropped) {
  Caller d(with_offer);
  d.answer(180, "callee", "", reliable(5));
  d.answer(180, "callee", "", reliable(5));
  d.answer(183, "callee", "", reliable(7));
  d.answer(183, "callee", "", "Require: 100rel\n");
  EXPECT_EQ(d.told(), "INVITE PRACK");
  d.answer(183, "callee", "", reliable(6));
  EXPECT_EQ(d.told(), "INVITE PRACK PRACK");
  EXPECT_EQ(d.all<ProgressIn>().size(), 2u);
}

TEST(ReliableTheirs, EachCalleeOfAForkHasItsOwnNumbers) {
  Caller d(with_offer);
  d.answer(183, "one", "v=0 a", reliable(5));
  d.answer(183, "two", "v=0 b", reliable(90));
  EXPECT_EQ(d.told(), "INVITE PRACK PRACK");
  EXPECT_EQ(tag_of(d.header(2, "To")), "two");
  ASSERT_EQ(d.all<ProgressIn>().size(), 2u);
  EXPECT_EQ(d.all<ProgressIn>()[1].answer, "v=0 b");
  d.answer(200, "two");
  EXPECT_EQ(d.all<AcceptedIn>()[0].answer, "v=0 b") << "who answers wins";
}

TEST(ReliableTheirs, AnOfferInItIsAnsweredInThePrack) {  // §5
  Caller d;  // INVITE without SDP
  d.answer(183, "callee", "v=0 their offer", reliable(1));
  EXPECT_EQ(d.told(), "INVITE");
  d.endpoint.ack(d.id, "v=0 our answer", d.now);
  d.drain();
  ASSERT_EQ(d.told(), "INVITE PRACK");
  EXPECT_EQ(d.sent[1].body, "v=0 our answer");
  d.answer(200);
  ASSERT_EQ(d.told(), "INVITE PRACK ACK");
  EXPECT_EQ(d.sent[2].body, "");
}

TEST(ReliableTheirs, AChallengedPrackIsSentOnceMore) {
  Caller d({.offer = "v=0", .user = "bob", .password = "x"}, with_hashes());
  d.answer(183, "callee", "", reliable(1));
  d.receive(response(d.sent[1], 407, "", "", "Proxy-Authenticate: Digest realm=\"p\", nonce=\"n\"\n"));
  ASSERT_EQ(d.told(), "INVITE PRACK PRACK");
  EXPECT_EQ(d.header(2, "CSeq"), "3 PRACK");
  EXPECT_EQ(d.header(2, "RAck"), "1 1 INVITE");
}

TEST(ReliableTheirs, ACancelledInviteIsStillPracked) {
  Caller d(with_offer);
  d.answer(180);
  d.endpoint.cancel(d.id, d.now);
  d.answer(183, "callee", "", reliable(1));
  EXPECT_EQ(d.told(), "INVITE CANCEL PRACK");
}

TEST(EarlyDialogs, AreBoundedAndTakeNoByeOrRefer) {
  Caller d(with_offer);
  for (int i = 0; i < 40; ++i) d.answer(183, "tag" + std::to_string(i), "", reliable(1));
  EXPECT_LE(d.sent.size(), 17u);
  d.clear();
  for (const char* method : {"BYE", "REFER", "INVITE"}) {
    Caller c(with_offer);
    c.answer(180);
    c.receive(request(method, {.to_tag = tag_of(c.header(0, "From")),
                               .call_id = c.header(0, "Call-ID"), .from_tag = "callee"}));
    EXPECT_EQ(c.told(), "INVITE 481") << method;
  }
}

// ---- loops and redirections ----------------------------------------------------------------------

TEST(Loops, OurInviteThatComesBackThroughAProxyIs482) {
  Caller d(with_offer);
  const std::string via = "Via: " + d.header(0, "Via") + "\n";
  const auto back = [&](const std::string& below) {
    return request("INVITE", {.branch = "z9hG4bKproxy", .body = "v=0", .extra = below,
                              .call_id = "changed", .via = "SIP/2.0/UDP 192.0.2.50"});
  };
  d.receive(back(via));
  EXPECT_EQ(d.told(), "INVITE 482");
  EXPECT_TRUE(d.noticed("sip_loop"));
  d.receive(back("Via: SIP/2.0/UDP 192.0.2.66;branch=z9hG4bKelse\n"));
  EXPECT_TRUE(d.has<InviteIn>());
}

TEST(Redirection, ContactsAreShownTheMostWantedFirst) {  // RFC 3261 §8.1.3.4
  Caller d(with_offer);
  d.answer(302, "callee", "", "Contact: <sip:b@x>;q=0.25, <sip:a@x>;q=0.7\n");
  ASSERT_TRUE(d.has<RejectedIn>());
  const auto contacts = d.all<RejectedIn>()[0].contacts;
  ASSERT_EQ(contacts.size(), 3u);
  EXPECT_EQ(contacts[0], "sip:callee@192.0.2.20:5060") << "without q it is 1";
  EXPECT_EQ(contacts[1], "sip:a@x");
  EXPECT_EQ(contacts[2], "sip:b@x");
  Caller busy(with_offer);
  busy.answer(486);
  EXPECT_TRUE(busy.all<RejectedIn>()[0].contacts.empty());
}

}  // namespace
}  // namespace daedap::sip
