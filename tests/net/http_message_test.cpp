#include "net/http_message.hpp"

#include <gtest/gtest.h>

namespace daedap::net {
namespace {

HttpRequest of(std::string target) {
  HttpRequest request;
  request.target = std::move(target);
  return request;
}

TEST(HttpTarget, SplitsPathAndQueryAndUndoesEscapes) {
  HttpRequest request = of("/a%20b/c?x=1%2B2&y=a+b&flag&x=3");
  ASSERT_TRUE(split_target(request));
  EXPECT_EQ(request.path, "/a b/c");
  EXPECT_EQ(request.query, (std::map<std::string, std::string>{{"x", "3"}, {"y", "a b"}, {"flag", ""}}));
}

TEST(HttpTarget, RefusesWhatIsHostile) {
  for (const char* target : {"", "a", "http://x/", "/%", "/%4", "/%zz", "/a%00b", "/../etc/passwd",
                             "/a/%2e%2e/b", "/a/..", "/?x=%f", "*"}) {
    HttpRequest request = of(target);
    EXPECT_FALSE(split_target(request)) << target;
  }
}

TEST(HttpCookie, FindsTheWholeNameOnly) {
  HttpRequest request;
  request.headers["cookie"] = "xsession=1; session=abc; other=2";
  EXPECT_EQ(request.cookie("session"), "abc");
  EXPECT_EQ(request.cookie("other"), "2");
  EXPECT_EQ(request.cookie("sess"), "");
}

struct RangeCase {
  const char* header;
  RangeAnswer answer;
  std::uint64_t first, length;
};

TEST(HttpRange, FollowsRfc9110Section14_1_2) {
  for (const RangeCase& c : {RangeCase{"bytes=0-0", RangeAnswer::part, 0, 1},
                             {"bytes=10-19", RangeAnswer::part, 10, 10},
                             {"bytes=90-200", RangeAnswer::part, 90, 10},
                             {"bytes=50-", RangeAnswer::part, 50, 50},
                             {"bytes=-30", RangeAnswer::part, 70, 30},
                             {"bytes=-300", RangeAnswer::part, 0, 100}}) {
    ByteRange range;
    EXPECT_EQ(byte_range(c.header, 100, range), c.answer) << c.header;
    EXPECT_EQ(range.first, c.first) << c.header;
    EXPECT_EQ(range.length, c.length) << c.header;
  }
}

TEST(HttpRange, AnswersTheWholeFileToWhatItDoesNotUnderstand) {
  for (const char* header : {"", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "lines=1-2", "bytes=1-2,4-5",
                             "bytes=99999999999999999999999-", "bytes=--5", "bytes= 1-2"}) {
    ByteRange range;
    EXPECT_EQ(byte_range(header, 100, range), RangeAnswer::whole) << header;
    EXPECT_EQ(range.length, 100U);
  }
}

TEST(HttpRange, IsUnsatisfiableBeyondTheEnd) {
  ByteRange range;
  EXPECT_EQ(byte_range("bytes=100-", 100, range), RangeAnswer::unsatisfiable);
  EXPECT_EQ(byte_range("bytes=-0", 100, range), RangeAnswer::unsatisfiable);
  EXPECT_EQ(byte_range("bytes=0-", 0, range), RangeAnswer::unsatisfiable);
}

}  // namespace
}  // namespace daedap::net
