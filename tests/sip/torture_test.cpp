#include "sip/torture_files.hpp"

#include <gtest/gtest.h>

#include "sip/message.hpp"
#include "sip/name_addr.hpp"
#include "sip/validate.hpp"
#include "sip/via.hpp"

namespace daedap::sip {
namespace {

/// What becomes of a message: served (0), answered with that status, or thrown away.
constexpr int serve = 0;
constexpr int drop = -1;

struct Expectation {
  const char* name;
  bool parses;
  int verdict;
  const char* section;
};

// RFC 4475 often allows several ways; the verdict is the one that we take.
constexpr Expectation expectations[] = {
    {"wsinv", true, serve, "3.1.1.1 a short tortuous INVITE"},
    {"intmeth", true, 501, "3.1.1.2 wide range of valid characters; the method is nobody's"},
    {"esc01", true, serve, "3.1.1.3 valid use of % escapes"},
    {"escnull", true, 400, "3.1.1.4 escaped nulls are legal there; refused here on purpose"},
    {"esc02", true, 501, "3.1.1.5 % is no escape in a method"},
    {"lwsdisp", true, serve, "3.1.1.6 no space between name and <"},
    {"longreq", true, serve, "3.1.1.7 long values"},
    {"dblreq", true, serve, "3.1.1.8 extra octets in a datagram"},
    {"semiuri", true, serve, "3.1.1.9 semicolon in the user part"},
    {"transports", true, serve, "3.1.1.10 varied and unknown transports"},
    {"mpart01", true, serve, "3.1.1.11 multipart MESSAGE"},
    {"unreason", true, serve, "3.1.1.12 unusual reason phrase"},
    {"noreason", true, serve, "3.1.1.13 empty reason phrase"},
    {"badinv01", true, 400, "3.1.2.1 extraneous separators"},
    {"clerr", false, 400, "3.1.2.2 Content-Length larger than the message"},
    {"ncl", false, 400, "3.1.2.3 negative Content-Length"},
    {"scalar02", true, 400, "3.1.2.4 overlarge request scalars"},
    {"scalarlg", true, drop, "3.1.2.5 overlarge response scalars"},
    {"quotbal", true, 400, "3.1.2.6 unterminated quoted string"},
    {"ltgtruri", false, 400, "3.1.2.7 <> around the Request-URI"},
    {"lwsruri", false, 400, "3.1.2.8 space within the Request-URI"},
    {"lwsstart", false, 400, "3.1.2.9 several spaces in the request line"},
    {"trws", false, 400, "3.1.2.10 spaces at the end of the request line"},
    {"escruri", true, 400, "3.1.2.11 headers in the Request-URI"},
    {"baddate", true, serve, "3.1.2.12 wrong time zone in Date; nobody reads it"},
    {"regbadct", true, 400, "3.1.2.13 name-addr without <>"},
    {"badaspec", true, 400, "3.1.2.14 spaces within an addr-spec"},
    {"baddn", false, 400, "3.1.2.15 non-token characters in a display name; the file lacks its last line"},
    {"badvers", false, 505, "3.1.2.16 unknown protocol version"},
    {"mismatch01", true, 400, "3.1.2.17 start line and CSeq differ"},
    {"mismatch02", true, 400, "3.1.2.18 the same with an unknown method"},
    {"bigcode", false, drop, "3.1.2.19 overlarge response code"},
    {"badbranch", true, serve, "3.2.1 missing transaction identifier: RFC 2543 matching"},
    {"insuf", true, 400, "3.3.1 missing mandatory headers"},
    {"unkscm", true, 416, "3.3.2 unknown Request-URI scheme"},
    {"novelsc", true, 416, "3.3.3 known but atypical scheme"},
    {"unksm2", true, serve, "3.3.4 unknown schemes in addresses: the registrar's business"},
    {"bext01", true, 420, "3.3.5 Proxy-Require and Require"},
    {"invut", true, 415, "3.3.6 unknown Content-Type"},
    {"regaut01", true, serve, "3.3.7 unknown authorization scheme: challenged like none"},
    {"multi01", true, 400, "3.3.8 several values in single-value headers"},
    {"mcl01", false, 400, "3.3.9 several Content-Length values"},
    {"bcast", true, drop, "3.3.10 200 with a broadcast Via behind ours"},
    {"zeromf", true, serve, "3.3.11 Max-Forwards 0 in an OPTIONS for us"},
    {"cparam01", true, serve, "3.3.12 parameter of a Contact without <>"},
    {"cparam02", true, serve, "3.3.13 parameter of a URI in Contact"},
    {"regescrt", true, serve, "3.3.14 URI with escaped headers in Contact"},
    {"sdp01", true, 406, "3.3.15 unacceptable Accept"},
    {"inv2543", true, serve, "3.4.1 INVITE of RFC 2543"},
    {"test", false, drop, "older draft: no version, no Via, so no way back"},
};

/// A server that also registers and takes messages, so that the look does not end at the method.
Abilities everything() {
  Abilities abilities;
  abilities.methods.insert(abilities.methods.end(), {"REGISTER", "MESSAGE"});
  return abilities;
}

int verdict(const std::string& bytes) {
  const auto message = Message::parse(bytes);
  if (!message) {
    const auto salvaged = salvage(bytes);
    return salvaged ? salvaged->complaint.status : drop;
  }
  if (!message->is_request()) return check_response(*message) ? drop : serve;
  const auto complaint = check_request(*message, everything());
  return complaint ? complaint->status : serve;
}

class Torture : public testing::Test {
 protected:
  void SetUp() override {
    if (files_.empty()) GTEST_SKIP() << "the files of RFC 4475 are not beside the source tree";
  }
  Message parsed(const char* name) {
    auto message = Message::parse(files_[name]);
    EXPECT_TRUE(message) << name << ": " << (message ? "" : message.error().message());
    return message ? std::move(*message) : Message{};
  }
  std::map<std::string, std::string> files_ = torture_files();
};

TEST_F(Torture, EachFileGetsItsVerdict) {
  for (const Expectation& e : expectations) {
    ASSERT_TRUE(files_.contains(e.name)) << e.name;
    EXPECT_EQ(Message::parse(files_[e.name]).has_value(), e.parses) << e.name << ": " << e.section;
    EXPECT_EQ(verdict(files_[e.name]), e.verdict) << e.name << ": " << e.section;
  }
}

TEST_F(Torture, NoFileIsLeftOut) { EXPECT_EQ(files_.size(), std::size(expectations)); }

TEST_F(Torture, TheTortuousInviteIsReadRight) {
  const auto m = parsed("wsinv");
  EXPECT_EQ(m.header("Max-Forwards"), "0068");
  EXPECT_EQ(m.header("Subject"), "");
  EXPECT_EQ(m.header("NewFangledHeader"), "newfangled value continued newfangled value");
  EXPECT_EQ(m.header("CSeq"), "0009 INVITE");
  EXPECT_EQ(m.body.size(), 150u);
  const auto to = NameAddr::parse(*m.header("To"));
  ASSERT_TRUE(to);
  EXPECT_EQ(to->tag(), "1918181833n");
  EXPECT_EQ(NameAddr::parse(*m.header("From"))->display, "J Rosenberg \\\"");
  const auto vias = m.all("Via");
  ASSERT_EQ(vias.size(), 3u);
  EXPECT_EQ(Via::parse(vias[0])->write(), "SIP/2.0/UDP 192.0.2.2;branch=390skdjuw");
  EXPECT_EQ(Via::parse(vias[1])->branch(), "z9hG4bK9ikj8");
  EXPECT_EQ(Via::parse(vias[2])->host, "192.168.255.111");
  const auto contacts = m.all("Contact");
  ASSERT_EQ(contacts.size(), 1u);
  const auto contact = NameAddr::parse(contacts[0]);
  EXPECT_EQ(contact->display, "Quoted string \"\"");
  EXPECT_EQ(contact->params.value("newparam"), "newvalue");
  EXPECT_EQ(contact->params.value("q"), "0.33");
  EXPECT_TRUE(Uri::parse(m.request_uri)->params.has("unknownparam"));
}

TEST_F(Torture, AnUnquotedCommaInANameIsTheFaultOfBaddn) {
  const auto m = Message::parse(files_["baddn"] + "\r\n");
  ASSERT_TRUE(m);
  const auto complaint = check_request(*m);
  ASSERT_TRUE(complaint);
  EXPECT_STREQ(complaint->what, "From");
}

TEST_F(Torture, EscapesAreUndoneOnce) {
  const auto m = parsed("esc01");
  EXPECT_EQ(Uri::parse(m.request_uri)->user, "sips:user@example.com");
  EXPECT_EQ(NameAddr::parse(*m.header("To"))->uri.user, "user");
  EXPECT_EQ(NameAddr::parse(*m.header("From"))->uri.user, "I have spaces");
  const auto contact = NameAddr::parse(*m.header("Contact"));
  EXPECT_EQ(contact->uri.user, "caller");
  EXPECT_TRUE(contact->uri.is_loose_router());
  EXPECT_EQ(contact->uri.params.value("name"), "value%41");
  EXPECT_EQ(parsed("esc02").all("Contact").size(), 2u);  // C%6Fntact is another header
  EXPECT_EQ(NameAddr::parse(*parsed("esc02").header("To"))->display, "%Z%45");
}

TEST_F(Torture, TheSecondRequestOfADatagramIsCutOff) {
  const auto m = parsed("dblreq");
  EXPECT_EQ(m.method, "REGISTER");
  EXPECT_EQ(m.body, "");
}

TEST_F(Torture, ParametersLandOnTheRightSideOfTheBracket) {
  const auto bare = NameAddr::parse(*parsed("cparam01").header("Contact"));
  EXPECT_TRUE(bare->params.has("unknownparam"));
  EXPECT_TRUE(bare->uri.params.empty());
  const auto bracketed = NameAddr::parse(*parsed("cparam02").header("Contact"));
  EXPECT_TRUE(bracketed->params.empty());
  EXPECT_TRUE(bracketed->uri.params.has("unknownparam"));
  EXPECT_EQ(NameAddr::parse(*parsed("regescrt").header("Contact"))->uri.headers.value("Route"),
            "<sip:sip.example.com>");
  EXPECT_EQ(Uri::parse(parsed("semiuri").request_uri)->user, "user;par=u@example.net");
}

TEST_F(Torture, EveryTransportAndOddBranchIsKept) {
  const auto m = parsed("transports");
  const auto vias = m.all("Via");
  ASSERT_EQ(vias.size(), 5u);
  EXPECT_EQ(Via::parse(vias[3])->transport, "UNKNOWN");
  EXPECT_FALSE(Via::parse(*parsed("badbranch").header("Via"))->has_magic_cookie());
  EXPECT_EQ(Via::parse(*parsed("esc02").header("Via"))->branch(), "z9hG4bK209%fzsnel234");
}

TEST_F(Torture, UnknownExtensionsAreNamed) {
  const auto complaint = check_request(parsed("bext01"));
  ASSERT_TRUE(complaint);
  EXPECT_EQ(complaint->headers.at(0).value,
            "nothingSupportsThis, nothingSupportsThisEither, noProxiesSupportThis, "
            "norDoAnyProxiesSupportThis");
}

TEST_F(Torture, WhatParsesIsTheSameAfterWriting) {
  for (const auto& [name, bytes] : files_) {
    const auto first = Message::parse(bytes);
    if (!first) continue;
    const auto second = Message::parse(first->write());
    ASSERT_TRUE(second) << name;
    EXPECT_EQ(second->body, first->body) << name;
    EXPECT_EQ(second->write(), first->write()) << name;
  }
}

}  // namespace
}  // namespace daedap::sip
