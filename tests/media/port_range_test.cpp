#include "media/port_range.hpp"

#include <gtest/gtest.h>

#include "media/fakes.hpp"

namespace daedap::media {
namespace {

using namespace testing;

base::UdpSocket::Receive nobody() {
  return [](auto, const auto&, auto) {};
}

struct Range : ::testing::Test {
  FakeNet net;
  base::Result<PortRange::Pair> open(PortRange& range, Time now) {
    return range.open(net, nobody(), nobody(), now);
  }
};
using PortRangeTest = Range;

TEST_F(PortRangeTest, RaisesAnOddStart) {
  PortRange range(addr("127.0.0.1:0"), 10001, 10005);
  const auto a = open(range, at(0));
  ASSERT_TRUE(a);
  EXPECT_EQ(a->port, 10002);
  EXPECT_EQ(a->rtp->local().port, 10002);
  EXPECT_EQ(a->rtcp->local().port, 10003);
  const auto b = open(range, at(0));
  ASSERT_TRUE(b);
  EXPECT_EQ(b->port, 10004);
  EXPECT_EQ(open(range, at(0)).error().code, base::Code::no_port);
  EXPECT_EQ(range.in_use(), 2u);
}

TEST_F(PortRangeTest, LeavesOutALastPortWithoutRoomForRtcp) {
  PortRange range(addr("127.0.0.1:0"), 10000, 10002);
  EXPECT_TRUE(open(range, at(0)));
  EXPECT_FALSE(open(range, at(60'000)));
}

TEST_F(PortRangeTest, OfNoPairsHasNoPort) {
  for (const auto& [first, last] : {std::pair{10001, 10002}, {65535, 65535}, {200, 100}}) {
    PortRange range(addr("127.0.0.1:0"), static_cast<std::uint16_t>(first),
                    static_cast<std::uint16_t>(last));
    EXPECT_EQ(open(range, at(0)).error().code, base::Code::no_port);
  }
  PortRange top(addr("127.0.0.1:0"), 65534, 65535);
  EXPECT_EQ(open(top, at(0))->port, 65534);
}

// A UDP port in our range held by another process.
TEST_F(PortRangeTest, SkipsAPortHeldByAnotherProcessAndTriesItAgainLater) {
  net.taken = {10000, 10003};
  PortRange range(addr("127.0.0.1:0"), 10000, 10005);
  const auto a = open(range, at(0));
  ASSERT_TRUE(a);
  EXPECT_EQ(a->port, 10004);
  EXPECT_EQ(range.taken_by_others(), 2u);
  EXPECT_FALSE(net.is_open(10002));  // its RTCP port was taken: given back
  EXPECT_FALSE(open(range, at(5000)));
  net.taken.clear();
  EXPECT_EQ(open(range, at(20'000))->port, 10000);
  EXPECT_EQ(range.taken_by_others(), 1u);
}

TEST_F(PortRangeTest, LetsAPortRest30SecondsAfterItsCall) {
  PortRange range(addr("127.0.0.1:0"), 10000, 10001);
  auto a = open(range, at(0));
  ASSERT_TRUE(a);
  a->rtp.reset();
  a->rtcp.reset();
  range.release(10000, at(1000));
  EXPECT_EQ(range.in_use(), 0u);
  EXPECT_FALSE(open(range, at(30'999)));
  EXPECT_TRUE(open(range, at(31'000)));
}

TEST_F(PortRangeTest, GoesRoundTheRange) {
  PortRange range(addr("127.0.0.1:0"), 10000, 10007);
  std::vector<std::uint16_t> seen;
  for (int i = 0; i < 4; ++i) {
    auto pair = open(range, at(i));
    ASSERT_TRUE(pair);
    seen.push_back(pair->port);
    pair->rtp.reset();
    pair->rtcp.reset();
    range.release(pair->port, at(i));
  }
  EXPECT_EQ(seen, (std::vector<std::uint16_t>{10000, 10002, 10004, 10006}));
}

TEST_F(PortRangeTest, IgnoresAReleaseOfWhatIsNotInUse) {
  PortRange range(addr("127.0.0.1:0"), 10000, 10001);
  range.release(10000, at(0));
  range.release(10001, at(0));
  range.release(9998, at(0));
  range.release(20000, at(0));
  EXPECT_TRUE(open(range, at(1)));
}

TEST_F(PortRangeTest, PassesOnWhenTheSystemSaysNo) {
  net.broken = true;
  PortRange range(addr("127.0.0.1:0"), 10000, 19999);
  EXPECT_EQ(open(range, at(0)).error().code, base::Code::io);
  EXPECT_EQ(net.opens, 1);  // not 5,000 of them
  EXPECT_EQ(range.taken_by_others(), 0u);
}

}  // namespace
}  // namespace daedap::media
