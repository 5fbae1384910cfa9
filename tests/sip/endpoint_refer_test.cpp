#include "sip/desk.hpp"
#include "sip/replaces.hpp"

namespace daedap::sip {
namespace {

Line refer_line(const Desk& d, int cseq, const std::string& extra) {
  return {.branch = "z9hG4bKref" + std::to_string(cseq), .cseq = cseq, .to_tag = d.tag,
          .extra = extra};
}

/// A call whose peer sent a REFER.
struct Asked : Desk {
  explicit Asked(const std::string& extra = "Refer-To: <sip:carol@192.0.2.30>\n") {
    id = talk();
    receive(request("REFER", refer_line(*this, 2, extra)));
  }
  SessionId id{};
};

/// A call of ours that is answered, with a REFER on its way.
struct Asking : Caller {
  explicit Asking(const std::string& replaces = {}) : Caller(with_offer) {
    answer(200, "callee", "v=0");
    clear();
    endpoint.refer(id, "sip:carol@192.0.2.30", replaces, "<sip:desk@192.0.2.1>", now);
    drain();
    refer = sent.at(0);
  }
  void notify(int cseq, const std::string& state, const std::string& frag,
              const std::string& event = "refer") {
    const auto value = [&](const char* name) { return std::string(*refer.header(name)); };
    receive(crlf("NOTIFY sip:192.0.2.1:5060 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKn" +
                 std::to_string(cseq) + "\nFrom: " + value("To") + "\nTo: " + value("From") +
                 "\nCall-ID: " + value("Call-ID") + "\nCSeq: " + std::to_string(cseq) +
                 " NOTIFY\nContact: <sip:callee@192.0.2.20>\nEvent: " + event +
                 "\nSubscription-State: " + state + "\nContent-Type: message/sipfrag\n" +
                 "Content-Length: " + std::to_string(frag.size()) + "\n\n") + frag);
  }
  std::string statuses() const {
    std::string out;
    for (const ReferStatusIn& e : all<ReferStatusIn>()) {
      out += std::to_string(e.status) + (e.final ? "! " : " ");
    }
    return out;
  }
  Message refer;
};

// ---- theirs, RFC 3515 ----------------------------------------------------------------------------

TEST(ReferIncoming, IsShownAcceptedAndReported) {  // §2.4.2 to §2.4.5
  Asked d("Refer-To: \"Carol\" <sip:carol@192.0.2.30;transport=tcp>\n"
          "Referred-By: <sip:caller@192.0.2.10>\n");
  EXPECT_EQ(d.told(), "");
  ASSERT_TRUE(d.has<ReferIn>());
  const ReferIn in = d.all<ReferIn>()[0];
  EXPECT_EQ(in.target, "sip:carol@192.0.2.30;transport=tcp");
  EXPECT_EQ(in.replaces, "");
  EXPECT_EQ(in.referred_by, "<sip:caller@192.0.2.10>");
  d.endpoint.accept_refer(d.id, d.now);
  d.drain();
  ASSERT_EQ(d.told(), "202 NOTIFY");
  EXPECT_NE(d.header(0, "Contact"), "");
  EXPECT_EQ(d.header(1, "Event"), "refer");
  EXPECT_TRUE(d.header(1, "Subscription-State").starts_with("active;expires="));
  EXPECT_EQ(d.header(1, "Content-Type"), "message/sipfrag;version=2.0");
  EXPECT_NE(d.header(1, "Contact"), "");
  EXPECT_EQ(d.sent[1].body, "SIP/2.0 100 Trying\r\n");
  d.endpoint.notify_refer(d.id, 180, d.now);
  d.endpoint.notify_refer(d.id, 200, d.now);
  d.endpoint.notify_refer(d.id, 200, d.now);
  d.drain();
  ASSERT_EQ(d.told(), "202 NOTIFY NOTIFY NOTIFY") << "the final one ends the interest";
  EXPECT_EQ(d.sent[3].body, "SIP/2.0 200 OK\r\n");
  EXPECT_TRUE(d.header(3, "Subscription-State").starts_with("terminated"));
}

TEST(ReferIncoming, EscapedReplacesIsTakenOffTheTarget) {  // RFC 3891 §7
  Asked d("Refer-To: <sip:carol@192.0.2.30?Replaces=c%40h%3Bto-tag%3Dt1%3Bfrom-tag%3Df1&X=y>\n");
  ASSERT_TRUE(d.has<ReferIn>());
  EXPECT_EQ(d.all<ReferIn>()[0].target, "sip:carol@192.0.2.30");
  EXPECT_EQ(d.all<ReferIn>()[0].replaces, "c@h;to-tag=t1;from-tag=f1");
}

TEST(ReferIncoming, RefusalEndsIt) {
  Asked d;
  d.endpoint.refuse_refer(d.id, 603, d.now);
  d.endpoint.accept_refer(d.id, d.now);
  d.endpoint.notify_refer(d.id, 200, d.now);
  d.drain();
  EXPECT_EQ(d.told(), "603");
}

TEST(ReferIncoming, BrokenOnesAreRefusedByTheEndpoint) {  // §2.4.2
  const auto told = [](const std::string& extra) { return Asked(extra).told(); };
  EXPECT_EQ(told(""), "400");
  EXPECT_EQ(told("Refer-To: <sip:a@b>\nRefer-To: <sip:c@d>\n"), "400");
  EXPECT_EQ(told("Refer-To: <sip:a@b;method=BYE>\n"), "403");
  EXPECT_EQ(told("Refer-To: <http://example.com>\n"), "403");
  EXPECT_EQ(told("Refer-To: nonsense\n"), "400");
}

TEST(ReferIncoming, SecondOneWaitsForTheFirstAndIsNamedByItsNumber) {  // §2.4.6
  Asked d;
  d.receive(request("REFER", refer_line(d, 3, "Refer-To: <sip:x@192.0.2.31>\n")));
  EXPECT_EQ(d.told(), "491");
  d.endpoint.accept_refer(d.id, d.now);
  d.endpoint.notify_refer(d.id, 486, d.now);
  d.receive(request("REFER", refer_line(d, 4, "Refer-To: <sip:x@192.0.2.31>\n")));
  d.endpoint.accept_refer(d.id, d.now);
  d.drain();
  EXPECT_EQ(d.sent.back().method, "NOTIFY");
  EXPECT_EQ(d.header(d.sent.size() - 1, "Event"), "refer;id=4");
}

TEST(ReferIncoming, NoReportsWhenNoneAreWanted) {  // RFC 4488 §4
  Asked d("Refer-To: <sip:carol@192.0.2.30>\nRefer-Sub: false\nRequire: norefersub\n");
  d.endpoint.accept_refer(d.id, d.now);
  d.endpoint.notify_refer(d.id, 200, d.now);
  d.drain();
  ASSERT_EQ(d.told(), "202");
  EXPECT_EQ(d.header(0, "Refer-Sub"), "false");
}

TEST(ReferIncoming, ReportsStopWhenNobodyListensAndATransferHasItsTime) {
  Asked refused;
  refused.endpoint.accept_refer(refused.id, refused.now);
  refused.drain();
  refused.receive(response(refused.sent[1], 481, ""));
  refused.endpoint.notify_refer(refused.id, 200, refused.now);
  refused.drain();
  EXPECT_EQ(refused.told(), "202 NOTIFY");
  Asked slow;
  slow.endpoint.accept_refer(slow.id, slow.now);
  slow.drain();
  slow.receive(response(slow.sent[1], 200, ""));
  slow.pass(seconds(180));
  ASSERT_EQ(slow.told(), "202 NOTIFY NOTIFY");
  EXPECT_EQ(slow.sent[2].body, "SIP/2.0 408 Request Timeout\r\n");
}

TEST(ReferIncoming, AnUnansweredReferEndsWithTheCall) {
  Asked d;
  d.receive(request("BYE", {.branch = "z9hG4bKbye", .cseq = 5, .to_tag = d.tag}));
  EXPECT_EQ(d.told(), "200 487");
  d.endpoint.accept_refer(d.id, d.now);
  d.expect_clean();
}

// ---- ours ----------------------------------------------------------------------------------------

TEST(ReferOutgoing, CarriesTargetAndReplaces) {
  Asking d("c@h;to-tag=t1;from-tag=f1");
  EXPECT_EQ(d.told(), "REFER");
  EXPECT_EQ(d.header(0, "Refer-To"),
            "<sip:carol@192.0.2.30?Replaces=c%40h%3Bto-tag%3Dt1%3Bfrom-tag%3Df1>");
  EXPECT_EQ(d.header(0, "Referred-By"), "<sip:desk@192.0.2.1>");
  EXPECT_NE(d.header(0, "Contact"), "");
}

TEST(ReferOutgoing, ReportsAreShownUntilTheFinalOne) {
  Asking d;
  d.receive(response(d.refer, 202, ""));
  EXPECT_EQ(d.statuses(), "");
  d.notify(1, "active;expires=60", "SIP/2.0 100 Trying\r\n");
  d.notify(2, "active;expires=60", "SIP/2.0 180 Ringing\r\n");
  d.notify(3, "terminated;reason=noresource", "SIP/2.0 200 OK\r\n");
  d.notify(4, "terminated;reason=noresource", "SIP/2.0 200 OK\r\n");
  EXPECT_EQ(d.statuses(), "100 180 200! ");
  EXPECT_EQ(d.told(), "REFER 200 200 200 200");
}

TEST(ReferOutgoing, ReportsMayComeBeforeThe202) {
  Asking d;
  d.notify(1, "active", "SIP/2.0 100 Trying\r\n", "refer;id=2");
  EXPECT_EQ(d.statuses(), "100 ");
}

TEST(ReferOutgoing, EachEndIsFinalOnce) {
  Asking refused;
  refused.receive(response(refused.refer, 603, ""));
  EXPECT_EQ(refused.statuses(), "603! ");
  Asking silent;
  silent.pass(seconds(33));
  EXPECT_EQ(silent.statuses(), "408! ");
  Asking forgotten;
  forgotten.receive(response(forgotten.refer, 202, ""));
  forgotten.pass(seconds(181));
  EXPECT_EQ(forgotten.statuses(), "408! ");
  Asking quiet;
  quiet.receive(response(quiet.refer, 202, "", "", "Refer-Sub: false\n"));
  EXPECT_EQ(quiet.statuses(), "202! ");
  Asking wordless;
  wordless.notify(1, "terminated;reason=giveup", "");
  EXPECT_EQ(wordless.statuses(), "408! ");
}

TEST(ReferOutgoing, StrangeReportsAreRefused) {  // RFC 6665 §4.1.3
  Asking d;
  d.notify(1, "active", "SIP/2.0 100 Trying\r\n", "presence");
  d.notify(2, "active", "SIP/2.0 100 Trying\r\n", "refer;id=77");
  EXPECT_EQ(d.told(), "REFER 489 481");
  EXPECT_EQ(d.header(1, "Allow-Events"), "refer");
  Desk idle;
  idle.talk();
  idle.receive(request("NOTIFY", refer_line(idle, 2, "Event: refer\n")));
  EXPECT_EQ(idle.told(), "481");
}

TEST(ReferOutgoing, SecondOneAndABrokenTargetAreToldAtOnce) {
  Asking d;
  d.endpoint.refer(d.id, "sip:x@y", "", "", d.now);
  d.drain();
  EXPECT_EQ(d.told(), "REFER");
  EXPECT_EQ(d.all<ReferStatusIn>()[0].status, 491);
  Desk other;
  other.endpoint.refer(other.talk(), "nonsense", "", "", other.now);
  other.drain();
  EXPECT_EQ(other.all<ReferStatusIn>()[0].status, 400);
}

// ---- Replaces, RFC 3891 --------------------------------------------------------------------------

std::string replacing(const std::string& value, const std::string& extra = {}) {
  return request("INVITE", {.branch = "z9hG4bKrep", .body = "v=0",
                            .extra = "Replaces: " + value + "\n" + extra, .call_id = "call-2",
                            .from_tag = "other"});
}

TEST(ReplacesIncoming, NamesTheSessionWhosePlaceItTakes) {  // §3
  Desk d;
  const SessionId id = d.talk();
  d.receive(replacing("call-1;to-tag=" + d.tag + ";from-tag=caller", "Require: replaces\n"));
  ASSERT_TRUE(d.has<InviteIn>());
  EXPECT_EQ(d.all<InviteIn>()[0].replaces, id);
}

TEST(ReplacesIncoming, OthersNameNone) {
  Desk d;
  d.ring_in({.body = "v=0", .extra = "Max-Forwards: 12\n"});
  d.receive(request("INVITE", {.body = "v=0"}));
  EXPECT_EQ(d.all<InviteIn>().size(), 1u) << "two Max-Forwards are refused";
  EXPECT_FALSE(d.all<InviteIn>()[0].replaces);
  EXPECT_EQ(d.all<InviteIn>()[0].max_forwards, 70);
}

TEST(ReplacesIncoming, WithoutMatchIs481) {  // §3
  Desk d;
  d.talk();
  d.receive(replacing("call-1;to-tag=" + d.tag + ";from-tag=wrong"));
  EXPECT_EQ(d.told(), "481");
  EXPECT_FALSE(d.has<InviteIn>());
}

TEST(ReplacesIncoming, EarlyOnlyRefusesAnAnsweredCall) {  // §3: 486
  Desk d;
  d.talk();
  d.receive(replacing("call-1;to-tag=" + d.tag + ";from-tag=caller;early-only"));
  EXPECT_EQ(d.told(), "486");
}

TEST(ReplacesIncoming, ARingingCallOfSomebodyElseIs481) {  // §3: early dialogs only of our making
  Desk d;
  d.endpoint.ring(d.ring_in(), d.now);
  d.drain();
  d.receive(replacing("call-1;to-tag=" + tag_of(d.header(1, "To")) + ";from-tag=caller"));
  EXPECT_EQ(d.told(), "100 180 481");
}

TEST(ReplacesIncoming, ACallThatEndsIs603) {
  Desk d;
  d.endpoint.hang_up(d.talk(), d.now);
  d.drain();
  d.receive(replacing("call-1;to-tag=" + d.tag + ";from-tag=caller"));
  EXPECT_EQ(d.told(), "BYE 603");
}

TEST(ReplacesIncoming, BrokenTwofoldOrMisplacedIs400) {  // §3
  Desk d;
  d.talk();
  d.receive(replacing("call-1;to-tag=a"));
  d.receive(replacing("call-1;to-tag=a;from-tag=b", "Replaces: call-1;to-tag=a;from-tag=b\n"));
  d.receive(request("INFO", refer_line(d, 2, "Replaces: call-1;to-tag=a;from-tag=b\n")));
  EXPECT_EQ(d.told(), "400 400 400");
}

TEST(ReplacesIncoming, FindsARingingCallOfOurs) {
  Caller d(with_offer);
  d.answer(180);
  EXPECT_EQ(d.endpoint.replaces_of(d.id),
            d.header(0, "Call-ID") + ";to-tag=callee;from-tag=" + tag_of(d.header(0, "From")));
  d.receive(replacing(d.header(0, "Call-ID") + ";to-tag=" + tag_of(d.header(0, "From")) +
                      ";from-tag=callee;early-only"));
  ASSERT_TRUE(d.has<InviteIn>());
  EXPECT_EQ(d.all<InviteIn>()[0].replaces, d.id);
}

TEST(ReplacesOutgoing, NamesTheDialogAsThePeerKnowsIt) {
  Desk d;
  const SessionId id = d.talk();
  const std::string value = d.endpoint.replaces_of(id);
  EXPECT_EQ(value, "call-1;to-tag=caller;from-tag=" + d.tag);
  EXPECT_EQ(d.endpoint.remote_uri(id), "sip:caller@192.0.2.10");
  EXPECT_EQ(d.endpoint.replaces_of(SessionId{99}), "");
  Caller c({.offer = "v=0", .max_forwards = 12, .replaces = value, .referred_by = "<sip:b@x>"});
  EXPECT_EQ(c.header(0, "Replaces"), value);
  EXPECT_EQ(c.header(0, "Require"), "replaces");
  EXPECT_EQ(c.header(0, "Referred-By"), "<sip:b@x>");
  EXPECT_EQ(c.header(0, "Max-Forwards"), "12");
  EXPECT_EQ(c.endpoint.replaces_of(c.id), "") << "no dialog yet";
  EXPECT_EQ(c.endpoint.remote_uri(c.id), "sip:callee@192.0.2.20");
}

TEST(ReplacesValue, SurvivesWritingAndRefusesNonsense) {
  const auto value = Replaces::parse("  a@b ; to-tag=x;early-only;from-tag=y ;z=1 ");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->write(), "a@b;to-tag=x;from-tag=y;early-only");
  for (const char* bad : {"", ";to-tag=a;from-tag=b", "a;to-tag=a", "a;to-tag=a;from-tag=b;to-tag=c",
                          "a;to-tag=;from-tag=b", "a;to-tag=\"q\";from-tag=b", "a b;to-tag=a;from-tag=b"}) {
    EXPECT_FALSE(Replaces::parse(bad)) << bad;
  }
}

}  // namespace
}  // namespace daedap::sip
