#include "server/sip_account.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include <set>

namespace daedap::server {
namespace {

TEST(SipAccount, SecretIsTheHashOfUserRealmAndPassword) {
  // RFC 7616 §3.9.1: Mufasa in http-auth@example.org with "Circle of Life".
  const store::SipSecret s = sip_secret("Mufasa", "http-auth@example.org", "Circle of Life");
  EXPECT_EQ(s.realm, "http-auth@example.org");
  EXPECT_EQ(s.ha1_md5, "3d78807defe7de2157e2b0b6573a855f");
  EXPECT_EQ(s.ha1_sha256, "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232");
}

TEST(SipAccount, PasswordsAreLongAllDifferentAndWithoutLookAlikes) {
  ASSERT_GE(sodium_init(), 0);
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const std::string password = random_password();
    EXPECT_EQ(password.size(), 20u);
    EXPECT_EQ(password.find_first_of("0O1lI"), std::string::npos) << password;
    EXPECT_TRUE(seen.insert(password).second);
  }
}

}  // namespace
}  // namespace daedap::server
