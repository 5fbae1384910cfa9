#include "sdp/session.hpp"

#include <gtest/gtest.h>

#include <ctime>
#include <string>

#include "base/random.hpp"
#include "sdp/offer_answer.hpp"

namespace daedap::sdp {
namespace {

using base::Code;

const std::string head = "v=0\r\no=jdoe 3724394400 3724394405 IN IP4 198.51.100.1\r\ns=-\r\nt=0 0\r\n";

// The example of RFC 8866 §5.
const std::string rfc_example =
    "v=0\r\n"
    "o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1\r\n"
    "s=Call to John Smith\r\n"
    "i=SDP Offer #1\r\n"
    "u=http://www.jdoe.example.com/home.html\r\n"
    "e=Jane Doe <jane@jdoe.example.com>\r\n"
    "p=+1 617 555-6011\r\n"
    "c=IN IP4 198.51.100.1\r\n"
    "t=0 0\r\n"
    "m=audio 49170 RTP/AVP 0\r\n"
    "m=audio 49180 RTP/AVP 0\r\n"
    "m=video 51372 RTP/AVP 99\r\n"
    "c=IN IP6 2001:db8::2\r\n"
    "a=rtpmap:99 h263-1998/90000\r\n";

Code code(const std::string& text) {
  const auto s = Session::parse(text);
  EXPECT_FALSE(s) << text.substr(0, 200);
  return s ? Code::io : s.error().code;
}

std::string repeat(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Session, ReadsTheExampleOfTheSpecification) {
  const auto s = Session::parse(rfc_example);
  ASSERT_TRUE(s);
  EXPECT_EQ(s->session_id, 3724394400u);
  EXPECT_EQ(s->version, 3724394405u);
  EXPECT_EQ(s->connection->address->ip_text(), "198.51.100.1");
  ASSERT_EQ(s->media.size(), 3u);
  EXPECT_EQ(s->media[0].port, 49170);
  EXPECT_EQ(s->media[0].protocol, "RTP/AVP");
  EXPECT_FALSE(s->media[0].connection);
  EXPECT_EQ(s->media[2].type, "video");
  EXPECT_EQ(s->media[2].connection->address->ip_text(), "2001:db8::2");
  EXPECT_EQ(*s->media[2].attribute("rtpmap"), "99 h263-1998/90000");
}

TEST(Session, KeepsAttributesWhereTheyStand) {
  const auto s = Session::parse(head + "a=sendonly\r\na=x-new:1:2\r\nm=audio 4 RTP/AVP 0\r\na=inactive\r\n");
  ASSERT_TRUE(s);
  EXPECT_TRUE(s->attribute("sendonly"));
  EXPECT_EQ(*s->attribute("x-new"), "1:2");
  EXPECT_TRUE(s->media[0].attribute("inactive"));
  EXPECT_FALSE(s->media[0].attribute("sendonly"));
}

TEST(Session, AcceptsBareLineFeedsABlankEndAndAMissingLastLineEnd) {
  EXPECT_TRUE(Session::parse("v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nt=0 0\n\n"));
  EXPECT_TRUE(Session::parse("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio 9 RTP/AVP 0"));
}

TEST(Session, AcceptsAPortCountAndASpaceAtTheEnd) {
  const auto s = Session::parse(head + "m=audio 49170/2 RTP/AVP 0 8 \r\n");
  ASSERT_TRUE(s);
  EXPECT_EQ(s->media[0].port, 49170);
  EXPECT_EQ(s->media[0].formats, (std::vector<std::string>{"0", "8"}));
}

TEST(Session, HasNoAddressForAHostName) {
  const auto s = Session::parse(head + "c=IN IP4 media.example.com\r\n");
  ASSERT_TRUE(s);
  ASSERT_TRUE(s->connection);
  EXPECT_FALSE(s->connection->address);
}

TEST(Session, RefusesAFormatThatIsNoTokenAtOnce) {  // endless loop of an older stack
  EXPECT_EQ(code(head + "m=audio 40000 foo/bar \xff\r\n"), Code::bad_syntax);
}

TEST(Session, RefusesLinesThatBreakTheGrammar) {
  for (const char* line :
       {"audio", "m", "=x", "M=audio 1 RTP/AVP 0", "m=", "m=audio", "m=audio 1", "m=audio 1 RTP/AVP",
        "m=audio x RTP/AVP 0", "m=audio -1 RTP/AVP 0", "m=audio 65536 RTP/AVP 0", "m=audio 1/x RTP/AVP 0",
        "m= 1 RTP/AVP 0", "m=audio 1 RTP//AVP 0", "m=audio 1 RTP/AVP 0  8", "m=audio 1 RTP/AVP 0,8",
        "c=IN IP4", "c=IN IP4 ", "c=IN IP5 1.2.3.4", "c=ATM IP4 1.2.3.4", "c=IN IP4 1.2.3.999", "c=IN IP6 1.2.3.4",
        "c=IN IP4 2001:db8::1", "c=IN IP4 a b", "c=IN IP4 h\xc3\xb6st", "a=", "a=:x", "a=b c:1", "t=0", "t=now 0",
        "v=1", "o=- 1 1 IN IP4 1.1.1.1"}) {
    EXPECT_EQ(code(head + std::string(line) + "\r\n"), Code::bad_syntax) << line;
  }
  EXPECT_EQ(code(head + std::string("a=b:\0c", 6) + "\r\n"), Code::bad_syntax) << "NUL";
  EXPECT_EQ(code(head + "a=b:\rc\r\n"), Code::bad_syntax) << "CR inside";
}

TEST(Session, NeedsVersionAndOrigin) {
  EXPECT_EQ(code(""), Code::bad_syntax);
  EXPECT_EQ(code("o=- 1 1 IN IP4 1.1.1.1\r\n"), Code::bad_syntax);
  EXPECT_EQ(code("v=0\r\ns=-\r\n"), Code::bad_syntax);
  EXPECT_EQ(code("v=0\r\no=- 1 IN IP4 1.1.1.1\r\n"), Code::bad_syntax);
  EXPECT_EQ(code("v=0\r\no=- x 1 IN IP4 1.1.1.1\r\n"), Code::bad_syntax);
}

TEST(Session, BoundsEverything) {
  EXPECT_TRUE(Session::parse(head + repeat("m=audio 1 RTP/AVP 0\r\n", 64)));
  EXPECT_EQ(code(head + repeat("m=audio 1 RTP/AVP 0\r\n", 65)), Code::too_large);
  EXPECT_TRUE(Session::parse(head + repeat("a=b\r\n", 256)));
  EXPECT_EQ(code(head + repeat("a=b\r\n", 257)), Code::too_large);
  EXPECT_EQ(code(head + "m=audio 1 RTP/AVP 0\r\n" + repeat("a=b\r\n", 257)), Code::too_large);
  EXPECT_TRUE(Session::parse(head + "m=audio 1 RTP/AVP" + repeat(" 0", 64) + "\r\n"));
  EXPECT_EQ(code(head + "m=audio 1 RTP/AVP" + repeat(" 0", 65) + "\r\n"), Code::too_large);
  EXPECT_EQ(code(head + "s=" + std::string(32 * 1024, 'x') + "\r\n"), Code::too_large);
}

/// Milliseconds of CPU that parsing and answering takes, the better of three.
double cost(const std::string& text) {
  double best = 1e9;
  LocalMedia local;
  local.codecs = {{.name = "PCMU"}};
  for (int i = 0; i < 3; ++i) {
    const std::clock_t start = std::clock();
    (void)answer(text, local);
    best = std::min(best, 1000.0 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  return best;
}

TEST(Session, TakesLinearTimeForTheLargestInput) {
  const std::string codecs = [] {
    std::string s = "m=audio 1 RTP/AVP";
    for (int i = 64; i < 128; ++i) s += " " + std::to_string(i);
    s += "\r\n";
    for (int i = 0; i < 256; ++i) s += "a=rtpmap:" + std::to_string(i % 128) + " x/8000\r\n";
    return s;
  }();
  for (const std::string& text :
       {head + repeat("i=x\r\n", 6400), head + std::string(32'000, '\n'), head + repeat("c=IN IP4 a.b\r\n", 2000),
        head + "a=" + std::string(32'000, ':') + "\r\n", head + repeat(codecs, 5),
        head + "m=audio 1 " + std::string(32'000, '/') + " 0\r\n"}) {
    EXPECT_LT(cost(text), 50) << text.substr(head.size(), 20);  // a sanitizer build; 32 kB
  }
}

TEST(Session, SurvivesTwentyThousandMutatedBodies) {
  auto random = base::seeded(21);
  const std::string seeds[] = {rfc_example, head + "c=IN IP6 ::1\r\nm=audio 9 RTP/AVP 0 8 101\r\na=rtpmap:101 "
                                                   "telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:30\r\n"
                                                   "a=rtcp:53020 IN IP4 126.16.64.4\r\na=rtcp-mux\r\na=sendonly\r\n"};
  LocalMedia local;
  local.codecs = {{.name = "PCMU", .payload_type = 0}, {.name = "PCMA", .payload_type = 8}};
  int answered = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = seeds[round % 2];
    for (std::uint64_t edits = random() % 4; edits < 4; ++edits) {
      const std::size_t at = random() % text.size();
      switch (random() % 4) {
        case 0: text[at] = static_cast<char>(random()); break;
        case 1: text.erase(at, random() % 8); break;
        case 2: text.insert(at, text.substr(random() % text.size(), random() % 40)); break;
        default: text.insert(at, 1, "\r\n =:/0"[random() % 7]); break;
      }
    }
    const auto a = answer(text, local);
    (void)accept(local, text);
    if (!a) continue;
    ++answered;
    ASSERT_TRUE(Session::parse(a->sdp)) << "what we write can be read: " << a->sdp;
  }
  EXPECT_GT(answered, 1000);
}

}  // namespace
}  // namespace daedap::sdp
