#include "sdp/crypto.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/random.hpp"

namespace daedap::sdp {
namespace {

using base::Code;

const std::string key30 = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";    // RFC 4568 §4.2
const std::string key28 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw==";  // 0 .. 27
const std::string cm80 = "1 AES_CM_128_HMAC_SHA1_80 ";
const std::string gcm = "1 AEAD_AES_128_GCM ";

CryptoKey parsed(const std::string& value) {
  const auto key = parse_crypto(value);
  EXPECT_TRUE(key) << value;
  return key.value_or(CryptoKey{.tag = -1});
}

Code refused(const std::string& value) {
  const auto key = parse_crypto(value);
  EXPECT_FALSE(key) << value;
  return key ? Code::io : key.error().code;
}

TEST(Crypto, ReadsTheExampleOfTheSpecification) {  // RFC 4568 §4.2, §9.2
  const CryptoKey key = parsed("1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|2^20");
  EXPECT_EQ(key.tag, 1);
  EXPECT_EQ(key.suite, CryptoSuite::aes_cm_128_hmac_sha1_80);
  EXPECT_EQ(key.key_and_salt, "YS___semctl () {\t220;}\n}\nunles");
}

TEST(Crypto, KnowsItsThreeSuitesByLength) {
  EXPECT_EQ(parsed("7 AES_CM_128_HMAC_SHA1_32 inline:" + key30).suite, CryptoSuite::aes_cm_128_hmac_sha1_32);
  const CryptoKey key = parsed("999999999 aead_aes_128_gcm inline:" + key28);
  EXPECT_EQ(key.suite, CryptoSuite::aead_aes_128_gcm);
  EXPECT_EQ(key.tag, 999'999'999);
  ASSERT_EQ(key.key_and_salt.size(), 28u);
  for (int i = 0; i < 28; ++i) EXPECT_EQ(key.key_and_salt[static_cast<std::size_t>(i)], i);
}

TEST(Crypto, AcceptsWhatChangesNothingForUs) {
  for (const std::string rest :
       {"|2^48", "|1048576", "|281474976710656", "|2^0", " WSH=128", " -x=1", "  ", " WSH=64 -y"}) {
    EXPECT_EQ(parsed(cm80 + "inline:" + key30 + rest).tag, 1) << rest;
  }
  EXPECT_EQ(parsed("1\tAES_CM_128_HMAC_SHA1_80  INLINE:" + key30).tag, 1);
  EXPECT_EQ(parsed(gcm + "inline:" + key28.substr(0, 38)).key_and_salt, parsed(gcm + "inline:" + key28).key_and_salt)
      << "without padding";
}

TEST(Crypto, RefusesWhatIsNotSaidRight) {
  for (const std::string& value :
       {std::string(), std::string("1"), std::string("x AES_CM_128_HMAC_SHA1_80 inline:") + key30,
        "-1 AES_CM_128_HMAC_SHA1_80 inline:" + key30, "1234567890 AES_CM_128_HMAC_SHA1_80 inline:" + key30,
        cm80 + "inline:", cm80 + "inline:" + key30.substr(1), cm80 + "inline:" + key30 + "A", cm80 + "inline:" + key28,
        gcm + "inline:" + key30, gcm + "inline:" + key28.substr(0, 39), gcm + "inline:" + key28.substr(0, 38) + "=A",
        gcm + "inline:" + key28.substr(0, 37) + "x==",  // bits behind the last byte
        cm80 + "inline:!" + key30.substr(1), cm80 + "inline:=" + key30.substr(1), cm80 + "inline:" + key30 + "|0",
        cm80 + "inline:" + key30 + "|2^49", cm80 + "inline:" + key30 + "|281474976710657",
        cm80 + "inline:" + key30 + "|2^", cm80 + "inline:" + key30 + "|-5", cm80 + "inline:" + key30 + "|x"}) {
    const Code code = refused(value);
    EXPECT_TRUE(code == Code::bad_syntax || (value.size() < 3 && code == Code::unsupported)) << value;
  }
}

TEST(Crypto, RefusesWhatWeDoNotDo) {
  for (const std::string& value :
       {"1 AES_CM_256_HMAC_SHA1_80 inline:" + key30, "1 F8_128_HMAC_SHA1_80 inline:" + key30,
        "1 AEAD_AES_256_GCM inline:" + key30, cm80 + "inline:" + key30 + "|2^20|1:4", cm80 + "inline:" + key30 + "|1:4",
        cm80 + "inline:" + key30 + "|2^20;inline:" + key30 + "|2^20", cm80 + "uri:" + key30, cm80 + key30,
        cm80 + "inline:" + key30 + " UNENCRYPTED_SRTP", cm80 + "inline:" + key30 + " UNENCRYPTED_SRTCP",
        cm80 + "inline:" + key30 + " UNAUTHENTICATED_SRTP", cm80 + "inline:" + key30 + " KDR=1",
        cm80 + "inline:" + key30 + " FEC_ORDER=FEC_SRTP", cm80 + "inline:" + key30 + " WSH=64 UNENCRYPTED_SRTP"}) {
    EXPECT_EQ(refused(value), Code::unsupported) << value;
  }
}

TEST(Crypto, NeverQuotesAKeyInAnError) {
  for (const std::string& value : {cm80 + "inline:" + key30 + "|1:4", cm80 + "inline:" + key30.substr(1),
                                   "x " + key30, "1 " + key30 + " inline:", cm80 + key30}) {
    const auto key = parse_crypto(value);
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().message().find(key30.substr(2, 20)), std::string::npos) << value;
  }
}

TEST(Crypto, WritesWhatItReads) {
  EXPECT_EQ(write_crypto(parsed(cm80 + "inline:" + key30)), cm80 + "inline:" + key30);
  EXPECT_EQ(write_crypto(parsed("3 AEAD_AES_128_GCM inline:" + key28)), "3 AEAD_AES_128_GCM inline:" + key28);
}

TEST(Crypto, MakesAFreshKeyForEachSuiteBestFirst) {
  base::Random random(base::seeded(5));
  const auto keys = make_crypto(random), others = make_crypto(random);
  ASSERT_EQ(keys.size(), suite_count);
  std::set<std::string> all;
  for (std::size_t i = 0; i < suite_count; ++i) {
    EXPECT_EQ(keys[i].tag, static_cast<int>(i) + 1);
    EXPECT_EQ(keys[i].suite, static_cast<CryptoSuite>(i));
    EXPECT_EQ(keys[i].key_and_salt.size(), key_size(keys[i].suite));
    EXPECT_EQ(parsed(write_crypto(keys[i])), keys[i]);
    EXPECT_EQ(find_suite(keys, keys[i].suite), &keys[i]);
    all.insert(keys[i].key_and_salt.substr(0, 28));
    all.insert(others[i].key_and_salt.substr(0, 28));
  }
  EXPECT_EQ(all.size(), 2 * suite_count);
  EXPECT_EQ(find_suite({}, CryptoSuite::aead_aes_128_gcm), nullptr);
}

TEST(Crypto, SurvivesFiftyThousandMutatedLines) {
  auto random = base::seeded(31);
  const std::string seeds[] = {cm80 + "inline:" + key30 + "|2^20 WSH=128", gcm + "inline:" + key28 + "|2^31|1:4"};
  int good = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string text = seeds[round % 2];
    for (std::uint64_t edits = random() % 3; edits < 3; ++edits) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0: text[at] = static_cast<char>(random()); break;
        case 1: text.erase(at, random() % 6); break;
        default: text.insert(at, 1, "|:;^= \t-0"[random() % 9]); break;
      }
      if (text.empty()) break;
    }
    const auto key = parse_crypto(text);
    if (!key) continue;
    ++good;
    ASSERT_EQ(key->key_and_salt.size(), key_size(key->suite)) << text;
    ASSERT_EQ(parse_crypto(write_crypto(*key)).value_or(CryptoKey{}), *key) << text;
  }
  EXPECT_GT(good, 1000);
}

}  // namespace
}  // namespace daedap::sdp
