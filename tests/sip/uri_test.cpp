#include "sip/uri.hpp"

#include <gtest/gtest.h>

namespace daedap::sip {
namespace {

Uri uri(std::string_view text) {
  auto parsed = Uri::parse(text);
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().message());
  return parsed ? *parsed : Uri{};
}

TEST(Uri, ParsesEachPart) {
  const auto u = uri("SIP:alice:secret@Atlanta.COM:5070;transport=tcp;lr?subject=project%20x&priority=urgent");
  EXPECT_EQ(u.scheme, "sip");
  EXPECT_EQ(u.user, "alice");
  EXPECT_EQ(u.password, "secret");
  EXPECT_EQ(u.host, "atlanta.com");
  EXPECT_EQ(u.port, 5070);
  EXPECT_EQ(u.params.value("transport"), "tcp");
  EXPECT_TRUE(u.is_loose_router());
  EXPECT_EQ(u.headers.value("subject"), "project x");
  EXPECT_EQ(u.headers.value("priority"), "urgent");
}

// The examples of RFC 3261 §19.1.3, in and out.
TEST(Uri, WritesTheExamplesOfSection19_1_3Back) {
  for (const char* text :
       {"sip:alice@atlanta.com", "sip:alice:secretword@atlanta.com;transport=tcp",
        "sips:alice@atlanta.com?subject=project%20x&priority=urgent",
        "sip:+1-212-555-1212:1234@gateway.com;user=phone", "sips:1212@gateway.com",
        "sip:alice@192.0.2.4", "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com",
        "sip:alice;day=tuesday@atlanta.com", "sip:u@[2001:db8::1]:5060;transport=udp", "sip:[::1]",
        "tel:+358-555-1234567;postd=pp22", "tel:7042;phone-context=example.com"}) {
    EXPECT_EQ(uri(text).write(), text);
  }
}

TEST(Uri, UndoesEscapes) {
  const auto u = uri("sip:%61lice%20b@x.com;%6C%72;n%61me=v%61lue%25%34%31");
  EXPECT_EQ(u.user, "alice b");
  EXPECT_TRUE(u.params.has("lr"));
  EXPECT_EQ(u.params.value("name"), "value%41");
  EXPECT_EQ(u.write(), "sip:alice%20b@x.com;lr;name=value%2541");
}

TEST(Uri, KeepsAnEscapedAtSignInTheUser) {  // RFC 4475 §3.1.1.11
  const auto u = uri("sip:user;par=u%40example.net@example.com");
  EXPECT_EQ(u.user, "user;par=u@example.net");
  EXPECT_EQ(u.host, "example.com");
  EXPECT_EQ(u.write(), "sip:user;par=u%40example.net@example.com");
}

TEST(Uri, EscapesKoreanUsers) {
  const auto u = uri("sip:김@x.com");
  EXPECT_EQ(u.user, "김");
  EXPECT_EQ(u.write(), "sip:%EA%B9%80@x.com");
  EXPECT_EQ(uri(u.write()).user, "김");
}

TEST(Uri, RefusesWhatTheGrammarRefuses) {
  for (const char* bad :
       {"", "sip", "sip:", ":x", "1sip:x", "sip:@x.com", "sip:a@", "sip:a@b@c", "sip:a@b:", "sip:a@b:99999",
        "sip:a@b:5x", "sip:a b@c", "sip:a@b;", "sip:a@b;;x", "sip:a@b;=x", "sip:a@b?", "sip:a@b?x&",
        "sip:a%@b", "sip:a%4@b", "sip:a%zz@b", "sip:a@b;x=%4", "sip:a\"@b", "sip:<a@b", "sip:a@[::1",
        "sip:a@[::1]x", "sip:a@b c", "tel:", "tel:+", "tel:abcxyz", "tel:12 34", "sip:a@b;x=y@z", "http:",
        "http:a b", "sip:a\x01@b", "sip:a@b%41.com"}) {
    const auto parsed = Uri::parse(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, base::Code::bad_syntax) << bad;
  }
}

TEST(Uri, RefusesNulInAnyPart) {
  for (const char* bad : {"sip:a%00b@c", "sip:a:%00@c", "sip:a@c;x=%00", "sip:a@c?x=%00", "sip:a@c;%00"}) {
    EXPECT_FALSE(Uri::parse(bad)) << bad;
  }
}

TEST(Uri, KeepsOtherSchemesWhole) {
  const auto u = uri("soap.beep://192.0.2.103:3002");
  EXPECT_FALSE(u.is_sip());
  EXPECT_EQ(u.scheme, "soap.beep");
  EXPECT_EQ(u.write(), "soap.beep://192.0.2.103:3002");
}

TEST(Uri, CapsParametersAndHeaders) {
  std::string params = "sip:a@b", headers = "sip:a@b?x";
  for (int i = 0; i < 65; ++i) {
    params += ";p=1";
    headers += "&x";
  }
  EXPECT_EQ(Uri::parse(params).error().code, base::Code::too_large);
  EXPECT_EQ(Uri::parse(headers).error().code, base::Code::too_large);
}

struct Pair {
  const char* a;
  const char* b;
};

TEST(Uri, FindsTheEqualPairsOfSection19_1_4) {
  for (const Pair p : {Pair{"sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"},
                       {"sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"},
                       {"sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"},
                       {"sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                        "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"},
                       {"sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                        "sip:alice@atlanta.com?priority=urgent&subject=project%20x"},
                       {"tel:+1-212-555-1212", "tel:+12125551212"},
                       {"sip:a@b;x=1;x=2?y=1&y=2", "sip:a@b;x=1;x=2?y=1&y=2"},
                       {"urn:x", "urn:x"}}) {
    EXPECT_TRUE(uri(p.a).matches(uri(p.b))) << p.a << " " << p.b;
    EXPECT_TRUE(uri(p.b).matches(uri(p.a))) << p.b << " " << p.a;
  }
}

TEST(Uri, FindsTheUnequalPairsOfSection19_1_4) {
  for (const Pair p : {Pair{"SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"},
                       {"sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"},
                       {"sip:bob@biloxi.com;transport=udp", "sip:bob@biloxi.com;transport=tcp"},
                       {"sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"},
                       {"sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"},
                       {"sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"},
                       {"sip:a@b;user=phone", "sip:a@b"},
                       {"sip:a@b", "sip:a@b;maddr=c"},
                       {"sip:a@b", "sips:a@b"},
                       {"tel:123;phone-context=a.com", "tel:123;phone-context=b.com"},
                       {"urn:x", "urn:y"}}) {
    EXPECT_FALSE(uri(p.a).matches(uri(p.b))) << p.a << " " << p.b;
    EXPECT_FALSE(uri(p.b).matches(uri(p.a))) << p.b << " " << p.a;
  }
}

}  // namespace
}  // namespace daedap::sip
