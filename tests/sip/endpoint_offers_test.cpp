#include "sip/desk.hpp"

namespace daedap::sip {
namespace {

Line second(const Desk& d, const std::string& body, int cseq = 2) {
  return {.branch = "z9hG4bKre" + std::to_string(cseq), .cseq = cseq, .to_tag = d.tag,
          .body = body};
}

// ---- offers of the peer --------------------------------------------------------------------------

TEST(PeerOffer, ReinviteIsShownAndAnswered) {  // RFC 3261 §14.2
  Desk d;
  const SessionId id = d.talk();
  d.receive(request("INVITE", second(d, "v=0 hold")));
  EXPECT_EQ(d.told(), "100");
  ASSERT_TRUE(d.has<OfferIn>());
  EXPECT_EQ(d.all<OfferIn>()[0].offer, "v=0 hold");
  d.endpoint.answer_offer(id, "v=0 held", d.now);
  d.drain();
  EXPECT_EQ(d.told(), "100 200");
  EXPECT_EQ(d.sent[1].body, "v=0 held");
  EXPECT_EQ(d.header(1, "Contact"), "<sip:192.0.2.1:5060>");
  d.pass(Millis(500));
  EXPECT_EQ(d.told(), "100 200 200") << "resent until its ACK";
  d.receive(request("ACK", {.branch = "z9hG4bKa2", .cseq = 2, .to_tag = d.tag}));
  EXPECT_TRUE(d.has<AckIn>());
  d.pass(seconds(40));
  EXPECT_EQ(d.told(), "100 200 200");
}

TEST(PeerOffer, ReinviteWithoutSdpGetsOurOffer) {
  Desk d;
  const SessionId id = d.talk();
  d.receive(request("INVITE", second(d, "")));
  ASSERT_TRUE(d.has<OfferIn>());
  EXPECT_EQ(d.all<OfferIn>()[0].offer, "");
  d.endpoint.answer_offer(id, "v=0 ours", d.now);
  d.drain();
  d.receive(request("ACK", {.branch = "z9hG4bKa2", .cseq = 2, .to_tag = d.tag,
                            .body = "v=0 theirs"}));
  ASSERT_TRUE(d.has<AckIn>());
  EXPECT_EQ(d.all<AckIn>()[0].answer, "v=0 theirs");
}

TEST(PeerOffer, RefusedReinviteLeavesTheCallStanding) {
  Desk d;
  const SessionId id = d.talk();
  d.receive(request("INVITE", second(d, "v=0 video")));
  d.endpoint.refuse_offer(id, 488, d.now);
  d.drain();
  EXPECT_EQ(d.told(), "100 488");
  d.receive(request("ACK", {.branch = "z9hG4bKre2", .cseq = 2, .to_tag = d.tag}));
  d.pass(seconds(40));
  EXPECT_EQ(d.told(), "100 488");
  EXPECT_EQ(d.endpoint.sessions(), 1u);
}

TEST(PeerOffer, OkToReinviteWithoutAckEndsTheCall) {
  Desk d;
  const SessionId id = d.talk();
  d.receive(request("INVITE", second(d, "v=0")));
  d.endpoint.answer_offer(id, "v=0", d.now);
  d.pass(seconds(33));
  ASSERT_TRUE(d.has<LostIn>());
  EXPECT_EQ(d.all<LostIn>()[0].why, LostIn::Why::no_ack);
  d.expect_clean();
}

TEST(PeerOffer, ReinviteMovesTheRemoteTarget) {
  Desk d;
  const SessionId id = d.talk();
  Line line = second(d, "v=0");
  line.contact = "<sip:caller@192.0.2.11:5062>";
  d.receive(request("INVITE", line));
  d.endpoint.answer_offer(id, "v=0", d.now);
  d.drain();
  d.receive(request("ACK", {.branch = "z9hG4bKa2", .cseq = 2, .to_tag = d.tag}));
  d.endpoint.hang_up(id, d.now);
  d.drain();
  EXPECT_EQ(d.sent.back().request_uri, "sip:caller@192.0.2.11:5062");
  EXPECT_EQ(d.flows.back(), udp("192.0.2.11", 5062));
}

TEST(PeerOffer, CancelOfAReinviteKeepsTheCall) {
  Desk d;
  const SessionId id = d.talk();
  d.receive(request("INVITE", second(d, "v=0")));
  d.receive(request("CANCEL", second(d, "")));
  EXPECT_EQ(d.told(), "100 200 487");
  EXPECT_FALSE(d.has<CancelIn>());
  d.endpoint.answer_offer(id, "v=0 late", d.now);
  d.drain();
  EXPECT_EQ(d.told(), "100 200 487");
  EXPECT_EQ(d.endpoint.sessions(), 1u);
}

TEST(PeerOffer, InviteWhileTheFirstIsPendingIs500WithRetryAfter) {  // §14.2
  Desk d;
  d.endpoint.ring(d.ring_in(), d.now);
  d.drain();
  d.tag = tag_of(d.header(1, "To"));
  d.receive(request("INVITE", second(d, "v=0")));
  EXPECT_EQ(d.told(), "100 180 500");
  EXPECT_FALSE(d.header(2, "Retry-After").empty());
  EXPECT_EQ(d.endpoint.sessions(), 1u);
}

TEST(PeerOffer, SecondReinviteBeforeTheAnswerIs500) {  // §14.2
  Desk d;
  d.talk();
  d.receive(request("INVITE", second(d, "v=0", 2)));
  d.receive(request("INVITE", second(d, "v=0", 3)));
  EXPECT_EQ(d.told(), "100 500");
  EXPECT_EQ(d.all<OfferIn>().size(), 1u);
}

TEST(PeerOffer, UpdateWithOfferIsAnswered) {  // RFC 3311 §5.2
  Desk d;
  const SessionId id = d.talk();
  d.receive(request("UPDATE", second(d, "v=0 new port")));
  ASSERT_TRUE(d.has<OfferIn>());
  EXPECT_EQ(d.told(), "");
  d.endpoint.answer_offer(id, "v=0 fine", d.now);
  d.drain();
  EXPECT_EQ(d.told(), "200");
  EXPECT_EQ(d.sent[0].body, "v=0 fine");
  EXPECT_EQ(d.header(0, "Contact"), "<sip:192.0.2.1:5060>");
  d.pass(seconds(10));
  EXPECT_EQ(d.told(), "200") << "no ACK follows an UPDATE";
}

TEST(PeerOffer, UpdateWithOfferMayBeRefused) {
  Desk d;
  const SessionId id = d.talk();
  d.receive(request("UPDATE", second(d, "v=0 video")));
  d.endpoint.refuse_offer(id, 488, d.now);
  d.drain();
  EXPECT_EQ(d.told(), "488");
}

TEST(PeerOffer, UpdateWithoutSdpIsAnsweredHere) {
  Desk d;
  d.talk();
  d.receive(request("UPDATE", second(d, "")));
  EXPECT_EQ(d.told(), "200");
  EXPECT_FALSE(d.has<OfferIn>());
}

TEST(PeerOffer, UpdateDuringAnOpenOfferOfTheSameSideIs500) {  // RFC 3311 §5.2
  Desk d;
  d.talk();
  d.receive(request("INVITE", second(d, "v=0", 2)));
  d.receive(request("UPDATE", second(d, "v=0", 3)));
  EXPECT_EQ(d.told(), "100 500");
  EXPECT_FALSE(d.header(1, "Retry-After").empty());
}

TEST(PeerOffer, ByeAnswersTheReinviteThatWaits) {
  Desk d;
  d.talk();
  d.receive(request("INVITE", second(d, "v=0", 2)));
  d.receive(request("BYE", second(d, "", 3)));
  EXPECT_EQ(d.told(), "100 200 487");
  d.expect_clean();
}

// ---- offers of ours ------------------------------------------------------------------------------

TEST(OurOffer, IsAcceptedAndAcknowledged) {
  Desk d;
  const SessionId id = d.talk();
  d.endpoint.offer(id, "v=0 resume", d.now);
  d.drain();
  ASSERT_EQ(d.told(), "INVITE");
  EXPECT_EQ(d.sent[0].body, "v=0 resume");
  EXPECT_EQ(tag_of(d.header(0, "From")), d.tag);
  EXPECT_FALSE(d.header(0, "Contact").empty());
  const std::string ok = response(d.sent[0], 200, "", "v=0 ok");
  d.receive(ok);
  EXPECT_EQ(d.told(), "INVITE ACK");
  EXPECT_EQ(d.header(1, "CSeq"), "1 ACK");
  ASSERT_TRUE(d.has<AcceptedIn>());
  EXPECT_EQ(d.all<AcceptedIn>()[0].answer, "v=0 ok");
  d.receive(ok);
  EXPECT_EQ(d.told(), "INVITE ACK ACK");
  EXPECT_EQ(d.all<AcceptedIn>().size(), 1u);
}

TEST(OurOffer, IsRefusedWhileTheCallGoesOn) {
  Desk d;
  d.endpoint.offer(d.talk(), "v=0", d.now);
  d.drain();
  d.receive(response(d.sent[0], 488, ""));
  EXPECT_EQ(d.told(), "INVITE ACK");
  ASSERT_TRUE(d.has<RejectedIn>());
  EXPECT_TRUE(d.all<RejectedIn>()[0].alive);
  EXPECT_EQ(d.all<RejectedIn>()[0].status, 488);
  EXPECT_EQ(d.endpoint.sessions(), 1u);
}

TEST(OurOffer, WaitsForTheAckOfOurAnswer) {  // §14.1
  Desk d;
  const SessionId id = d.ring_in();
  d.endpoint.accept(id, "v=0", d.now);
  d.endpoint.offer(id, "v=0 new", d.now);
  d.drain();
  EXPECT_EQ(d.told(), "100 200");
  d.receive(request("ACK", {.branch = "z9hG4bKack", .to_tag = tag_of(d.header(1, "To"))}));
  EXPECT_EQ(d.told(), "100 200 INVITE");
}

TEST(OurOffer, WaitsForTheAnswerToTheirs) {
  Desk d;
  const SessionId id = d.talk();
  d.receive(request("UPDATE", second(d, "v=0")));
  d.endpoint.offer(id, "v=0 ours", d.now);
  d.drain();
  EXPECT_EQ(d.told(), "");
  d.endpoint.answer_offer(id, "v=0", d.now);
  d.drain();
  EXPECT_EQ(d.told(), "200 INVITE");
}

TEST(OurOffer, ASecondOneFollowsTheFirst) {
  Desk d;
  const SessionId id = d.talk();
  for (const char* sdp : {"v=0 one", "v=0 two", "v=0 three"}) d.endpoint.offer(id, sdp, d.now);
  d.drain();
  EXPECT_EQ(d.told(), "INVITE");
  d.receive(response(d.sent[0], 200, "", "v=0"));
  EXPECT_EQ(d.told(), "INVITE ACK INVITE");
  EXPECT_EQ(d.sent[2].body, "v=0 three") << "the newest replaces the ones that wait";
}

TEST(Glare, TheirOfferDuringOursIs491) {  // §14.2, RFC 3311 §5.2
  for (const char* method : {"INVITE", "UPDATE"}) {
    Desk d;
    d.endpoint.offer(d.talk(), "v=0", d.now);
    d.drain();
    d.receive(request(method, second(d, "v=0 theirs")));
    EXPECT_EQ(d.told(), "INVITE 491") << method;
    EXPECT_FALSE(d.has<OfferIn>());
  }
}

/// Milliseconds from the 491 to the next INVITE.
long wait_after_491(Desk& d) {
  d.receive(response(d.sent.back(), 491, ""));
  d.clear();
  const Time before = d.now;
  while (d.told().find("INVITE") == std::string::npos && d.now - before < seconds(10)) {
    d.pass(Millis(10));
  }
  return base::to_ms(d.now - before);
}

TEST(Glare, CalleeRetriesItsOfferWithinTwoSeconds) {  // §14.1: 0 to 2 s
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Desk d;
    d.random = base::Random(base::seeded(seed));
    d.endpoint.offer(d.talk(), "v=0 again", d.now);
    d.drain();
    EXPECT_LE(wait_after_491(d), 2010);
    EXPECT_FALSE(d.has<RejectedIn>());
    EXPECT_EQ(d.header(0, "CSeq"), "2 INVITE");
    EXPECT_EQ(d.sent[0].body, "v=0 again");
  }
}

TEST(Glare, CallerWaitsLongerThanTheCallee) {  // §14.1: 2.1 to 4 s
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Desk d;
    d.random = base::Random(base::seeded(seed));
    const SessionId id = d.endpoint.invite({.target = "sip:b@192.0.2.20",
                                            .from = "<sip:a@192.0.2.1>",
                                            .flow = udp("192.0.2.20"),
                                            .offer = "v=0"},
                                           d.now);
    d.drain();
    d.receive(response(d.sent[0], 200, "callee", "v=0"));
    d.endpoint.offer(id, "v=0 new", d.now);
    d.drain();
    const long wait = wait_after_491(d);
    EXPECT_GE(wait, 2100);
    EXPECT_LE(wait, 4010);
  }
}

TEST(Glare, GivesUpAfterFiveRounds) {
  Desk d;
  d.endpoint.offer(d.talk(), "v=0", d.now);
  d.drain();
  for (int i = 0; i < 6; ++i) {
    std::size_t last = d.sent.size();
    while (last > 0 && d.sent[last - 1].method != "INVITE") --last;
    ASSERT_GT(last, 0u);
    d.receive(response(d.sent[last - 1], 491, ""));
    d.pass(Millis(2010));
  }
  ASSERT_TRUE(d.has<RejectedIn>());
  EXPECT_EQ(d.all<RejectedIn>()[0].status, 491);
  EXPECT_TRUE(d.all<RejectedIn>()[0].alive);
}

TEST(OurOffer, RetriesAfterTheRetryAfterOfA500) {
  Desk d;
  d.endpoint.offer(d.talk(), "v=0", d.now);
  d.drain();
  d.receive(response(d.sent[0], 500, "", "", "Retry-After: 3\n"));
  d.pass(Millis(2900));
  EXPECT_EQ(d.told(), "INVITE ACK");
  d.pass(Millis(200));
  EXPECT_EQ(d.told(), "INVITE ACK INVITE");
}

TEST(OurOffer, NoAnswerOr481EndsTheCall) {  // §12.2.1.2
  Desk d;
  d.endpoint.offer(d.talk(), "v=0", d.now);
  d.pass(seconds(33));
  ASSERT_TRUE(d.has<LostIn>());
  EXPECT_EQ(d.all<LostIn>()[0].why, LostIn::Why::transaction_timeout);
  EXPECT_EQ(d.sent.back().method, "BYE");
  d.expect_clean();

  Desk gone;
  gone.endpoint.offer(gone.talk(), "v=0", gone.now);
  gone.drain();
  gone.receive(response(gone.sent[0], 481, ""));
  EXPECT_TRUE(gone.has<LostIn>());
  gone.expect_clean();
}

TEST(OurOffer, AnswerAfterWeHungUpStillGetsItsAck) {
  Desk d;
  const SessionId id = d.talk();
  d.endpoint.offer(id, "v=0", d.now);
  d.endpoint.hang_up(id, d.now);
  d.drain();
  ASSERT_EQ(d.told(), "INVITE BYE");
  d.receive(response(d.sent[1], 200, ""));
  EXPECT_EQ(d.endpoint.sessions(), 0u);
  d.receive(response(d.sent[0], 200, "", "v=0"));
  EXPECT_EQ(d.told(), "INVITE BYE ACK");
  d.expect_clean();
}

TEST(OurOffer, EmptyOneAsksForTheirsAndAcksLater) {
  Desk d;
  const SessionId id = d.talk();
  d.endpoint.offer(id, "", d.now);
  d.drain();
  EXPECT_EQ(d.sent[0].body, "");
  const std::string ok = response(d.sent[0], 200, "", "v=0 their offer");
  d.receive(ok);
  EXPECT_EQ(d.told(), "INVITE");
  EXPECT_EQ(d.all<AcceptedIn>()[0].answer, "v=0 their offer");
  d.endpoint.ack(id, "v=0 our answer", d.now);
  d.drain();
  EXPECT_EQ(d.told(), "INVITE ACK");
  EXPECT_EQ(d.sent[1].body, "v=0 our answer");
  d.receive(ok);
  EXPECT_EQ(d.told(), "INVITE ACK ACK");
}

}  // namespace
}  // namespace daedap::sip
