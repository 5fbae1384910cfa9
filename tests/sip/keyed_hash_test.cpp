#include "sip/keyed_hash.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace daedap::sip {
namespace {

TEST(KeyedHash, TheSeedDecides) {
  const KeyedHash a(1, 2), same(1, 2), b(1, 3), c(2, 2);
  EXPECT_EQ(a("call-1"), same("call-1"));
  EXPECT_NE(a("call-1"), b("call-1"));
  EXPECT_NE(a("call-1"), c("call-1"));
}

TEST(KeyedHash, EachByteAndTheLengthCount) {
  const KeyedHash hash(7, 8);
  std::set<std::size_t> seen;
  std::string text;
  for (int i = 0; i < 40; ++i) {
    EXPECT_TRUE(seen.insert(hash(text)).second) << i << " zeros";
    text += '\0';
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] = 1;
    EXPECT_TRUE(seen.insert(hash(other)).second) << i;
  }
}

TEST(KeyedHash, SpreadsOverTheBucketsOfAMap) {
  const KeyedHash hash(3, 4);
  std::set<std::size_t> buckets;
  for (int i = 0; i < 1000; ++i) buckets.insert(hash("call-" + std::to_string(i)) % 1009);
  EXPECT_GT(buckets.size(), 550u);  // 1009 * (1 - 1/e) = 638 by chance
}

}  // namespace
}  // namespace daedap::sip
