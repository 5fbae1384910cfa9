#include "sip/registrar/authenticator.hpp"

#include <gtest/gtest.h>

#include <map>

#include "sip/mutations.hpp"
#include "sip/registrar/credentials.hpp"
#include "sip/registrar/phone.hpp"

namespace daedap::sip {
namespace {

using Verdict = Authenticator::Verdict;
using std::chrono::milliseconds;
using std::chrono::seconds;

const base::Time start{std::chrono::hours(1)};

struct Guard {
  explicit Guard(Authenticator::Settings s = {.realm = "daedap", .secret = "server secret"})
      : authenticator(std::move(s), toy_hashes(), random) {}

  std::vector<Header> challenge(base::Time now = start) { return authenticator.challenge(false, false, now); }
  Verdict check(const Message& m, base::Time now = start) { return authenticator.check(m, false, &secret, now); }

  base::Random random{base::seeded(1)};
  RegisteringPhone phone;
  DigestSecret secret = secret_of("1001", "daedap", "secret");
  Authenticator authenticator;
};

// ---- what is offered -----------------------------------------------------------------------------

TEST(Authenticator, OffersMd5FirstThenSha256) {
  Guard g;
  const auto headers = g.authenticator.challenge(false, false, start);
  ASSERT_EQ(headers.size(), 2u);
  EXPECT_EQ(headers[0].name, "WWW-Authenticate");
  const auto first = Challenge::parse(headers[0].value), second = Challenge::parse(headers[1].value);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->algorithm, DigestAlgorithm::md5);
  EXPECT_EQ(second->algorithm, DigestAlgorithm::sha256);
  EXPECT_EQ(first->realm, "daedap");
  EXPECT_TRUE(first->qop_auth);
  EXPECT_TRUE(first->opaque);
  EXPECT_FALSE(first->stale);
}

TEST(Authenticator, OffersOneAlgorithmWhenToldSo) {
  for (const auto& [offer, algorithm] : {std::pair{DigestOffer::md5, DigestAlgorithm::md5},
                                         std::pair{DigestOffer::sha256, DigestAlgorithm::sha256}}) {
    Guard g({.realm = "daedap", .secret = "server secret", .offer = offer});
    const auto headers = g.challenge();
    ASSERT_EQ(headers.size(), 1u);
    EXPECT_EQ(Challenge::parse(headers[0].value)->algorithm, algorithm);
  }
}

TEST(Authenticator, ChallengesAsProxyWithStale) {
  Guard g;
  const auto headers = g.authenticator.challenge(true, true, start);
  EXPECT_EQ(headers[0].name, "Proxy-Authenticate");
  EXPECT_TRUE(Challenge::parse(headers[0].value)->stale);
}

TEST(Authenticator, MakesADifferentNonceEachTime) {
  Guard g;
  EXPECT_NE(Challenge::parse(g.challenge()[0].value)->nonce, Challenge::parse(g.challenge()[0].value)->nonce);
}

TEST(Authenticator, OffersOnlyWhatTheHashesKnow) {
  base::Random random(base::seeded(1));
  Hashes hashes = toy_hashes();
  hashes.sha256_hex = {};
  Authenticator a({.realm = "r", .secret = "s"}, hashes, random);
  EXPECT_EQ(a.challenge(false, false, start).size(), 1u);
}

TEST(Authenticator, SparesTelephonesThatFailOnSeeingSha256) {
  base::Random random(base::seeded(1));
  Authenticator a({.realm = "r", .secret = "s"}, toy_hashes(), random);
  EXPECT_EQ(a.challenge(false, false, "baresip v1.0.0 (x86_64/linux)", start).size(), 1u);
  EXPECT_EQ(a.challenge(false, false, "baresip v2.0.0 (x86_64/linux)", start).size(), 2u);
  EXPECT_EQ(a.challenge(false, false, "phone sofia-sip/1.12.11", start).size(), 1u);
  EXPECT_EQ(a.challenge(false, false, "phone sofia-sip/1.13.4", start).size(), 2u);
  EXPECT_EQ(a.challenge(false, false, "", start).size(), 2u);
}

// ---- verdicts ------------------------------------------------------------------------------------

TEST(Authenticator, TakesTheRightPasswordInBothAlgorithms) {
  Guard g;
  for (const std::size_t which : {0u, 1u}) {
    Message m = g.phone.make({});
    g.phone.sign(m, g.challenge(), which);
    EXPECT_EQ(Authenticator::user_of(m, false), "1001");
    EXPECT_EQ(g.check(m), Verdict::ok) << which;
  }
}

TEST(Authenticator, ReadsProxyCredentialsFromTheirOwnHeader) {
  Guard g;
  Message m = g.phone.make({});
  g.phone.sign(m, g.authenticator.challenge(true, false, start));
  EXPECT_EQ(g.authenticator.check(m, false, &g.secret, start), Verdict::absent);
  EXPECT_EQ(g.authenticator.check(m, true, &g.secret, start), Verdict::ok);
}

TEST(Authenticator, TellsAbsentFromWrong) {
  Guard g;
  Message m = g.phone.make({});
  EXPECT_EQ(g.check(m), Verdict::absent);
  m.set("Authorization", "Basic dXNlcjpwYXNz");
  EXPECT_EQ(g.check(m), Verdict::absent);
  m.set("Authorization", "Digest username=\"1001\",realm=\"other\",nonce=\"x\",uri=\"sip:a\",response=\"y\"");
  EXPECT_EQ(g.check(m), Verdict::absent);
  m.set("Authorization", "Digest username=\"1001\",realm=");
  EXPECT_EQ(g.check(m), Verdict::wrong);
}

TEST(Authenticator, RefusesAWrongPassword) {
  Guard g;
  g.phone.password = "guess";
  Message m = g.phone.make({});
  g.phone.sign(m, g.challenge());
  EXPECT_EQ(g.check(m), Verdict::wrong);
}

TEST(Authenticator, RefusesAnUnknownUserWithTheSameWork) {
  int calls = 0;
  Hashes hashes = toy_hashes();
  hashes.md5_hex = [&calls](std::string_view t) { ++calls; return toy_hash(t, 32, 1); };
  base::Random random(base::seeded(1));
  Authenticator a({.realm = "daedap", .secret = "s"}, hashes, random);
  RegisteringPhone phone{.password = "guess"};
  Message m = phone.make({});
  phone.sign(m, a.challenge(false, false, start));
  const DigestSecret known = secret_of("1001", "daedap", "secret");
  EXPECT_EQ(a.check(m, false, &known, start), Verdict::wrong);
  const int of_known = calls;
  EXPECT_EQ(a.check(m, false, nullptr, start), Verdict::wrong);
  EXPECT_EQ(calls, 2 * of_known);
}

TEST(Authenticator, AnAccountWithoutASecretTakesNothing) {
  Guard g;
  g.secret = {};
  Message m = g.phone.make({});
  // The digest of the stand-in for unknown users must not open an account either.
  const auto nonce = Challenge::parse(g.challenge()[0].value)->nonce;
  const auto& md5 = toy_hashes().md5_hex;
  const std::string response = md5(std::string(32, '0') + ':' + nonce + ':' + md5("REGISTER:" + m.request_uri));
  m.add("Authorization", "Digest username=\"1001\",realm=\"daedap\",nonce=\"" + nonce + "\",uri=\"" +
                             m.request_uri + "\",response=\"" + response + '"');
  EXPECT_EQ(g.check(m), Verdict::wrong);
  EXPECT_EQ(g.authenticator.check(m, false, nullptr, start), Verdict::wrong);
}

TEST(Authenticator, CallsAnOldNonceStaleOnlyWhenThePasswordIsRight) {
  Guard g;
  Message m = g.phone.make({});
  g.phone.sign(m, g.challenge());
  EXPECT_EQ(g.check(m, start + seconds(301)), Verdict::stale);
  g.phone.password = "guess";
  g.phone.sign(m, g.challenge());
  EXPECT_EQ(g.check(m, start + seconds(301)), Verdict::wrong);
}

TEST(Authenticator, TakesANonceUpToItsLastMillisecond) {
  Guard g;
  Message m = g.phone.make({});
  g.phone.sign(m, g.challenge());
  EXPECT_EQ(g.check(m, start + seconds(300)), Verdict::ok);
}

TEST(Authenticator, CallsANonceFromBeforeARestartStale) {
  Guard before({.realm = "daedap", .secret = "another secret"}), g;
  Message m = g.phone.make({});
  g.phone.sign(m, before.challenge());
  EXPECT_EQ(g.check(m), Verdict::stale);
}

TEST(Authenticator, ChecksTheNonceOfAnotherShard) {
  Guard other, g;
  Message m = g.phone.make({});
  g.phone.sign(m, other.challenge());
  EXPECT_EQ(g.check(m), Verdict::ok);
}

TEST(Authenticator, DoesNotTakeANonceFromTheFuture) {
  Guard g;
  Message m = g.phone.make({});
  g.phone.sign(m, g.challenge(start + seconds(10)));
  EXPECT_EQ(g.check(m), Verdict::stale);
}

TEST(Authenticator, RefusesCredentialsMadeForAnotherCallee) {
  Guard g;
  Message m = g.phone.make({});
  m.method = "INVITE";
  m.request_uri = "sip:1002@pbx.example.com";
  g.phone.sign(m, g.challenge());
  m.request_uri = "sip:00900123456@pbx.example.com";
  EXPECT_EQ(g.check(m), Verdict::wrong);
  m.request_uri = "sip:1002@192.0.2.1:5060;transport=udp";
  EXPECT_EQ(g.check(m), Verdict::ok);
}

TEST(Authenticator, RefusesCredentialsMadeForAnotherMethod) {
  Guard g;
  Message m = g.phone.make({});
  g.phone.sign(m, g.challenge());
  m.method = "INVITE";
  EXPECT_EQ(g.check(m), Verdict::wrong);
}

TEST(Authenticator, ReadsUserNamesInUtf8) {
  Guard g;
  g.phone.user = "김지원 \"팀장\"";
  g.secret = secret_of(g.phone.user, "daedap", "secret");
  Message m = g.phone.make({});
  g.phone.sign(m, g.challenge());
  EXPECT_EQ(Authenticator::user_of(m, false), g.phone.user);
  EXPECT_EQ(g.check(m), Verdict::ok);
}

TEST(Authenticator, PicksTheCredentialsOfItsRealm) {
  Guard g;
  Message m = g.phone.make({});
  m.add("Authorization", "Digest username=\"x\",realm=\"other\",nonce=\"n\",uri=\"sip:a\",response=\"y\"");
  const Header own = g.phone.credentials(m, g.challenge());
  m.add(own.name, own.value);
  EXPECT_EQ(Authenticator::user_of(m, false, "daedap"), "1001");
  EXPECT_EQ(g.check(m), Verdict::ok);
}

// ---- counts --------------------------------------------------------------------------------------

TEST(Authenticator, TakesEachCountOnce) {
  Guard g;
  const auto challenge = g.challenge();
  Message m = g.phone.make({});
  g.phone.sign(m, challenge, 0, 1);
  EXPECT_EQ(g.check(m), Verdict::ok);
  EXPECT_EQ(g.check(m), Verdict::stale);  // a replay
  g.phone.sign(m, challenge, 0, 2);
  EXPECT_EQ(g.check(m), Verdict::ok);
}

TEST(Authenticator, TakesCountsThatOvertookEachOther) {
  Guard g;
  const auto challenge = g.challenge();
  const auto with = [&](std::uint32_t count) {
    Message m = g.phone.make({});
    g.phone.sign(m, challenge, 0, count);
    return g.check(m);
  };
  EXPECT_EQ(with(3), Verdict::ok);
  EXPECT_EQ(with(1), Verdict::ok);
  EXPECT_EQ(with(2), Verdict::ok);
  EXPECT_EQ(with(2), Verdict::stale);
  EXPECT_EQ(with(70), Verdict::ok);
  EXPECT_EQ(with(6), Verdict::stale);  // too far behind to know
  EXPECT_EQ(with(7), Verdict::ok);     // 63 behind: just inside
  EXPECT_EQ(with(70), Verdict::stale);
  EXPECT_EQ(with(0xffffffff), Verdict::ok);
  EXPECT_EQ(with(0xffffffff), Verdict::stale);
}

TEST(Authenticator, TakesANonceWithoutCountOnce) {
  Guard g;
  Challenge challenge = *Challenge::parse(g.challenge()[0].value);
  challenge.qop_auth = false;
  Message m = g.phone.make({});
  const auto header = *answer_challenge(challenge, {"1001", "secret", m.method, m.request_uri}, toy_hashes());
  m.set(header.name, header.value);
  EXPECT_EQ(g.check(m), Verdict::ok);
  EXPECT_EQ(g.check(m), Verdict::stale);
  challenge.qop_auth = true;  // and not with a count afterwards
  const auto counted =
      *answer_challenge(challenge, {"1001", "secret", m.method, m.request_uri, "c", 2}, toy_hashes());
  m.set(counted.name, counted.value);
  EXPECT_EQ(g.check(m), Verdict::stale);
}

TEST(Authenticator, StrangersDoNotFillTheTable) {
  Guard g;
  g.phone.password = "guess";
  for (int i = 0; i < 50; ++i) {
    Message m = g.phone.make({});
    g.phone.sign(m, g.challenge());
    EXPECT_EQ(g.check(m), Verdict::wrong);
  }
  EXPECT_EQ(g.authenticator.nonces(), 0u);
}

TEST(Authenticator, ForgettingANonceDoesNotOpenItForReplay) {
  Guard g({.realm = "daedap", .secret = "s", .max_nonces = 4});
  std::vector<Message> sent;
  for (int i = 0; i < 8; ++i) {
    const base::Time now = start + milliseconds(i);
    sent.push_back(g.phone.make({}));
    g.phone.sign(sent.back(), g.challenge(now));
    EXPECT_EQ(g.check(sent.back(), now), Verdict::ok);
  }
  EXPECT_LE(g.authenticator.nonces(), 4u);
  for (const Message& m : sent) EXPECT_EQ(g.check(m, start + seconds(1)), Verdict::stale);
}

TEST(Authenticator, ForgetsNoncesWhoseTimeRanOut) {
  Guard g;
  Message m = g.phone.make({});
  g.phone.sign(m, g.challenge());
  g.check(m);
  const base::Time later = start + seconds(400);
  g.phone.sign(m, g.challenge(later));
  EXPECT_EQ(g.check(m, later), Verdict::ok);
  EXPECT_EQ(g.authenticator.nonces(), 1u);
}

// ---- examples of the RFCs ------------------------------------------------------------------------

/// The nonces of the examples are not ours: `stale` says that the digest itself is right.
Verdict verdict_of(const char* authorization, std::map<std::string, std::string> md5,
                   std::map<std::string, std::string> sha256, const DigestSecret& secret) {
  const auto table = [](std::map<std::string, std::string> known) {
    return [known = std::move(known)](std::string_view text) {
      const auto at = known.find(std::string(text));
      return at == known.end() ? "?" + std::string(text) : at->second;
    };
  };
  base::Random random(base::seeded(1));
  const std::string value = authorization;
  const auto realm = Credentials::parse(value)->realm;
  Authenticator a({.realm = realm, .secret = "s"}, {table(std::move(md5)), table(std::move(sha256))}, random);
  Message m;
  m.method = "GET";
  m.request_uri = "/dir/index.html";
  m.add("Authorization", value);
  return a.check(m, false, &secret, start);
}

TEST(Authenticator, AcceptsTheExampleOfRfc2617Section3_5) {
  const char* header =
      "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
      "uri=\"/dir/index.html\", qop=auth, nc=00000001, cnonce=\"0a4f113b\", "
      "response=\"6629fae49393a05397450978507c4ef1\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
  const std::string a1 = "939e7578ed9e3c518a452acee763bce9", a2 = "39aff3a2bab6126f332b942af96d3366";
  const std::map<std::string, std::string> md5{
      {"GET:/dir/index.html", a2},
      {a1 + ":dcd98b7102dd2f0e8b11d0f600bfb0c093:00000001:0a4f113b:auth:" + a2, "6629fae49393a05397450978507c4ef1"}};
  EXPECT_EQ(verdict_of(header, md5, {}, {a1, ""}), Verdict::stale);
  EXPECT_EQ(verdict_of(header, md5, {}, {"a" + a1.substr(1), ""}), Verdict::wrong);
}

TEST(Authenticator, AcceptsBothExamplesOfRfc7616Section3_9_1) {
  const std::string nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
  const std::string cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
  const std::string front = "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", "
                            "nonce=\"" + nonce + "\", nc=00000001, cnonce=\"" + cnonce + "\", qop=auth, "
                            "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\", ";
  const std::string middle = ':' + nonce + ":00000001:" + cnonce + ":auth:";
  const std::string md5_a1 = "3d78807defe7de2157e2b0b6573a855f", md5_a2 = "39aff3a2bab6126f332b942af96d3366";
  const std::string md5_response = "8ca523f5e9506fed4657c9700eebdbec";
  EXPECT_EQ(verdict_of((front + "response=\"" + md5_response + "\", algorithm=MD5").c_str(),
                       {{"GET:/dir/index.html", md5_a2}, {md5_a1 + middle + md5_a2, md5_response}}, {}, {md5_a1, ""}),
            Verdict::stale);
  const std::string sha_a1 = "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232";
  const std::string sha_a2 = "9a3fdae9a622fe8de177c24fa9c070f2b181ec85e15dcbdc32e10c82ad450b04";
  const std::string sha_response = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";
  EXPECT_EQ(verdict_of((front + "response=\"" + sha_response + "\", algorithm=SHA-256").c_str(), {},
                       {{"GET:/dir/index.html", sha_a2}, {sha_a1 + middle + sha_a2, sha_response}}, {"", sha_a1}),
            Verdict::stale);
}

// ---- the parser ----------------------------------------------------------------------------------

const std::string sound =
    "Digest username=\"1001\",realm=\"daedap\",nonce=\"00ab\",uri=\"sip:pbx\",response=\"ABCDEF\",algorithm=MD5,"
    "qop=auth,nc=0000000a,cnonce=\"c\",opaque=\"o\"";

TEST(Credentials, ReadsAllFields) {
  const auto c = Credentials::parse(sound);
  ASSERT_TRUE(c);
  EXPECT_EQ(c->username, "1001");
  EXPECT_EQ(c->response, "abcdef");
  EXPECT_EQ(c->count, 10u);
  EXPECT_EQ(c->count_text, "0000000a");
  EXPECT_TRUE(c->qop_auth);
}

TEST(Credentials, TakesQopInQuotesAndNoQopAtAll) {
  EXPECT_TRUE(Credentials::parse("Digest username=\"a\",realm=\"\",nonce=\"n\",uri=\"u\",response=\"r\",qop=\"auth\","
                                 "nc=00000001,cnonce=\"\""));
  const auto old = Credentials::parse("Digest username=\"a\",realm=\"r\",nonce=\"n\",uri=\"u\",response=\"r\",nc=1");
  ASSERT_TRUE(old);
  EXPECT_FALSE(old->qop_auth);
}

TEST(Credentials, RefusesWhatIsBroken) {
  const std::string least = "Digest username=\"a\",realm=\"r\",nonce=\"n\",uri=\"u\",response=\"r\"";
  for (const std::string& bad : {std::string("Digest"), std::string(""), std::string("Digest username=\"a\""),
                                 least + ",username=\"b\"", least + ",qop=auth", least + ",qop=auth,nc=1,cnonce=\"c\"",
                                 least + ",qop=auth,nc=0000000g,cnonce=\"c\"", least + ",qop=auth,nc=+0000001,cnonce=\"c\"",
                                 std::string("Digest username=\"\",realm=\"r\",nonce=\"n\",uri=\"u\",response=\"r\"")}) {
    const auto c = Credentials::parse(bad);
    ASSERT_FALSE(c) << bad;
    EXPECT_EQ(c.error().code, base::Code::bad_syntax) << bad;
  }
  for (const std::string& other : {std::string("Basic abc"), least + ",algorithm=MD5-sess", least + ",algorithm=X",
                                   least + ",qop=auth-int,nc=00000001,cnonce=\"c\""}) {
    EXPECT_EQ(Credentials::parse(other).error().code, base::Code::unsupported) << other;
  }
  EXPECT_EQ(Credentials::parse("Digest username=\"" + std::string(1025, 'x') + '"').error().code, base::Code::too_large);
}

TEST(Credentials, SpoiledOnesDoNoHarm) {
  Guard g;
  Message signed_one = g.phone.make({});
  g.phone.sign(signed_one, g.challenge());
  const std::string real(*signed_one.header("Authorization"));
  Mutator mutator(7, {sound, real, "Digest username=\"김\\\"\",realm=\"daedap\",nonce=\"\",uri=\"\",response=\"\""});
  std::size_t read = 0;
  for (int i = 0; i < 5'000; ++i) {
    const std::string text = mutator.next();
    const auto c = Credentials::parse(text);
    read += c.has_value();
    if (c) {
      ASSERT_FALSE(c->username.empty());
      ASSERT_LE(c->username.size(), Credentials::longest_field);
      ASSERT_EQ(c->qop_auth, !c->count_text.empty());
    }
    Message m = g.phone.make({});
    m.add("Authorization", text);
    const Verdict verdict = g.authenticator.check(m, false, &g.secret, start);
    // Only what still says the same to us may pass: the same digest over the same values.
    if (verdict == Verdict::ok || verdict == Verdict::stale) {
      const auto original = Credentials::parse(real);
      ASSERT_EQ(c->response, original->response) << text;
      ASSERT_EQ(c->nonce, original->nonce) << text;
      ASSERT_EQ(c->uri, original->uri) << text;
    }
  }
  EXPECT_GT(read, 300u);
}

}  // namespace
}  // namespace daedap::sip
