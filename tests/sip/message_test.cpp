#include "sip/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daedap::sip {
namespace {

using base::Code;
using testing::ElementsAre;
using namespace std::string_literals;

constexpr const char* front = "OPTIONS sip:bob@biloxi.com SIP/2.0\r\n";

Message message(std::string_view text) {
  auto parsed = Message::parse(text);
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().message());
  return parsed ? std::move(*parsed) : Message{};
}

Code error(std::string_view text, const Limits& limits = {}) {
  const auto parsed = Message::parse(text, limits);
  EXPECT_FALSE(parsed) << text;
  return parsed ? Code::io : parsed.error().code;
}

TEST(Message, ParsesARequestWithCompactNamesAndBody) {
  const auto m = message(
      "INVITE sip:bob@biloxi.com SIP/2.0\r\n"
      "v: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bK776asdhds\r\n"
      "I:a84b4c76e66710\r\n"
      "cseq \t: 314159 INVITE\r\n"
      "X-Own: one \r\n"
      "l: 4\r\n\r\nv=0\n");
  EXPECT_TRUE(m.is_request());
  EXPECT_EQ(m.method, "INVITE");
  EXPECT_EQ(m.request_uri, "sip:bob@biloxi.com");
  ASSERT_EQ(m.headers.size(), 5u);
  EXPECT_EQ(m.headers[0].name, "Via");
  EXPECT_EQ(m.headers[1].name, "Call-ID");
  EXPECT_EQ(m.headers[2].name, "CSeq");
  EXPECT_EQ(m.headers[3].name, "X-Own");
  EXPECT_EQ(m.headers[3].value, "one");
  EXPECT_EQ(m.header("call-id"), "a84b4c76e66710");
  EXPECT_FALSE(m.header("Contact"));
  EXPECT_EQ(m.body, "v=0\n");
}

TEST(Message, ParsesResponses) {
  const auto m = message("SIP/2.0 180 Ringing now\r\nl: 0\r\n\r\n");
  EXPECT_FALSE(m.is_request());
  EXPECT_EQ(m.status, 180);
  EXPECT_EQ(m.reason, "Ringing now");
  EXPECT_EQ(message("SIP/2.0 100 \r\n\r\n").reason, "");
  EXPECT_EQ(message("SIP/2.0 100\r\n\r\n").status, 100);
  EXPECT_EQ(message("sip/2.0 200 OK\r\n\r\n").status, 200);
}

TEST(Message, RefusesBrokenStatusLines) {
  for (const char* bad : {"SIP/2.0\r\n\r\n", "SIP/2.0 99 x\r\n\r\n", "SIP/2.0 700 x\r\n\r\n",
                          "SIP/2.0 4294967301 x\r\n\r\n", "SIP/2.0 2000\r\n\r\n", "SIP/2.0  200 OK\r\n\r\n",
                          "SIP/2.0 0200 OK\r\n\r\n", "SIP/2.0 20x OK\r\n\r\n", "SIP/2.0 200 a\x01\r\n\r\n"}) {
    EXPECT_EQ(error(bad), Code::bad_syntax) << bad;
  }
}

TEST(Message, RefusesBrokenRequestLines) {
  for (const char* bad : {"", "\r\n\r\n", "INVITE\r\n\r\n", "INVITE sip:a@b\r\n\r\n",
                          "INVITE  sip:a@b SIP/2.0\r\n\r\n", "INVITE sip:a@b  SIP/2.0\r\n\r\n",
                          "INVITE sip:a@b SIP/2.0 \r\n\r\n", " INVITE sip:a@b SIP/2.0\r\n\r\n",
                          "INVITE <sip:a@b> SIP/2.0\r\n\r\n", "INVITE sip:a@b; lr SIP/2.0\r\n\r\n",
                          "IN@VITE sip:a@b SIP/2.0\r\n\r\n", "INVITE sip:a@b SIP/20\r\n\r\n",
                          "INVITE sip:a@b HTTP/1.1\r\n\r\n", "INVITE sip:a\x02@b SIP/2.0\r\n\r\n",
                          "INVITE sip:a@b SIP/2.0\n\n", "INVITE sip:a@b SIP/2.0"}) {
    EXPECT_EQ(error(bad), Code::bad_syntax) << bad;
  }
}

TEST(Message, SaysWhenTheVersionIsNotOurs) {
  EXPECT_EQ(error("INVITE sip:a@b SIP/7.0\r\n\r\n"), Code::unsupported);
  EXPECT_EQ(error("SIP/1.0 200 OK\r\n\r\n"), Code::unsupported);
}

TEST(Message, StepsOverLineEndsBeforeTheStartLine) {  // RFC 3261 §7.5
  EXPECT_EQ(message(std::string("\r\n\r\n") + front + "\r\n").method, "OPTIONS");
}

TEST(Message, UndoesFolding) {  // RFC 3261 §7.3.1
  const auto m = message(std::string(front) + "Subject:\r\n I know \r\n\t you're\r\n  there\r\nTo: x\r\n\r\n");
  EXPECT_EQ(m.header("Subject"), "I know you're there");
  EXPECT_EQ(m.header("To"), "x");
}

TEST(Message, RefusesBrokenHeaderLines) {
  for (const char* bad : {"Foobar roobar\r\n", ": x\r\n", "a b: x\r\n", " Via: x\r\n", "Via x\r\n",
                          "a@b: x\r\n", "Via: x", "Via: x\r", "Via: a\nb\r\n", "Via: a\rb\r\n",
                          "Subject: a\x07\r\n", "Subject: \x7f\r\n", "Subject: a\\\n\r\n"}) {
    EXPECT_EQ(error(std::string(front) + bad + "\r\n"), Code::bad_syntax) << bad;
  }
  EXPECT_EQ(error(std::string(front) + "Subject: a\0b\r\n\r\n"s), Code::bad_syntax);
}

TEST(Message, LetsControlCharactersPassAsQuotedPairs) {
  const std::string to = "To: \"BEL:\\\x07 NUL:\\\0\" <sip:a@b>\r\n\r\n"s;
  EXPECT_EQ(message(front + to).header("To"), "\"BEL:\\\x07 NUL:\\\0\" <sip:a@b>"s);
  EXPECT_EQ(error(std::string(front) + "To: \"\\\\\x07\" <sip:a@b>\r\n\r\n"), Code::bad_syntax);
}

TEST(Message, LetsOpaqueBytesPass) {
  EXPECT_EQ(message(std::string(front) + "Subject: \xff\xfe\x80\r\n\r\n").header("Subject"), "\xff\xfe\x80");
}

TEST(Message, NeedsTheEmptyLine) {
  EXPECT_EQ(error(std::string(front) + "To: x\r\n"), Code::bad_syntax);
}

TEST(Message, CutsTheBodyToContentLength) {  // RFC 3261 §18.3
  EXPECT_EQ(message(std::string(front) + "l: 2\r\n\r\nabcdef").body, "ab");
  EXPECT_EQ(message(std::string(front) + "\r\nabc").body, "abc");
  EXPECT_EQ(message(std::string(front) + "Content-Length: 2\r\nl: 2\r\n\r\nab").body, "ab");
  EXPECT_EQ(message(std::string(front) + "l: 3\r\n\r\n" + "a\0b"s).body, "a\0b"s);
}

TEST(Message, RefusesWrongContentLengths) {
  for (const char* bad : {"l: 4\r\n\r\nabc", "l: -999\r\n\r\nabc", "l: \r\n\r\nabc", "l: 2\r\nl: 3\r\n\r\nabc",
                          "l: 99999999999999999999\r\n\r\nabc", "l: 1 1\r\n\r\nabc", "l: 0x1\r\n\r\nabc"}) {
    EXPECT_EQ(error(std::string(front) + bad), Code::bad_syntax) << bad;
  }
}

TEST(Message, KeepsToItsLimits) {
  const std::string ok = std::string(front) + "A: 1\r\nB: 2\r\n\r\n";
  EXPECT_EQ(error(ok, {.message = ok.size() - 1}), Code::too_large);
  EXPECT_EQ(error(ok, {.headers = 1}), Code::too_large);
  EXPECT_EQ(error(std::string(front) + "A: " + std::string(16'500, 'x') + "\r\n\r\n"), Code::too_large);
  std::string folded = std::string(front) + "A:";
  for (int i = 0; i < 9'000; ++i) folded += "\r\n x";
  EXPECT_EQ(error(folded + "\r\n\r\n"), Code::too_large);
  EXPECT_EQ(error(std::string(20'000, 'x') + " sip:a@b SIP/2.0\r\n\r\n"), Code::too_large);
}

TEST(Message, AllSplitsListsOutsideQuotesAndBrackets) {
  const auto m = message(std::string(front) +
                         "Route: <sip:a;x=1,2@p1>, \"a, \\\", b\" <sip:p2;lr> , , <sip:p3>;x=\"1,2\"\r\n"
                         "Subject: a, b\r\n"
                         "Route:<sip:p4>,\r\n"
                         "Supported:\r\n\r\n");
  EXPECT_THAT(m.all("route"), ElementsAre("<sip:a;x=1,2@p1>", "\"a, \\\", b\" <sip:p2;lr>",
                                          "<sip:p3>;x=\"1,2\"", "<sip:p4>"));
  EXPECT_THAT(m.all("Subject"), ElementsAre("a, b"));
  EXPECT_TRUE(m.all("Supported").empty());
  EXPECT_TRUE(m.all("Via").empty());
}

TEST(Message, AllGivesTheRestWhenAQuoteDoesNotEnd) {
  const auto m = message(std::string(front) + "Contact: <sip:a@b>, \"x, y\\\r\nm: <sip:a, b\r\n\r\n");
  EXPECT_THAT(m.all("Contact"), ElementsAre("<sip:a@b>", "\"x, y\\", "<sip:a, b"));
}

TEST(Message, AddsSetsAndRemoves) {
  Message m;
  m.add("v", "1");
  m.add("To", "x");
  m.add("Via", "2");
  m.set("TO", "y");
  m.set("Expires", "5");
  EXPECT_THAT(m.all("Via"), ElementsAre("1", "2"));
  m.set("via", "3");
  EXPECT_THAT(m.all("Via"), ElementsAre("3"));
  EXPECT_EQ(m.headers[0].name, "Via");
  EXPECT_EQ(m.header("To"), "y");
  m.remove("VIA");
  EXPECT_FALSE(m.header("Via"));
  EXPECT_EQ(m.headers.size(), 2u);
}

TEST(Message, WritesContentLengthAnew) {
  Message m;
  m.method = "INFO";
  m.request_uri = "sip:a@b";
  m.add("Content-Length", "999");
  m.add("To", "<sip:a@b>");
  m.body = "abc";
  EXPECT_EQ(m.write(), "INFO sip:a@b SIP/2.0\r\nTo: <sip:a@b>\r\nContent-Length: 3\r\n\r\nabc");
}

TEST(Message, WritesResponses) {
  Message m;
  m.status = 486;
  m.reason = "Busy Here";
  EXPECT_EQ(m.write(), "SIP/2.0 486 Busy Here\r\nContent-Length: 0\r\n\r\n");
}

TEST(Message, NoValueBreaksOutOfItsLine) {
  Message m;
  m.status = 200;
  m.reason = "OK\r\nX: y";
  m.add("Subject", "a\r\nRoute: <sip:evil>\n");
  const auto again = message(m.write());
  EXPECT_EQ(again.reason, "OK  X: y");
  EXPECT_EQ(again.header("Subject"), "a  Route: <sip:evil>");
  EXPECT_FALSE(again.header("Route"));
}

}  // namespace
}  // namespace daedap::sip
