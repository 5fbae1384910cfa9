#include "sip/desk.hpp"
#include "sip/session_timer.hpp"

namespace daedap::sip {
namespace {

const char* timer = "Supported: timer\n";

Line with_timer(const std::string& extra) { return {.body = "v=0 offer", .extra = extra}; }

/// The 200 to an INVITE with those headers.
Message answer_to(const std::string& extra, EndpointSettings s = {}) {
  Desk d(std::move(s));
  d.endpoint.accept(d.ring_in(with_timer(extra)), "v=0 answer", d.now);
  d.drain();
  return d.sent.back();
}
std::string expires_in(const Message& m) {
  return std::string(m.header("Session-Expires").value_or("none"));
}

/// A call of ours whose 200 brought those headers.
struct Talking : Caller {
  explicit Talking(const std::string& extra) : Caller(with_offer) {
    answer(200, "callee", "v=0 answer", extra);
    clear();
  }
};

// ---- what we answer, RFC 4028 §9 -----------------------------------------------------------------

TEST(TimerAnswer, FollowsWhatTheCallerAsksFor) {
  const Message ok = answer_to("Session-Expires: 600\nSupported: timer\n");
  EXPECT_EQ(expires_in(ok), "600;refresher=uac");
  EXPECT_EQ(ok.header("Require"), "timer");
  EXPECT_EQ(ok.header("Supported"), "100rel, timer, replaces, norefersub");
  EXPECT_EQ(expires_in(answer_to("x: 600;refresher=uas\nSupported: timer\n")), "600;refresher=uas");
}

TEST(TimerAnswer, ShortensToOursButNotBelowTheirMinimum) {
  EXPECT_EQ(expires_in(answer_to("Session-Expires: 7200\nSupported: timer\n")),
            "1800;refresher=uac");
  EXPECT_EQ(expires_in(answer_to("Session-Expires: 7200\nMin-SE: 3600\nSupported: timer\n")),
            "3600;refresher=uac");
}

TEST(TimerAnswer, AsksForATimerItselfWhenTheCallerKnowsThem) {
  EXPECT_EQ(expires_in(answer_to(timer)), "1800;refresher=uas");
  EXPECT_EQ(expires_in(answer_to("")), "none");
  EXPECT_EQ(expires_in(answer_to(timer, {.session_expires = seconds(0)})), "none");
}

TEST(TimerAnswer, AProxysTimerIsRefreshedByUs) {  // the caller does not know timers
  const Message ok = answer_to("Session-Expires: 50\n");
  EXPECT_EQ(expires_in(ok), "90;refresher=uas");
  EXPECT_FALSE(ok.header("Require"));
}

TEST(TimerAnswer, TooBriefIs422) {
  Desk d;
  d.receive(request("INVITE", with_timer("Session-Expires: 60\nSupported: timer\n")));
  ASSERT_EQ(d.told(), "422");
  EXPECT_EQ(d.header(0, "Min-SE"), "90");
  EXPECT_EQ(d.endpoint.sessions(), 0u);
  d.talk();
  d.receive(request("UPDATE", {.branch = "z9hG4bKu", .cseq = 2, .to_tag = d.tag,
                               .extra = "Session-Expires: 60\nSupported: timer\n"}));
  EXPECT_EQ(d.told(), "422");
}

TEST(TimerAnswer, NonsenseIsNoTimer) {
  EXPECT_EQ(expires_in(answer_to("Session-Expires: soon\n")), "none");
  EXPECT_FALSE(SessionExpires::parse("12;;"));
  EXPECT_FALSE(SessionExpires::parse("12 13"));
  EXPECT_EQ(SessionExpires::parse("4294967295;refresher=UAS")->write(), "604800;refresher=uas");
}

// ---- the peer refreshes --------------------------------------------------------------------------

TEST(TheirRefresh, KeepsTheCallAndItsEndIsNoticed) {  // §10
  Desk d;
  d.talk(with_timer("Session-Expires: 90\nSupported: timer\n"));
  d.pass(seconds(50));
  d.receive(request("UPDATE", {.branch = "z9hG4bKu", .cseq = 2, .to_tag = d.tag,
                               .extra = "Session-Expires: 90;refresher=uac\nSupported: timer\n"}));
  ASSERT_EQ(d.told(), "200");
  EXPECT_EQ(d.header(0, "Session-Expires"), "90;refresher=uac");
  d.pass(seconds(59));
  EXPECT_FALSE(d.has<LostIn>());
  d.pass(seconds(1));  // 90 - 30 s after the refresh
  ASSERT_TRUE(d.has<LostIn>());
  EXPECT_EQ(d.all<LostIn>()[0].why, LostIn::Why::session_timeout);
  EXPECT_EQ(d.told(), "200 BYE");
  d.expect_clean();
}

TEST(TheirRefresh, ReInviteCountsToo) {
  Desk d;
  const SessionId id = d.talk(with_timer("Session-Expires: 90\nSupported: timer\n"));
  d.pass(seconds(50));
  Line line = with_timer("Session-Expires: 90\nSupported: timer\n");
  line.branch = "z9hG4bKre";
  line.cseq = 2;
  line.to_tag = d.tag;
  d.receive(request("INVITE", line));
  d.endpoint.answer_offer(id, "v=0 answer", d.now);
  d.drain();
  EXPECT_EQ(d.header(1, "Session-Expires"), "90;refresher=uac");
  d.receive(request("ACK", {.branch = "z9hG4bKa", .cseq = 2, .to_tag = d.tag}));
  d.pass(seconds(59));
  EXPECT_FALSE(d.has<LostIn>());
}

// ---- what we ask for, §7 -------------------------------------------------------------------------

TEST(TimerRequest, InviteAsks) {
  Caller d(with_offer);
  EXPECT_EQ(d.header(0, "Session-Expires"), "1800");
  EXPECT_EQ(d.header(0, "Supported"), "100rel, timer, replaces, norefersub");
  EXPECT_EQ(d.header(0, "Min-SE"), "");
  Caller off(with_offer, {.session_expires = seconds(0)});
  EXPECT_EQ(off.header(0, "Session-Expires"), "");
  Caller strict(with_offer, {.min_se = seconds(300)});
  EXPECT_EQ(strict.header(0, "Min-SE"), "300");
}

TEST(TimerRequest, A422IsRaisedAndSentAgain) {  // §7.3
  Caller d(with_offer, {.session_expires = seconds(120)});
  d.answer(422, "callee", "", "Min-SE: 300\n");
  ASSERT_EQ(d.told(), "INVITE ACK INVITE");
  EXPECT_EQ(d.header(2, "Session-Expires"), "300");
  EXPECT_EQ(d.header(2, "Min-SE"), "300");
  EXPECT_EQ(d.header(2, "CSeq"), "2 INVITE");
  EXPECT_EQ(d.header(2, "Call-ID"), d.header(0, "Call-ID"));
  EXPECT_FALSE(d.has<RejectedIn>());
  d.receive(response(d.sent[2], 422, "callee", "", "Min-SE: 300\n"));
  ASSERT_TRUE(d.has<RejectedIn>()) << "the same minimum twice makes no sense";
  EXPECT_EQ(d.all<RejectedIn>()[0].status, 422);
  d.expect_clean();
}

TEST(OurRefresh, IsAnUpdateAtHalfTimeWhereThePeerTakesIt) {  // §10
  Talking d("Session-Expires: 200;refresher=uac\nAllow: INVITE, UPDATE\n");
  d.pass(seconds(99));
  EXPECT_EQ(d.told(), "");
  d.pass(seconds(1));
  ASSERT_EQ(d.told(), "UPDATE");
  EXPECT_EQ(d.header(0, "Session-Expires"), "200;refresher=uac");
  EXPECT_EQ(d.sent[0].body, "");
  EXPECT_NE(d.header(0, "Contact"), "");
  d.receive(response(d.sent[0], 200, "", "", "Session-Expires: 200;refresher=uac\n"));
  d.pass(seconds(100));
  EXPECT_EQ(d.told(), "UPDATE UPDATE");
  EXPECT_TRUE(d.events.empty()) << "the application hears nothing of it";
}

TEST(OurRefresh, IsAReInviteWithTheSameSdpElsewhere) {
  Talking d("Session-Expires: 200;refresher=uac\nAllow: INVITE, BYE\n");
  d.pass(seconds(100));
  ASSERT_EQ(d.told(), "INVITE");
  EXPECT_EQ(d.sent[0].body, "v=0 offer");
  EXPECT_EQ(d.header(0, "Session-Expires"), "200;refresher=uac");
  d.receive(response(d.sent[0], 200, "", "v=0 answer", "Session-Expires: 200;refresher=uac\n"));
  EXPECT_EQ(d.told(), "INVITE ACK");
  EXPECT_FALSE(d.has<AcceptedIn>());
  d.pass(seconds(100));
  d.receive(response(d.sent[2], 200, "", "v=0 moved", "Session-Expires: 200;refresher=uac\n"));
  ASSERT_TRUE(d.has<AcceptedIn>()) << "what has changed is shown";
  EXPECT_EQ(d.all<AcceptedIn>()[0].answer, "v=0 moved");
}

TEST(OurRefresh, FallsBackToReInviteWhenUpdateIsRefused) {
  Talking d("Session-Expires: 200;refresher=uac\nAllow: UPDATE\n");
  d.pass(seconds(100));
  d.receive(response(d.sent[0], 405, ""));
  EXPECT_EQ(d.told(), "UPDATE INVITE");
}

TEST(OurRefresh, RefusedForNowItIsTriedAgainInTime) {
  Talking d("Session-Expires: 200;refresher=uac\nAllow: UPDATE\n");
  d.pass(seconds(100));
  d.receive(response(d.sent[0], 500, ""));
  d.pass(seconds(34));  // half of the 68 s that are left
  EXPECT_EQ(d.told(), "UPDATE UPDATE");
  d.receive(response(d.sent[1], 422, "", "", "Min-SE: 400\n"));
  ASSERT_EQ(d.told(), "UPDATE UPDATE UPDATE");
  EXPECT_EQ(d.header(2, "Session-Expires"), "400;refresher=uac");
}

TEST(OurRefresh, WithoutAnswerTheCallIsLost) {
  Talking d("Session-Expires: 200;refresher=uac\nAllow: UPDATE\n");
  d.pass(seconds(133));
  ASSERT_TRUE(d.has<LostIn>());
  EXPECT_EQ(d.all<LostIn>()[0].why, LostIn::Why::session_timeout);
  EXPECT_EQ(d.sent.back().method, "BYE");
  d.expect_clean();
  Talking gone("Session-Expires: 200;refresher=uac\nAllow: UPDATE\n");
  gone.pass(seconds(100));
  gone.receive(response(gone.sent[0], 481, ""));
  EXPECT_TRUE(gone.has<LostIn>());
}

TEST(OurRefresh, IsTheirsWhenTheySaySoAndNobodysWithoutTimer) {
  Talking theirs("Session-Expires: 90;refresher=uas\n");
  theirs.pass(seconds(59));
  EXPECT_EQ(theirs.told(), "");
  theirs.pass(seconds(1));
  EXPECT_TRUE(theirs.has<LostIn>());
  Talking nobody("");
  nobody.pass(seconds(4000));
  EXPECT_EQ(nobody.told(), "");
}

TEST(OurRefresh, StopsWithTheCall) {
  Talking d("Session-Expires: 90;refresher=uac\nAllow: UPDATE\n");
  d.endpoint.hang_up(d.id, d.now);
  d.drain();
  d.receive(response(d.sent[0], 200, ""));
  d.pass(seconds(200));
  EXPECT_EQ(d.told(), "BYE");
  d.expect_clean();
}

TEST(OurRefresh, AnOfferOfTheApplicationRefreshesToo) {
  Talking d("Session-Expires: 200;refresher=uac\nAllow: UPDATE\n");
  d.pass(seconds(50));
  d.endpoint.offer(d.id, "v=0 hold", d.now);
  d.drain();
  EXPECT_EQ(d.header(0, "Session-Expires"), "200;refresher=uac");
  d.receive(response(d.sent[0], 200, "", "v=0 answer", "Session-Expires: 200;refresher=uac\n"));
  EXPECT_TRUE(d.has<AcceptedIn>());
  d.pass(seconds(99));
  EXPECT_EQ(d.told(), "INVITE ACK");
  d.pass(seconds(1));
  EXPECT_EQ(d.told(), "INVITE ACK UPDATE");
}

}  // namespace
}  // namespace daedap::sip
