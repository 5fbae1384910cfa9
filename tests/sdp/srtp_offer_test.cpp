// Offer and answer with SRTP. RFC 4568 §5.1
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sdp/offer_answer.hpp"
#include "sdp/session.hpp"

namespace daedap::sdp {
namespace {

using base::Address;
using base::Code;
using testing::HasSubstr;
using testing::Not;

constexpr SrtpPolicy policies[] = {SrtpPolicy::off, SrtpPolicy::optional, SrtpPolicy::required};
constexpr auto gcm = CryptoSuite::aead_aes_128_gcm;
constexpr auto cm80 = CryptoSuite::aes_cm_128_hmac_sha1_80;
constexpr auto cm32 = CryptoSuite::aes_cm_128_hmac_sha1_32;

LocalMedia side(SrtpPolicy policy, std::uint64_t seed) {
  LocalMedia local;
  local.rtp = *Address::parse("192.0.2.10:10000");
  local.codecs = {{.name = "PCMU", .payload_type = 0}};
  local.srtp = policy;
  base::Random random(base::seeded(seed));
  if (policy != SrtpPolicy::off) local.crypto = make_crypto(random);
  return local;
}

/// The peer's key under that tag.
CryptoKey theirs(CryptoSuite suite, int tag) {
  base::Random random(base::seeded(77));
  CryptoKey key = *find_suite(make_crypto(random), suite);
  key.tag = tag;
  return key;
}

std::string session(const std::string& media) {
  return "v=0\r\no=a 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\n" + media;
}

std::string line(const std::string& profile, const std::vector<CryptoKey>& keys, int port = 4000) {
  std::string text = "m=audio " + std::to_string(port) + " " + profile + " 0\r\n";
  for (const CryptoKey& key : keys) text += "a=crypto:" + write_crypto(key) + "\r\n";
  return text;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

TEST(SrtpOffer, IsPlainWhenOffMixedWhenOptionalAndSecureWhenRequired) {
  const std::string off = make_offer(side(SrtpPolicy::off, 1));
  EXPECT_THAT(off, HasSubstr("RTP/AVP 0"));
  EXPECT_EQ(count(off, "a=crypto"), 0u);
  LocalMedia optional = side(SrtpPolicy::optional, 1);
  EXPECT_THAT(make_offer(optional), HasSubstr(" RTP/AVP 0"));
  EXPECT_EQ(count(make_offer(optional), "a=crypto"), 3u);
  optional.secure_profile = true;
  EXPECT_THAT(make_offer(optional), HasSubstr(" RTP/SAVP 0"));
  const std::string required = make_offer(side(SrtpPolicy::required, 1));
  EXPECT_THAT(required, HasSubstr(" RTP/SAVP 0"));
  EXPECT_LT(required.find("a=crypto:1 AEAD_AES_128_GCM inline:"), required.find("a=crypto:2 AES_CM_128_HMAC_SHA1_80"));
  EXPECT_LT(required.find("a=crypto:2 "), required.find("a=crypto:3 AES_CM_128_HMAC_SHA1_32"));
}

struct Case {
  const char* profile;
  bool crypto;
  bool taken[3];      // off, optional, required
  bool encrypted[3];
};
constexpr Case matrix[] = {
    {"RTP/AVP", false, {true, true, false}, {false, false, false}},
    {"RTP/AVP", true, {true, true, true}, {false, true, true}},
    {"RTP/SAVP", false, {false, false, false}, {}},
    {"RTP/SAVP", true, {false, true, true}, {false, true, true}},
    {"RTP/SAVPF", true, {false, true, true}, {false, true, true}},
    {"UDP/TLS/RTP/SAVP", true, {false, false, false}, {}},
    {"UDP/TLS/RTP/SAVPF", true, {false, false, false}, {}},
};

TEST(SrtpAnswer, FollowsThePolicyForEachKindOfOffer) {
  for (const Case& c : matrix) {
    for (int p = 0; p < 3; ++p) {
      const std::string what = std::string(c.profile) + (c.crypto ? " with keys, policy " : ", policy ") + std::to_string(p);
      const LocalMedia local = side(policies[p], 1);
      const auto keys = c.crypto ? std::vector{theirs(cm80, 4)} : std::vector<CryptoKey>{};
      const auto a = answer(session(line(c.profile, keys)), local);
      ASSERT_EQ(a.has_value(), c.taken[p]) << what;
      if (!a) {
        EXPECT_EQ(a.error().code, policies[p] == SrtpPolicy::required ? Code::unsupported : Code::no_common_codec) << what;
        continue;
      }
      EXPECT_THAT(a->sdp, HasSubstr(std::string("m=audio 10000 ") + c.profile + " 0\r\n")) << "in kind";
      EXPECT_EQ(count(a->sdp, "a=crypto"), c.encrypted[p] ? 1u : 0u) << what;
      ASSERT_EQ(a->media.srtp_send.has_value(), c.encrypted[p]) << what;
      ASSERT_EQ(a->media.srtp_receive.has_value(), c.encrypted[p]) << what;
      if (!c.encrypted[p]) continue;
      EXPECT_EQ(*a->media.srtp_receive, theirs(cm80, 4));
      EXPECT_EQ(a->media.srtp_send->key_and_salt, find_suite(local.crypto, cm80)->key_and_salt);
      EXPECT_THAT(a->sdp, HasSubstr("a=crypto:" + write_crypto(*a->media.srtp_send) + "\r\n"));
      EXPECT_THAT(a->sdp, HasSubstr("a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:")) << "the offerer's tag";
    }
  }
}

TEST(SrtpAnswer, TakesTheOfferersFirstSuiteThatWeHaveAndSkipsWhatWeCannotUse) {
  const LocalMedia local = side(SrtpPolicy::required, 1);
  const std::string mki = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4\r\n";
  const std::string other = "a=crypto:2 AES_256_CM_HMAC_SHA1_80 inline:abcd\r\n";
  const auto a = answer(session("m=audio 4000 RTP/SAVP 0\r\n" + mki + other + "a=crypto:3 " +
                                write_crypto(theirs(cm32, 3)).substr(2) + "\r\na=crypto:" + write_crypto(theirs(gcm, 4)) + "\r\n"),
                        local);
  ASSERT_TRUE(a);
  EXPECT_EQ(a->media.srtp_send->suite, cm32);
  EXPECT_EQ(a->media.srtp_send->tag, 3);
  EXPECT_FALSE(answer(session("m=audio 4000 RTP/SAVP 0\r\n" + mki + other), local));
}

TEST(SrtpAnswer, FallsBackToPlainWhenNoKeyCanBeUsedAndThatIsAllowed) {
  const std::string offer = session("m=audio 4000 RTP/AVP 0\r\na=crypto:1 NONE inline:x\r\na=crypto:nonsense\r\n");
  const auto a = answer(offer, side(SrtpPolicy::optional, 1));
  ASSERT_TRUE(a);
  EXPECT_FALSE(a->media.srtp_send);
  EXPECT_FALSE(answer(offer, side(SrtpPolicy::required, 1)));
}

TEST(SrtpAnswer, TakesTheFirstLineThatThePolicyCanUseAndRefusesTheOther) {
  const std::string both = session(line("RTP/SAVP", {theirs(gcm, 1)}, 4000) + line("RTP/AVP", {}, 4002));
  const std::string turned = session(line("RTP/AVP", {}, 4002) + line("RTP/SAVP", {theirs(gcm, 1)}, 4000));
  const auto port = [](const std::string& offer, SrtpPolicy policy) {
    const auto a = answer(offer, side(policy, 1));
    EXPECT_EQ(count(a->sdp, "m=audio 0 RTP/"), 1u);
    EXPECT_EQ(Session::parse(a->sdp)->media.size(), 2u);
    return a->media.remote_rtp.port;
  };
  EXPECT_EQ(port(both, SrtpPolicy::off), 4002);
  EXPECT_EQ(port(both, SrtpPolicy::optional), 4000);
  EXPECT_EQ(port(both, SrtpPolicy::required), 4000);
  EXPECT_EQ(port(turned, SrtpPolicy::off), 4002);
  EXPECT_EQ(port(turned, SrtpPolicy::optional), 4002);
  EXPECT_EQ(port(turned, SrtpPolicy::required), 4000);
}

TEST(SrtpAnswer, KeepsOurKeyAndTakesThePeersNewOne) {
  const LocalMedia local = side(SrtpPolicy::optional, 1);
  CryptoKey changed = theirs(gcm, 9);
  changed.key_and_salt[0] = static_cast<char>(changed.key_and_salt[0] ^ 1);
  const auto first = answer(session(line("RTP/SAVP", {theirs(gcm, 1)})), local);
  const auto second = answer(session(line("RTP/SAVP", {changed})), local);
  EXPECT_EQ(first->media.srtp_send->key_and_salt, second->media.srtp_send->key_and_salt);
  EXPECT_EQ(second->media.srtp_receive->key_and_salt, changed.key_and_salt);
  EXPECT_NE(first->media.srtp_receive->key_and_salt, changed.key_and_salt);
}

TEST(SrtpOfferAnswer, AgreesWithItselfForEachPairOfPolicies) {
  for (const SrtpPolicy caller : policies) {
    for (const SrtpPolicy callee : policies) {
      const LocalMedia a = side(caller, 1), b = side(callee, 2);
      const auto answered = answer(make_offer(a), b);
      const bool clash = (caller == SrtpPolicy::off && callee == SrtpPolicy::required) ||
                         (caller == SrtpPolicy::required && callee == SrtpPolicy::off);
      ASSERT_EQ(answered.has_value(), !clash);
      if (clash) continue;
      const auto media = accept(a, answered->sdp);
      ASSERT_TRUE(media) << media.error().message();
      ASSERT_EQ(media->srtp_send.has_value(), caller != SrtpPolicy::off && callee != SrtpPolicy::off);
      EXPECT_EQ(media->srtp_send, answered->media.srtp_receive);
      EXPECT_EQ(media->srtp_receive, answered->media.srtp_send);
      EXPECT_EQ(media->secure_profile, answered->media.secure_profile);
      if (media->srtp_send) {
        EXPECT_EQ(media->srtp_send->suite, gcm) << "our best suite";
        EXPECT_NE(media->srtp_send->key_and_salt, media->srtp_receive->key_and_salt);
      }
    }
  }
}

TEST(SrtpAccept, WantsExactlyOneKeyThatWeOffered) {
  const LocalMedia local = side(SrtpPolicy::optional, 1);
  const auto code = [&](const std::string& media) {
    const auto got = accept(local, session(media));
    EXPECT_FALSE(got) << media;
    return got ? Code::io : got.error().code;
  };
  EXPECT_TRUE(accept(local, session(line("RTP/AVP", {theirs(cm80, 2)})))->srtp_send);
  EXPECT_FALSE(accept(local, session(line("RTP/AVP", {})))->srtp_send);
  EXPECT_EQ(code(line("RTP/AVP", {theirs(cm80, 1)})), Code::bad_syntax) << "the tag of another suite";
  EXPECT_EQ(code(line("RTP/AVP", {theirs(cm80, 7)})), Code::bad_syntax);
  EXPECT_EQ(code(line("RTP/AVP", {theirs(cm80, 2), theirs(cm32, 3)})), Code::bad_syntax);
  EXPECT_EQ(code(line("RTP/AVP", {}) + "a=crypto:2 broken\r\n"), Code::bad_syntax);
  EXPECT_EQ(code(line("RTP/SAVP", {})), Code::unsupported);
}

TEST(SrtpAccept, NeedsAKeyWhenSrtpIsRequiredAndLooksAtNoneWhenItIsOff) {
  const LocalMedia required = side(SrtpPolicy::required, 1), off = side(SrtpPolicy::off, 1);
  EXPECT_EQ(accept(required, session(line("RTP/AVP", {}))).error().code, Code::unsupported);
  EXPECT_EQ(accept(required, session(line("RTP/SAVP", {}))).error().code, Code::unsupported);
  EXPECT_TRUE(accept(required, session(line("RTP/SAVP", {theirs(gcm, 1)})))->srtp_receive);
  EXPECT_FALSE(accept(off, session(line("RTP/AVP", {theirs(gcm, 1)})))->srtp_receive);
  EXPECT_EQ(accept(off, session(line("RTP/SAVP", {theirs(gcm, 1)}))).error().code, Code::no_common_codec);
}

TEST(SrtpOfferAnswer, SurvivesFourThousandMutatedBodies) {
  auto random = base::seeded(23);
  const LocalMedia local = side(SrtpPolicy::optional, 1);
  const std::string seeds[] = {make_offer(side(SrtpPolicy::required, 2)), make_offer(side(SrtpPolicy::optional, 3)),
                               session(line("RTP/SAVP", {theirs(cm32, 1)}) + line("RTP/AVP", {theirs(gcm, 2)}, 4002))};
  int encrypted = 0;
  for (int round = 0; round < 4'000; ++round) {
    std::string text = seeds[round % 3];
    for (std::uint64_t edits = random() % 4; edits < 4; ++edits) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0: text[at] = static_cast<char>(random()); break;
        case 1: text.erase(at, random() % 8); break;
        default: text.insert(at, text.substr(random() % text.size(), random() % 60)); break;
      }
    }
    (void)accept(local, text);
    const auto a = answer(text, local);
    if (!a) continue;
    ASSERT_TRUE(Session::parse(a->sdp)) << a->sdp;
    ASSERT_EQ(a->media.srtp_send.has_value(), a->media.srtp_receive.has_value());
    encrypted += a->media.srtp_send.has_value();
  }
  EXPECT_GT(encrypted, 500);
}

}  // namespace
}  // namespace daedap::sdp
