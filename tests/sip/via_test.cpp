#include "sip/via.hpp"

#include <gtest/gtest.h>

namespace daedap::sip {
namespace {

Via via(std::string_view text) {
  auto parsed = Via::parse(text);
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().message());
  return parsed ? *parsed : Via{};
}

TEST(Via, ParsesEachParameter) {
  const auto v = via("SIP/2.0/udp Erlang.bell-telephone.com:5060;received=192.0.2.207;rport=5070;"
                     "maddr=192.0.2.9;ttl=16;branch=z9hG4bK87asdks7");
  EXPECT_EQ(v.transport, "UDP");
  EXPECT_EQ(v.host, "erlang.bell-telephone.com");
  EXPECT_EQ(v.port, 5060);
  EXPECT_EQ(v.branch(), "z9hG4bK87asdks7");
  EXPECT_EQ(v.received(), "192.0.2.207");
  EXPECT_EQ(v.rport(), 5070);
  EXPECT_EQ(v.maddr(), "192.0.2.9");
  EXPECT_EQ(v.ttl(), 16);
  EXPECT_TRUE(v.has_magic_cookie());
}

TEST(Via, TakesSpacesBetweenItsParts) {  // RFC 4475 §3.1.1.1
  const auto v = via("SIP  / 2.0  / TCP     spindle.example.com   ; branch  =   z9hG4bK9ikj8");
  EXPECT_EQ(v.write(), "SIP/2.0/TCP spindle.example.com;branch=z9hG4bK9ikj8");
  EXPECT_EQ(via("SIP/2.0/UDP h : 5060 ;a").port, 5060);
}

TEST(Via, WritesIpv6InBrackets) {
  const auto v = via("SIP/2.0/TLS [2001:DB8::1]:5061;branch=z9hG4bK1");
  EXPECT_EQ(v.host, "2001:db8::1");
  EXPECT_EQ(v.write(), "SIP/2.0/TLS [2001:db8::1]:5061;branch=z9hG4bK1");
}

TEST(Via, TellsRportAskedFromRportFilled) {  // RFC 3581 §3
  EXPECT_TRUE(via("SIP/2.0/UDP h;rport").asks_rport());
  EXPECT_FALSE(via("SIP/2.0/UDP h;rport").rport());
  EXPECT_FALSE(via("SIP/2.0/UDP h;rport=1").asks_rport());
  EXPECT_FALSE(via("SIP/2.0/UDP h").asks_rport());
  for (const char* bad : {"0", "65536", "x"}) {
    EXPECT_FALSE(via(std::string("SIP/2.0/UDP h;rport=") + bad).rport()) << bad;
  }
  EXPECT_FALSE(via("SIP/2.0/UDP h;ttl=256").ttl());
}

TEST(Via, TrustsABranchOnlyBehindTheCookie) {  // RFC 3261 §8.1.1.7, RFC 4475 §3.3.10
  EXPECT_FALSE(via("SIP/2.0/UDP h;branch=z9hG4bK").has_magic_cookie());
  EXPECT_FALSE(via("SIP/2.0/UDP h;branch=390skdjuw").has_magic_cookie());
  EXPECT_FALSE(via("SIP/2.0/UDP h").has_magic_cookie());
  EXPECT_TRUE(via("SIP/2.0/UDP h;branch=z9hG4bKx").has_magic_cookie());
}

TEST(Via, TakesTransportsThatWeDoNotSpeak) { EXPECT_EQ(via("SIP/2.0/SCTP h").transport, "SCTP"); }

TEST(Via, RefusesWhatTheGrammarRefuses) {
  for (const char* bad :
       {"", "SIP/2.0", "SIP/2.0/", "SIP/2.0/UDP", "SIP/2.0/UDP ", "SIP/2.0/UDPh", "2.0/UDP h", "SIP/2.0/UDP h:",
        "SIP/2.0/UDP h:x", "SIP/2.0/UDP h:70000", "SIP/2.0/UDP [::1", "SIP/2.0/UDP h;;", "SIP/2.0/UDP h x",
        "SIP/2.0/UDP 192.0.2.15;;,;,,", "SIP/2.0/UDP h;branch=", "SIP/2.0/UDP <h>"}) {
    const auto parsed = Via::parse(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, base::Code::bad_syntax) << bad;
  }
}

TEST(Via, SaysWhenTheVersionIsNotOurs) {
  EXPECT_EQ(Via::parse("SIP/7.0/UDP c.example.com").error().code, base::Code::unsupported);
  EXPECT_EQ(Via::parse("HTTP/2.0/UDP h").error().code, base::Code::unsupported);
}

}  // namespace
}  // namespace daedap::sip
