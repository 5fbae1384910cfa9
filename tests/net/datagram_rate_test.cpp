#include "net/datagram_rate.hpp"

#include <gtest/gtest.h>

namespace daedap::net {
namespace {

using std::chrono::microseconds;

// Two windows of `count` datagrams, one each `gap`; the time of the last one.
DatagramRate after(base::Duration gap) {
  DatagramRate rate;
  base::Time now{std::chrono::seconds{1}};
  for (const base::Time end = now + 2 * DatagramRate::window; now <= end; now += gap) rate.add(1, now);
  return rate;
}

TEST(DatagramRate, PausesForNobodyAtFirst) {
  DatagramRate rate;
  EXPECT_EQ(rate.pause(), base::Duration::zero());
  rate.add(100, base::Time{std::chrono::seconds{1}});
  EXPECT_EQ(rate.pause(), base::Duration::zero());
}

TEST(DatagramRate, PausesAsLongAsAFewDatagramsTakeToCome) {
  const auto pause = after(microseconds{10}).pause();
  EXPECT_NEAR(static_cast<double>(pause.count()), 40e3, 1e3);
}

TEST(DatagramRate, DoesNotPauseWhereTooFewWouldCome) {
  EXPECT_EQ(after(microseconds{26}).pause(), base::Duration::zero());
  EXPECT_GT(after(microseconds{24}).pause(), base::Duration::zero());
}

TEST(DatagramRate, DoesNotPauseWhileItIsBehind) {
  DatagramRate rate = after(microseconds{10});
  const base::Time now{std::chrono::seconds{1} + 2 * DatagramRate::window + microseconds{20}};
  rate.add(2 * DatagramRate::worth, now);
  EXPECT_EQ(rate.pause(), base::Duration::zero());
  rate.add(1, now + microseconds{10});
  EXPECT_GT(rate.pause(), base::Duration::zero());
}

TEST(DatagramRate, ForgetsABurstOnceItIsOver) {
  DatagramRate rate = after(microseconds{5});
  ASSERT_GT(rate.pause(), base::Duration::zero());
  rate.add(1, base::Time{std::chrono::seconds{2}});
  EXPECT_EQ(rate.pause(), base::Duration::zero());
}

}  // namespace
}  // namespace daedap::net
