#include "sip/registrar/ban_list.hpp"

#include <gtest/gtest.h>

namespace daedap::sip {
namespace {

using std::chrono::seconds;

const base::Time start{std::chrono::hours(1)};
base::Address at(const std::string& ip, std::uint16_t port = 5060) { return *base::Address::parse_ip(ip, port); }

/// Fails until the source is banned; how often that took.
int fail_until_banned(BanList& bans, const base::Address& source, base::Time now) {
  for (int n = 1; n < 100; ++n)
    if (bans.on_failure(source, now)) return n;
  return 0;
}

TEST(BanList, BansAfterFiveFailuresInAMinute) {
  BanList bans;
  EXPECT_EQ(fail_until_banned(bans, at("192.0.2.9"), start), 5);
  EXPECT_TRUE(bans.banned(at("192.0.2.9"), start));
  EXPECT_TRUE(bans.banned(at("192.0.2.9", 9999), start)) << "another port is the same source";
  EXPECT_FALSE(bans.banned(at("192.0.2.10"), start));
}

TEST(BanList, SlowFailuresAreForgiven) {
  BanList bans;
  for (int i = 0; i < 40; ++i) EXPECT_FALSE(bans.on_failure(at("192.0.2.9"), start + seconds(20 * i)));
}

TEST(BanList, BansTwiceAsLongEachTimeUpToAnHour) {
  BanList bans;
  base::Time now = start;
  for (const int length : {300, 600, 1200, 2400, 3600, 3600}) {
    fail_until_banned(bans, at("192.0.2.9"), now);
    EXPECT_TRUE(bans.banned(at("192.0.2.9"), now + seconds(length - 1))) << length;
    now += seconds(length);
    EXPECT_FALSE(bans.banned(at("192.0.2.9"), now)) << length;
  }
}

TEST(BanList, StartsAnewForASourceThatWasQuiet) {
  BanList bans;
  fail_until_banned(bans, at("192.0.2.9"), start);
  const base::Time later = start + seconds(300) + BanList::memory + seconds(1);
  fail_until_banned(bans, at("192.0.2.9"), later);
  EXPECT_FALSE(bans.banned(at("192.0.2.9"), later + seconds(300)));
}

TEST(BanList, FailuresDuringABanDoNotLengthenIt) {
  BanList bans;
  fail_until_banned(bans, at("192.0.2.9"), start);
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(bans.on_failure(at("192.0.2.9"), start + seconds(10 * i)));
  EXPECT_FALSE(bans.banned(at("192.0.2.9"), start + seconds(300)));
}

TEST(BanList, SuccessForgetsFailures) {
  BanList bans;
  for (int i = 0; i < 4; ++i) bans.on_failure(at("192.0.2.9"), start);
  EXPECT_EQ(bans.failures(at("192.0.2.9"), start), 4);
  bans.on_success(at("192.0.2.9"));
  EXPECT_EQ(bans.failures(at("192.0.2.9"), start), 0);
  EXPECT_EQ(bans.size(), 0u);
  EXPECT_EQ(fail_until_banned(bans, at("192.0.2.9"), start), 5);
}

TEST(BanList, CountsAnIpv6NetworkAsOneSource) {
  BanList bans;
  for (int i = 1; i <= 4; ++i) EXPECT_FALSE(bans.on_failure(at("2001:db8:1:2::" + std::to_string(i)), start));
  EXPECT_TRUE(bans.on_failure(at("2001:db8:1:2:ffff::1"), start));
  EXPECT_TRUE(bans.banned(at("2001:db8:1:2::77"), start));
  EXPECT_FALSE(bans.banned(at("2001:db8:1:3::1"), start));
}

TEST(BanList, ListIsACopyThatAnswersAlike) {
  BanList bans;
  const base::Time now{std::chrono::hours(1)};
  const auto v4 = *base::Address::parse("192.0.2.7:5060"), v6 = *base::Address::parse("[2001:db8::1]:5060");
  for (int i = 0; i < BanList::most_failures; ++i) bans.on_failure(v4, now), bans.on_failure(v6, now);
  const Bans copy = bans.list(now);
  bans.on_success(v4);
  EXPECT_TRUE(copy.banned(v4.with_port(9), now)) << "whatever the port";
  EXPECT_TRUE(copy.banned(*base::Address::parse("[2001:db8::ffff]:1"), now)) << "whatever the host";
  EXPECT_FALSE(copy.banned(*base::Address::parse("192.0.2.8:5060"), now));
  EXPECT_FALSE(copy.banned(v4, now + BanList::first_ban));
  EXPECT_FALSE(bans.list(now).banned(v4, now));
}

TEST(BanList, StaysBoundedAndDropsTheLongestSilent) {
  BanList bans;
  const auto nth = [](unsigned i) {
    return at("10." + std::to_string(i >> 16) + '.' + std::to_string(i >> 8 & 255) + '.' + std::to_string(i & 255));
  };
  fail_until_banned(bans, nth(1), start);
  fail_until_banned(bans, nth(2), start);
  for (unsigned i = 3; i < 4096; ++i) bans.on_failure(nth(i), start);
  bans.on_failure(nth(1), start + seconds(1));  // heard of again
  for (unsigned i = 5000; i < 5010; ++i) bans.on_failure(nth(i), start + seconds(2));
  EXPECT_EQ(bans.size(), BanList::max_sources);
  EXPECT_TRUE(bans.banned(nth(1), start + seconds(2)));
  EXPECT_FALSE(bans.banned(nth(2), start + seconds(2)));
}

}  // namespace
}  // namespace daedap::sip
