#include <gtest/gtest.h>

#include "sip/endpoint.hpp"

namespace daedap::sip {
namespace {

std::string message(std::string_view headers) {
  return "INVITE sip:a@b SIP/2.0\r\n" + std::string(headers) + "\r\n\r\ncall-id: body\r\n";
}

TEST(PeekCallId, FindsEachSpelling) {
  for (const char* line : {"Call-ID: x1@y", "i:x1@y", "I : x1@y ", "CALL-ID\t:  \tx1@y", "call-id:\r\n  x1@y"}) {
    EXPECT_EQ(peek_call_id(message(std::string("Content-Type: a\r\n") + line + "\r\nTo: z")), "x1@y") << line;
  }
  EXPECT_EQ(peek_call_id("\r\n\r\n" + message("i: x1@y")), "x1@y");
  EXPECT_EQ(peek_call_id("SIP/2.0 200 OK\r\ni: x1@y\r\n\r\n"), "x1@y");
}

TEST(PeekCallId, AgreesWithTheParser) {
  const auto text = message("Subject: a\r\n i: no\r\nX-Call-ID: no\r\nCall-ID-Old: no\r\ni: yes\r\ni: later");
  EXPECT_EQ(peek_call_id(text), "yes");
  EXPECT_EQ(peek_call_id(text), Message::parse(text)->header("Call-ID"));
}

TEST(PeekCallId, IsEmptyWhenThereIsNone) {
  for (const std::string text : {"", "\r\n", "x", "INVITE sip:a@b SIP/2.0\r\n", "INVITE\r\nCall-ID: x", "i: x\r\n\r\n"}) {
    EXPECT_EQ(peek_call_id(text), "") << text;
  }
  EXPECT_EQ(peek_call_id(message("To: x")), "");
}

TEST(PeekCallId, LooksNoFurtherThanEightKilobytes) {
  EXPECT_EQ(peek_call_id(message("Subject: " + std::string(8'200, 'x') + "\r\ni: y")), "");
}

}  // namespace
}  // namespace daedap::sip
