#include "sip/digest.hpp"

#include <gtest/gtest.h>

#include <map>

namespace daedap::sip {
namespace {

/// Answers only what the example needs: another input shows as "?".
std::function<std::string(std::string_view)> table(std::map<std::string, std::string, std::less<>> known) {
  return [known = std::move(known)](std::string_view text) {
    const auto it = known.find(text);
    return it == known.end() ? "?" + std::string(text) : it->second;
  };
}

Message challenge_message(int status, std::initializer_list<const char*> values) {
  Message m;
  m.status = status;
  for (const char* v : values) m.add(status == 407 ? "Proxy-Authenticate" : "WWW-Authenticate", v);
  return m;
}

constexpr const char* rfc7616 =
    "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, "
    "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
    "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";

const DigestAttempt mufasa{.user = "Mufasa",
                           .password = "Circle of Life",
                           .method = "GET",
                           .uri = "/dir/index.html",
                           .cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"};

TEST(Challenge, ParsesTheExampleOfRfc7616) {
  const auto c = Challenge::parse(rfc7616);
  ASSERT_TRUE(c);
  EXPECT_EQ(c->realm, "http-auth@example.org");
  EXPECT_EQ(c->nonce, "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v");
  EXPECT_EQ(c->opaque, "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS");
  EXPECT_EQ(c->algorithm, DigestAlgorithm::sha256);
  EXPECT_TRUE(c->qop_auth);
  EXPECT_FALSE(c->stale);
}

TEST(Challenge, TakesUnknownFieldsAndOddSpacing) {
  const auto c = Challenge::parse("digest  nonce = \"a\\\"b\" ,realm=\"x, y\",domain=\"sip:z\",stale=TRUE,");
  ASSERT_TRUE(c);
  EXPECT_EQ(c->nonce, "a\"b");
  EXPECT_EQ(c->realm, "x, y");
  EXPECT_TRUE(c->stale);
  EXPECT_FALSE(c->qop_auth);
  EXPECT_EQ(c->algorithm, DigestAlgorithm::md5);
}

TEST(Challenge, RefusesBrokenText) {
  for (const char* bad : {"", "Digest", "Digest x", "Digest nonce=\"open", "Digest realm=\"x\"",
                          "Digest nonce=\"x\" realm=\"y\"", "Digest =x", "Digest nonce=\"x\",,"}) {
    const auto c = Challenge::parse(bad);
    ASSERT_FALSE(c) << bad;
    EXPECT_EQ(c.error().code, base::Code::bad_syntax) << bad;
  }
}

TEST(Challenge, SaysWhatItCannotAnswer) {
  for (const char* other : {"Basic realm=\"x\"", "NoOneKnowsThisScheme opaque-data=here",
                            "Digest nonce=\"x\",algorithm=SHA-512-256", "Digest nonce=\"x\",qop=\"auth-int\""}) {
    const auto c = Challenge::parse(other);
    ASSERT_FALSE(c) << other;
    EXPECT_EQ(c.error().code, base::Code::unsupported) << other;
  }
}

TEST(Challenge, CapsTheNumberOfFields) {
  std::string many = "Digest nonce=\"x\"";
  for (int i = 0; i < 40; ++i) many += ",a=b";
  EXPECT_EQ(Challenge::parse(many).error().code, base::Code::too_large);
}

TEST(Challenge, PicksTheStrongestThatTheHashesKnow) {
  const auto m = challenge_message(407, {"Digest realm=\"1\",nonce=\"a\"", "Basic realm=\"x\"",
                                         "Digest realm=\"2\",nonce=\"b\",algorithm=SHA-256",
                                         "Digest realm=\"3\",nonce=\"c\",algorithm=SHA-256"});
  const Hashes both{table({}), table({})};
  const auto strongest = Challenge::strongest(m, both);
  ASSERT_TRUE(strongest);
  EXPECT_EQ(strongest->realm, "2");
  EXPECT_TRUE(strongest->proxy);
  EXPECT_EQ(Challenge::strongest(m, {table({}), {}})->realm, "1");
  EXPECT_EQ(Challenge::strongest(m, {}).error().code, base::Code::not_found);
  EXPECT_FALSE(Challenge::strongest(challenge_message(401, {}), both));
}

TEST(Digest, AnswersTheSha256ExampleOfRfc7616Section3_9_1) {
  const std::string a1 = "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232";
  const std::string a2 = "9a3fdae9a622fe8de177c24fa9c070f2b181ec85e15dcbdc32e10c82ad450b04";
  const std::string whole = a1 + ":7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v:00000001:" + mufasa.cnonce +
                            ":auth:" + a2;
  const Hashes hashes{{}, table({{"Mufasa:http-auth@example.org:Circle of Life", a1},
                                 {"GET:/dir/index.html", a2},
                                 {whole, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"}})};
  const auto header = answer_challenge(*Challenge::parse(rfc7616), mufasa, hashes);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->name, "Authorization");
  EXPECT_EQ(header->value,
            "Digest username=\"Mufasa\",realm=\"http-auth@example.org\","
            "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\",uri=\"/dir/index.html\","
            "response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\","
            "algorithm=SHA-256,qop=auth,nc=00000001,cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\","
            "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"");
}

const DigestAttempt bob{.user = "bob",
                        .password = "zanzibar",
                        .method = "INVITE",
                        .uri = "sip:bob@biloxi.com",
                        .cnonce = "0a4f113b"};
constexpr const char* bob_a1 = "12af60467a33e8518da5c68bbff12b11";
constexpr const char* bob_a2 = "13a14a3eb5e2c24732a1a04fff543e92";

TEST(Digest, AnswersWithoutQopAsRfc2069Did) {
  const Hashes hashes{table({{"bob:biloxi.com:zanzibar", bob_a1},
                             {"INVITE:sip:bob@biloxi.com", bob_a2},
                             {std::string(bob_a1) + ":dcd98b7102dd2f0e8b11d0f600bfb0c093:" + bob_a2,
                              "bf57e4e0d0bffc0fbaedce64d59add5e"}}), {}};
  auto challenge = *Challenge::parse("Digest realm=\"biloxi.com\",nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"");
  challenge.proxy = true;
  const auto header = answer_challenge(challenge, bob, hashes);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->name, "Proxy-Authorization");
  EXPECT_EQ(header->value,
            "Digest username=\"bob\",realm=\"biloxi.com\",nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\","
            "uri=\"sip:bob@biloxi.com\",response=\"bf57e4e0d0bffc0fbaedce64d59add5e\"");
}

TEST(Digest, HashesTwiceForSessAlgorithms) {
  const std::string nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
  const std::string sess = "4f36886771c77832be5c5a8de5a7ec82";
  const Hashes hashes{table({{"bob:biloxi.com:zanzibar", bob_a1},
                             {bob_a1 + (":" + nonce) + ":0a4f113b", sess},
                             {"INVITE:sip:bob@biloxi.com", bob_a2},
                             {sess + ":" + nonce + ":00000001:0a4f113b:auth:" + bob_a2,
                              "e4e4ea61d186d07a92c9e1f6919902e9"}}), {}};
  const auto challenge =
      Challenge::parse("Digest realm=\"biloxi.com\",nonce=\"" + nonce + "\",algorithm=md5-sess,qop=auth");
  const auto header = answer_challenge(*challenge, bob, hashes);
  EXPECT_NE(header->value.find("response=\"e4e4ea61d186d07a92c9e1f6919902e9\""), std::string::npos);
  EXPECT_NE(header->value.find("algorithm=md5-sess"), std::string::npos);
}

TEST(Digest, CountsInEightHexadecimalDigits) {
  auto attempt = bob;
  attempt.nonce_count = 0xab;
  const auto header = answer_challenge(*Challenge::parse("Digest nonce=\"x\",qop=auth"), attempt, {table({}), {}});
  EXPECT_NE(header->value.find(",nc=000000ab,"), std::string::npos);
}

TEST(Digest, EscapesWhatTheUserTyped) {
  auto attempt = bob;
  attempt.user = "b\"ob\r\n";
  const auto header = answer_challenge(*Challenge::parse("Digest nonce=\"x\""), attempt, {table({}), {}});
  EXPECT_TRUE(header->value.starts_with("Digest username=\"b\\\"ob  \","));
}

TEST(Digest, SaysWhenTheHashIsMissing) {
  const auto header = answer_challenge(*Challenge::parse("Digest nonce=\"x\""), bob, {{}, table({})});
  EXPECT_EQ(header.error().code, base::Code::unsupported);
}

}  // namespace
}  // namespace daedap::sip
