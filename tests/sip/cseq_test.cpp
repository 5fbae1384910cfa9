#include "sip/cseq.hpp"

#include <gtest/gtest.h>

namespace daedap::sip {
namespace {

TEST(CSeq, ParsesAndWrites) {
  EXPECT_EQ(CSeq::parse("4711 INVITE"), (CSeq{4711, "INVITE"}));
  EXPECT_EQ(CSeq::parse(" 0009 \t INVITE "), (CSeq{9, "INVITE"}));
  EXPECT_EQ(CSeq::parse("4294967295 x")->number, 4294967295u);
  EXPECT_EQ((CSeq{1, "BYE"}.write()), "1 BYE");
}

TEST(CSeq, RefusesWhatDoesNotFit) {
  for (const char* bad : {"", "1", "INVITE", "INVITE 1", "1 ", "-1 INVITE", "4294967296 INVITE",
                          "36893488147419103232 REGISTER", "1 INVITE x", "1 IN\x01", "1INVITE"}) {
    EXPECT_FALSE(CSeq::parse(bad)) << bad;
  }
}

TEST(MaxForwards, IsOneByte) {
  EXPECT_EQ(parse_max_forwards("70"), 70);
  EXPECT_EQ(parse_max_forwards(" 0068 "), 68);
  EXPECT_EQ(parse_max_forwards("0"), 0);
  for (const char* bad : {"", "256", "-1", "7 0", "x"}) EXPECT_FALSE(parse_max_forwards(bad)) << bad;
}

TEST(Expires, IsFourBytes) {
  EXPECT_EQ(parse_expires("3600"), 3600u);
  EXPECT_EQ(parse_expires("4294967295"), 4294967295u);
  for (const char* bad : {"", "4294967296", "1.5", "-1"}) EXPECT_FALSE(parse_expires(bad)) << bad;
}

TEST(RetryAfter, StepsOverCommentAndParameters) {  // RFC 3261 §20.33
  EXPECT_EQ(parse_retry_after("18000;duration=3600"), 18000u);
  EXPECT_EQ(parse_retry_after("120 (I'm in (a \\) long) meeting)"), 120u);
  EXPECT_EQ(parse_retry_after("5 (x) ;duration=1"), 5u);
  for (const char* bad : {"", "x", "949302838503028349304023988", "5 (open", "5 x", "5;;"}) {
    EXPECT_FALSE(parse_retry_after(bad)) << bad;
  }
}

}  // namespace
}  // namespace daedap::sip
