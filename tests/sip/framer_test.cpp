#include "sip/framer.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace daedap::sip {
namespace {

std::string message(std::string_view body, std::string_view length_name = "Content-Length") {
  return "INFO sip:a@b SIP/2.0\r\nTo: <sip:a@b>\r\n" + std::string(length_name) + ": " +
         std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

/// What came out, pings as "PING".
std::vector<std::string> drain(StreamFramer& framer) {
  std::vector<std::string> out;
  while (auto frame = framer.take()) out.push_back(frame->ping ? "PING" : frame->message);
  return out;
}

std::vector<std::string> feed(StreamFramer& framer, std::string_view bytes, std::size_t step) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < bytes.size(); i += step) {
    framer.on_bytes(bytes.substr(i, step));
    for (auto& frame : drain(framer)) out.push_back(std::move(frame));
  }
  return out;
}

TEST(StreamFramer, GivesTheSameMessagesForAnySizeOfPiece) {
  const std::vector<std::string> sent{message("abc"), message("", "l"), message("x\r\n\r\ny", "L ")};
  std::string stream;
  for (const auto& m : sent) stream += m;
  for (std::size_t step : {1u, 2u, 3u, 5u, 7u, 50u, 10'000u}) {
    StreamFramer framer;
    EXPECT_EQ(feed(framer, stream, step), sent) << step;
    EXPECT_EQ(framer.buffered(), 0u);
    EXPECT_FALSE(framer.broken());
  }
}

TEST(StreamFramer, TellsPingsFromPaddingBetweenMessages) {  // RFC 5626 §3.5.1
  const std::string m = message("abc");
  for (std::size_t step : {1u, 3u, 1'000u}) {
    StreamFramer framer;
    const auto out = feed(framer, "\r\n\r\n" + m + "\r\n" + m + "\r\n\r\n\r\n\r\n", step);
    EXPECT_EQ(out, (std::vector<std::string>{"PING", m, m, "PING", "PING"})) << step;
  }
}

TEST(StreamFramer, WaitsForTheRestOfABody) {
  StreamFramer framer;
  const std::string m = message("abcdef");
  framer.on_bytes(m.substr(0, m.size() - 1));
  EXPECT_FALSE(framer.take());
  EXPECT_EQ(framer.buffered(), m.size() - 1);
  framer.on_bytes("f");
  EXPECT_EQ(framer.take()->message, m);
}

TEST(StreamFramer, ReadsAFoldedContentLength) {
  StreamFramer framer;
  const std::string m = "INFO sip:a@b SIP/2.0\r\nSubject: x\r\n l: 9\r\nContent-Length:\r\n  3\r\n\r\nabc";
  EXPECT_EQ(feed(framer, m, 1), std::vector<std::string>{m});
}

TEST(StreamFramer, BreaksWithoutAUsableContentLength) {
  for (const char* head : {"To: x\r\n", "l: 1\r\nl: 2\r\n", "l: -1\r\n", "l: x\r\n", "l:\r\n", "l: 65537\r\n",
                           "l: 99999999999999999999\r\n", ""}) {
    StreamFramer framer;
    framer.on_bytes(std::string("INFO sip:a@b SIP/2.0\r\n") + head + "\r\nabc");
    EXPECT_FALSE(framer.take()) << head;
    EXPECT_TRUE(framer.broken()) << head;
    EXPECT_FALSE(framer.complaint().empty());
  }
}

TEST(StreamFramer, GivesWhatCameBeforeTheBreakAndNothingAfter) {
  StreamFramer framer;
  framer.on_bytes(message("abc") + "INFO x SIP/2.0\r\n\r\n" + message("def"));
  EXPECT_EQ(drain(framer), std::vector<std::string>{message("abc")});
  EXPECT_TRUE(framer.broken());
  framer.on_bytes(message("ghi"));
  EXPECT_TRUE(drain(framer).empty());
  EXPECT_EQ(framer.buffered(), 0u);
}

TEST(StreamFramer, BreaksOnBytesThatStartNoMessage) {
  for (const char* bad : {" INFO", "\n\n", "\rx", "\x16\x03\x01", "\x80"}) {
    StreamFramer framer;
    framer.on_bytes(bad);
    EXPECT_FALSE(framer.take());
    EXPECT_TRUE(framer.broken()) << bad;
  }
}

TEST(StreamFramer, BreaksOnHeadersWithoutEnd) {
  StreamFramer framer({.message = 1'000});
  for (int i = 0; i < 40 && !framer.broken(); ++i) {
    framer.on_bytes("Subject: abcdefghijklmnopq\r\n");
    EXPECT_FALSE(framer.take());
    EXPECT_LE(framer.buffered(), 1'030u);
  }
  EXPECT_TRUE(framer.broken());
}

TEST(StreamFramer, BreaksOnAMessageOverTheCap) {
  StreamFramer framer({.message = 100});
  framer.on_bytes(message(std::string(80, 'x')));
  EXPECT_FALSE(framer.take());
  EXPECT_TRUE(framer.broken());
}

TEST(StreamFramer, HoldsNoMoreThanItNeedsOverALongStream) {
  std::string stream;
  for (int i = 0; i < 1'000; ++i) stream += message(std::string(1'000, 'x'));
  StreamFramer framer;
  std::size_t messages = 0;
  for (std::size_t i = 0; i < stream.size(); i += 1'500) {
    framer.on_bytes(std::string_view(stream).substr(i, 1'500));
    messages += drain(framer).size();
    ASSERT_LT(framer.buffered(), 1'100u);  // less than one message
  }
  EXPECT_EQ(messages, 1'000u);
}

}  // namespace
}  // namespace daedap::sip
