#include "sip/validate.hpp"

#include <gtest/gtest.h>

namespace daedap::sip {
namespace {

/// A sound request that each test spoils in one place.
Message request(const std::string& method = "INVITE") {
  Message m;
  m.method = method;
  m.request_uri = "sip:bob@biloxi.com";
  m.add("Via", "SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bK776asdhds");
  m.add("Max-Forwards", "70");
  m.add("To", "Bob <sip:bob@biloxi.com>");
  m.add("From", "Alice <sip:alice@atlanta.com>;tag=1928301774");
  m.add("Call-ID", "a84b4c76e66710@pc33.atlanta.com");
  m.add("CSeq", "314159 " + method);
  m.add("Contact", "<sip:alice@pc33.atlanta.com>");
  return m;
}

Message with(std::string_view name, std::string value, const std::string& method = "INVITE") {
  Message m = request(method);
  m.set(name, std::move(value));
  return m;
}

int status(const Message& m) {
  const auto complaint = check_request(m);
  return complaint ? complaint->status : 0;
}

std::string extra(const Message& m, std::string_view name) {
  const auto complaint = check_request(m);
  for (const Header& h : complaint ? complaint->headers : std::vector<Header>{}) {
    if (h.name == name) return h.value;
  }
  return "";
}

TEST(CheckRequest, LetsSoundRequestsPass) {
  for (const char* method : {"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "INFO", "UPDATE"}) {
    EXPECT_EQ(status(request(method)), 0) << method;
  }
}

TEST(CheckRequest, NeedsTheMandatoryHeadersOfSection8_1_1) {
  for (const char* name : {"Via", "From", "To", "Call-ID", "CSeq"}) {
    Message m = request();
    m.remove(name);
    EXPECT_EQ(status(m), 400) << name;
  }
  for (const char* name : {"Max-Forwards", "Contact"}) {  // RFC 2543 had no Max-Forwards
    Message m = request();
    m.remove(name);
    EXPECT_EQ(status(m), 0) << name;
  }
}

TEST(CheckRequest, RefusesSecondCopies) {
  for (const char* name : {"From", "To", "Call-ID", "CSeq", "Max-Forwards"}) {
    Message m = request();
    m.add(name, std::string(*m.header(name)));
    EXPECT_EQ(status(m), 400) << name;
  }
}

TEST(CheckRequest, RefusesBrokenValues) {
  EXPECT_EQ(status(with("Via", "SIP/2.0/UDP 192.0.2.15;;,;,,")), 400);
  EXPECT_EQ(status(with("From", "\"x <sip:a@b>")), 400);
  EXPECT_EQ(status(with("To", "*")), 400);
  EXPECT_EQ(status(with("Call-ID", "a b")), 400);
  EXPECT_EQ(status(with("CSeq", "99999999999 INVITE")), 400);
  EXPECT_EQ(status(with("CSeq", "1 BYE")), 400);
  EXPECT_EQ(status(with("Max-Forwards", "256")), 400);
  EXPECT_EQ(status(with("Contact", "<sip:a@b>;;")), 400);
  EXPECT_EQ(status(with("Contact", "*")), 400);
  EXPECT_EQ(status(with("Route", "<sip:a@b>, <sip:c")), 400);
  EXPECT_EQ(status(with("Record-Route", "sip:a b")), 400);
  EXPECT_EQ(status(with("Via", "SIP/2.0/UDP a, SIP/2.0/UDP ;x")), 400);
  EXPECT_EQ(status(with("Date", "Fri, 01 Jan 2010 16:00:00 EST")), 0);
}

TEST(CheckRequest, CapsTheLengthOfLists) {
  for (const auto& [name, value] : {std::pair{"Route", "<sip:a>"}, {"Via", "SIP/2.0/UDP a"}}) {
    Message m = request();
    m.remove(name);
    for (int i = 0; i < 128; ++i) m.add(name, value);
    EXPECT_EQ(status(m), 0) << name;
    m.add(name, value);
    EXPECT_EQ(status(m), 400) << name;
  }
}

TEST(CheckRequest, RefusesVersionsOfVia) { EXPECT_EQ(status(with("Via", "SIP/7.0/UDP a")), 505); }

TEST(CheckRequest, TellsMethodsNotAllowedFromUnknownOnes) {
  EXPECT_EQ(status(request("SUBSCRIBE")), 405);
  EXPECT_EQ(status(request("NEWMETHOD")), 501);
  EXPECT_EQ(status(request("invite")), 501);  // methods are case-sensitive, §7.1
  EXPECT_EQ(extra(request("MESSAGE"), "Allow"),
            "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK, REFER, NOTIFY, REGISTER");
}

TEST(CheckRequest, AsksTheAbilitiesOfTheCaller) {
  Abilities abilities;
  abilities.methods.push_back("PUBLISH");
  abilities.extensions.push_back("path");
  Message m = with("Require", "path", "PUBLISH");
  EXPECT_FALSE(check_request(m, abilities));
  EXPECT_EQ(status(m), 405);
}

TEST(CheckRequest, StopsNewCallsWithoutHopsLeft) {
  EXPECT_EQ(status(with("Max-Forwards", "0")), 483);
  EXPECT_EQ(status(with("Max-Forwards", "0", "OPTIONS")), 0);
  EXPECT_EQ(status(with("Max-Forwards", "0", "BYE")), 0);
  Message inside = with("Max-Forwards", "0");
  inside.set("To", "<sip:bob@biloxi.com>;tag=1");
  EXPECT_EQ(status(inside), 0);
}

TEST(CheckRequest, LooksAtTheRequestUri) {
  Message m = request();
  for (const char* unknown : {"nobodyKnowsThisScheme:totallyopaquecontent", "soap.beep://192.0.2.103:3002"}) {
    m.request_uri = unknown;
    EXPECT_EQ(status(m), 416) << unknown;
  }
  for (const char* bad : {"sip:a@b?Route=%3Csip:c%3E", "sip:", "bob", "sip:a@b;;"}) {
    m.request_uri = bad;
    EXPECT_EQ(status(m), 400) << bad;
  }
  m.request_uri = "tel:+82-2-1234";
  EXPECT_EQ(status(m), 0);
}

TEST(CheckRequest, ListsEveryUnknownExtension) {  // RFC 3261 §8.2.2.3
  Message m = request();
  m.add("Require", "a, b");
  m.add("Proxy-Require", "c");
  EXPECT_EQ(status(m), 420);
  EXPECT_EQ(extra(m, "Unsupported"), "a, b, c");
  EXPECT_EQ(status(with("Require", "a", "CANCEL")), 0);
  EXPECT_EQ(status(with("Require", "a", "ACK")), 0);
  EXPECT_EQ(status(with("Supported", "a")), 0);
}

TEST(CheckRequest, TakesOnlySdpAsBodyOfAnInvite) {
  Message m = request();
  m.body = "v=0\r\n";
  EXPECT_EQ(status(m), 400);
  for (const char* good : {"application/sdp", "Application / SDP ; charset=utf-8"}) {
    m.set("Content-Type", good);
    EXPECT_EQ(status(m), 0) << good;
  }
  m.set("Content-Type", "application/unknownformat");
  EXPECT_EQ(status(m), 415);
  EXPECT_EQ(extra(m, "Accept"), "application/sdp");
  m.set("Content-Disposition", "render; handling=optional");
  EXPECT_EQ(status(m), 0);
  m.set("Content-Disposition", "render; handling=required");
  EXPECT_EQ(status(m), 415);
}

TEST(CheckRequest, TakesNoEncodedBody) {
  Message m = with("Content-Type", "application/sdp");
  m.body = "v=0\r\n";
  m.set("Content-Encoding", "gzip");
  EXPECT_EQ(status(m), 415);
  EXPECT_EQ(extra(m, "Accept-Encoding"), "identity");
  m.set("Content-Encoding", "identity");
  EXPECT_EQ(status(m), 0);
}

TEST(CheckRequest, LeavesTheBodyOfInfoAlone) {
  Message m = with("Content-Type", "application/dtmf-relay", "INFO");
  m.body = "Signal=1\r\n";
  EXPECT_EQ(status(m), 0);
}

TEST(CheckRequest, RefusesAnInviteThatCannotTakeOurAnswer) {  // RFC 4475 §3.3.11
  EXPECT_EQ(status(with("Accept", "text/nobodyKnowsThis")), 406);
  for (const char* good : {"application/sdp;level=1, text/x", "*/*", "application/*;q=0.1"}) {
    EXPECT_EQ(status(with("Accept", good)), 0) << good;
  }
  EXPECT_EQ(status(with("Accept", "text/x", "OPTIONS")), 0);
}

Message response() {
  Message m = request();
  m.method.clear();
  m.status = 200;
  return m;
}

TEST(CheckResponse, TakesOneViaAndSoundHeaders) {
  EXPECT_FALSE(check_response(response()));
  Message two = response();
  two.add("Via", "SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23");
  EXPECT_TRUE(check_response(two));  // RFC 3261 §8.1.3.3
  Message big = response();
  big.set("CSeq", "9292394834772304023312 OPTIONS");
  EXPECT_TRUE(check_response(big));
  Message none = response();
  none.remove("To");
  EXPECT_TRUE(check_response(none));
}

constexpr const char* frame =
    "Via: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\n"
    "CSeq: 1 INVITE\r\n";

int salvaged(const std::string& text) {
  const auto found = salvage(text);
  return found ? found->complaint.status : 0;
}

TEST(Salvage, FindsTheWayBackForBrokenRequests) {
  const std::string start = "INVITE sip:a@b SIP/2.0\r\n";
  const auto found = salvage(start + "Foobar roobar\r\n" + frame + "l: 99\r\n\r\nabc");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->complaint.status, 400);
  EXPECT_EQ(found->request.method, "INVITE");
  EXPECT_EQ(found->request.header("CSeq"), "1 INVITE");
  EXPECT_EQ(found->request.body, "");
  EXPECT_EQ(salvaged("INVITE <sip:a@b> SIP/2.0\r\n" + (frame + std::string("\r\n"))), 400);
  EXPECT_EQ(salvaged("INVITE  sip:a@b  SIP/2.0\r\n" + (frame + std::string("\r\n"))), 400);
  EXPECT_EQ(salvaged("INVITE sip:a@b SIP/3.0\r\n" + (frame + std::string("\r\n"))), 505);
  EXPECT_EQ(salvaged(start + frame), 400);  // no empty line
  EXPECT_EQ(salvaged(start + frame + "l: 1\r\nl: 2\r\n\r\n"), 400);
  EXPECT_EQ(salvaged(start + frame + "Subject: " + std::string(17'000, 'x') + "\r\n\r\n"), 513);
  EXPECT_EQ(salvaged(start + frame + "\r\n" + std::string(70'000, 'x')), 513);
}

TEST(Salvage, GivesNothingWhereNothingMayBeAnswered) {
  const std::string bad = std::string(frame) + "Foobar roobar\r\n\r\n";
  EXPECT_EQ(salvaged("ACK sip:a@b SIP/2.0\r\n" + bad), 0);
  EXPECT_EQ(salvaged("SIP/2.0 200 OK\r\n" + bad), 0);
  EXPECT_EQ(salvaged("hello\r\n" + bad), 0);
  EXPECT_EQ(salvaged("INVITE sip:a@b SIP/2.0\r\nFoobar roobar\r\nTo: x\r\n\r\n"), 0);
  EXPECT_EQ(salvaged("INVITE sip:a@b SIP/2.0\r\n" + std::string(frame) + "\r\n"), 0);  // nothing is wrong
  EXPECT_EQ(salvaged(""), 0);
}

}  // namespace
}  // namespace daedap::sip
