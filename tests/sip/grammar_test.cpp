#include "sip/grammar.hpp"

#include <gtest/gtest.h>

namespace daedap::sip {
namespace {

TEST(Grammar, KnowsTokensOfRfc3261Section25) {
  EXPECT_TRUE(is_token("z9hG4bK-.!%*_+`'~"));
  EXPECT_FALSE(is_token(""));
  for (const char* bad : {"a b", "a;b", "a@b", "a\"b", "a/b", "a:b", "\xc3\xa9"}) {
    EXPECT_FALSE(is_token(bad)) << bad;
  }
}

TEST(Grammar, KnowsCallIds) {
  EXPECT_TRUE(is_call_id("a84b4c76e66710@pc33.atlanta.com"));
  EXPECT_TRUE(is_call_id("intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"));
  for (const char* bad : {"", "@", "a@", "@a", "a@b@c", "a b", "a,b"}) EXPECT_FALSE(is_call_id(bad)) << bad;
}

TEST(Grammar, ComparesWordsWithoutCase) {
  EXPECT_TRUE(same_word("Call-ID", "cALL-id"));
  EXPECT_FALSE(same_word("Via", "Vi"));
  EXPECT_FALSE(same_word("[", "{"));  // differ by the same bit as letters do
}

TEST(Grammar, ReadsNumbersUpToTheirCap) {
  EXPECT_EQ(parse_number("0068", 255), 68u);
  EXPECT_EQ(parse_number("255", 255), 255u);
  EXPECT_EQ(parse_number("4294967295", 4294967295u), 4294967295u);
  EXPECT_EQ(parse_number("18446744073709551615", UINT64_MAX), UINT64_MAX);
  for (const char* bad : {"", "256", "-1", "+1", "1 ", "0x1", "1e3", "99999999999999999999999999"}) {
    EXPECT_FALSE(parse_number(bad, 255)) << bad;
  }
  EXPECT_FALSE(parse_number("18446744073709551616", UINT64_MAX));
  EXPECT_FALSE(parse_number("7", 5));
}

TEST(Grammar, QuotesAndUnquotesToTheSameText) {
  EXPECT_EQ(unquote(R"("a \"b\" \\ c")"), R"(a "b" \ c)");
  EXPECT_EQ(unquote("plain"), "plain");
  EXPECT_EQ(unquote("\""), "\"");
  for (const std::string text : {R"(a "b" \ c)", "", "\x07", "김철수"}) EXPECT_EQ(unquote(quote(text)), text);
}

TEST(Grammar, QuoteNeverEndsALine) { EXPECT_EQ(quote("a\r\nVia: x"), "\"a  Via: x\""); }

TEST(Grammar, GivesLongNamesForCompactOnes) {
  EXPECT_EQ(canonical_name("v"), "Via");
  EXPECT_EQ(canonical_name("I"), "Call-ID");
  EXPECT_EQ(canonical_name("cseq"), "CSeq");
  EXPECT_EQ(canonical_name("x"), "Session-Expires");
  EXPECT_EQ(canonical_name("X-Own"), "X-Own");
  EXPECT_EQ(canonical_name("q"), "q");
  EXPECT_EQ(canonical_name(""), "");
}

TEST(Grammar, KnowsWhichHeadersAreLists) {
  for (const char* list : {"Via", "route", "Record-Route", "m", "Allow", "Supported", "Require"}) {
    EXPECT_TRUE(is_list_header(list)) << list;
  }
  for (const char* one : {"From", "To", "Date", "WWW-Authenticate", "Subject", "X-Own", "Call-ID"}) {
    EXPECT_FALSE(is_list_header(one)) << one;
  }
}

TEST(Scanner, TakesHostsOfEachKind) {
  EXPECT_EQ(Scanner("pc33.atlanta.com:5060").take_host(), "pc33.atlanta.com");
  EXPECT_EQ(Scanner("192.0.2.1;x").take_host(), "192.0.2.1");
  EXPECT_EQ(Scanner("[2001:db8::1]:5060").take_host(), "2001:db8::1");
  for (const char* bad : {"", "[", "[1]", "[2001:db8::1", "[zz::]", ".x", "-x", "@"}) {
    EXPECT_EQ(Scanner(bad).take_host(), "") << bad;
  }
  EXPECT_EQ(Scanner(std::string(256, 'a')).take_host(), "");
}

TEST(Scanner, TakesQuotedStringsWithEscapedQuotes) {
  Scanner in(R"("a\"b" rest)");
  EXPECT_EQ(in.take_quoted(), R"("a\"b")");
  in.skip_space();
  EXPECT_EQ(in.rest(), "rest");
  EXPECT_EQ(Scanner(R"("open\")").take_quoted(), "");
  EXPECT_EQ(Scanner("\"open\\").take_quoted(), "");
}

TEST(Scanner, TakesSeparatorsWithTheSpaceAroundThem) {
  Scanner in(" \t; x");
  EXPECT_FALSE(in.take(','));
  EXPECT_TRUE(in.take(';'));
  EXPECT_EQ(in.take_token(), "x");
  EXPECT_TRUE(in.at_end());
  EXPECT_FALSE(in.take('\0'));
}

}  // namespace
}  // namespace daedap::sip
