#include "sip/name_addr.hpp"

#include <gtest/gtest.h>

namespace daedap::sip {
namespace {

using namespace std::string_literals;

NameAddr address(std::string_view text) {
  auto parsed = NameAddr::parse(text);
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().message());
  return parsed ? *parsed : NameAddr{};
}

TEST(NameAddr, ParsesNameUriAndTag) {
  const auto a = address(R"("Bell, \"Al\" \\ x" <sip:a.g.bell@bell-tel.com;user=phone> ;tag=a48s)");
  EXPECT_EQ(a.display, R"(Bell, "Al" \ x)");
  EXPECT_EQ(a.uri.user, "a.g.bell");
  EXPECT_TRUE(a.uri.params.has("user"));
  EXPECT_EQ(a.tag(), "a48s");
  EXPECT_EQ(a.write(), R"("Bell, \"Al\" \\ x" <sip:a.g.bell@bell-tel.com;user=phone>;tag=a48s)");
}

TEST(NameAddr, GivesParametersBehindABareUriToTheHeader) {  // RFC 3261 §20
  const auto a = address("sip:+12125551212@server.phone2net.com;tag=887s;x");
  EXPECT_TRUE(a.uri.params.empty());
  EXPECT_EQ(a.tag(), "887s");
  EXPECT_EQ(a.write(), "<sip:+12125551212@server.phone2net.com>;tag=887s;x");
}

TEST(NameAddr, TakesNamesOfTokensWithoutSpaceBeforeTheBracket) {  // RFC 4475 §3.1.1.6
  EXPECT_EQ(address("caller<sip:caller@example.com>;tag=323").display, "caller");
  EXPECT_EQ(address("token1~` token2'+_ token3*%!.- <sip:m@e.com>").display, "token1~` token2'+_ token3*%!.-");
  EXPECT_EQ(address("<sip:a@b>").display, "");
}

TEST(NameAddr, TakesKoreanNamesWithAndWithoutQuotes) {
  EXPECT_EQ(address("\"김철수\" <sip:a@b>").display, "김철수");
  EXPECT_EQ(address("김철수 <sip:a@b>").display, "김철수");
}

TEST(NameAddr, KnowsTheStarOfContact) {
  EXPECT_TRUE(address(" * ").star);
  EXPECT_EQ(address("*").write(), "*");
}

TEST(NameAddr, AllowsAnySchemeInBrackets) {
  EXPECT_EQ(address("<http://www.example.com>;tag=3234233").uri.scheme, "http");
  EXPECT_EQ(address("isbn:2983792873").uri.opaque, "2983792873");
}

TEST(NameAddr, KeepsQuotedParametersWithBracketsApart) {
  const auto a = address(R"(sip:a@b;x="<sip:c@d>")");
  EXPECT_EQ(a.uri.host, "b");
  EXPECT_EQ(a.params.value("x"), R"("<sip:c@d>")");
}

TEST(NameAddr, RefusesWhatTheGrammarRefuses) {
  for (const char* bad :
       {"", "<>", "<sip:a@b", "sip:a@b>", "\"Mr. J. User <sip:j.user@example.com>", "\"x\" sip:a@b",
        "\"Watson, Thomas\" < sip:t.watson@example.org >", "Bell, Alexander <sip:a.g.bell@example.com>",
        "sip:user@example.com?Route=%3Csip:sip.example.com%3E", "\"Joe\" <sip:joe@example.org>;;;;",
        "<sip:a@b> x", "<sip:a@b>, <sip:c@d>", "sip:a@b, sip:c@d", "sip:a@b c", "alan@jasomi.com",
        "<sip:a@b>;tag=", "<sip:null-%00-null@example.com>", "a\x01 <sip:a@b>", "*;q=1", "\"\\\" <sip:a@b>"}) {
    EXPECT_FALSE(NameAddr::parse(bad)) << bad;
  }
}

TEST(NameAddr, SetsTheTag) {
  auto a = address("<sip:a@b>;x=y");
  EXPECT_FALSE(a.tag());
  a.set_tag("one");
  a.set_tag("two");
  EXPECT_EQ(a.write(), "<sip:a@b>;x=y;tag=two");
}

TEST(NameAddr, WritesControlCharactersOfANameAsPairs) {  // RFC 4475 §3.1.1.2
  const std::string text = "\"BEL:\\\x07 NUL:\\\0 DEL:\\\x7f\" <sip:a@b>"s;
  EXPECT_EQ(address(text).display, "BEL:\x07 NUL:\0 DEL:\x7f"s);
  EXPECT_EQ(address(text).write(), text);
}

}  // namespace
}  // namespace daedap::sip
