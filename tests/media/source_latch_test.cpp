#include "media/source_latch.hpp"

#include <gtest/gtest.h>

#include "media/fakes.hpp"

namespace daedap::media {
namespace {

using namespace testing;

const Address signalled = addr("192.0.2.10:4000");
const Address other_port = addr("192.0.2.10:5000");
const Address nat = addr("198.51.100.7:31000");
const Address attacker = addr("203.0.113.66:9999");

struct Stream {
  SourceLatch& latch;
  Address from;
  std::uint32_t ssrc = 1;
  std::uint16_t seq = 10;
  bool send(std::int64_t ms, int step = 1) {
    seq = static_cast<std::uint16_t>(seq + step);
    return latch.admits(from, {.seq = rtp::Seq(seq), .ssrc = ssrc}, at(ms));
  }
};

TEST(SourceLatch, AdmitsNothingBeforeItIsAimed) {
  SourceLatch latch;
  Stream stale{latch, signalled};
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(stale.send(i));
  EXPECT_FALSE(latch.latched());
}

TEST(SourceLatch, SendsToTheSignalledAddressFirst) {
  SourceLatch latch;
  latch.aim(signalled);
  EXPECT_EQ(latch.target(), signalled);
  EXPECT_FALSE(latch.latched());
}

TEST(SourceLatch, BelievesTheSignalledIpAtOnce) {
  SourceLatch latch;
  latch.aim(signalled);
  Stream phone{latch, other_port};
  EXPECT_TRUE(phone.send(0));
  EXPECT_EQ(latch.target(), other_port);
}

TEST(SourceLatch, BelievesAStrangerAfterThreePacketsInSequence) {
  SourceLatch latch;
  latch.aim(signalled);
  Stream phone{latch, nat};
  EXPECT_FALSE(phone.send(0));
  EXPECT_FALSE(phone.send(20));
  EXPECT_EQ(latch.target(), signalled);
  EXPECT_TRUE(phone.send(40));
  EXPECT_EQ(latch.target(), nat);
}

TEST(SourceLatch, NeverBelievesAStrangerOutOfSequence) {
  SourceLatch latch;
  latch.aim(signalled);
  Stream spray{latch, attacker};
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(spray.send(i, 7));
  for (int i = 0; i < 100; ++i) {
    ++spray.ssrc;
    EXPECT_FALSE(spray.send(i));
  }
}

// CVE-2025-53399: a flood from elsewhere must neither be heard nor turn our audio away.
TEST(SourceLatch, KeepsAFloodOutOnceLatched) {
  SourceLatch latch;
  latch.aim(signalled);
  Stream phone{latch, nat};
  Stream flood{latch, attacker, 99};
  for (int i = 0; i < 3; ++i) phone.send(i * 20);
  ASSERT_TRUE(latch.latched());
  for (int ms = 60; ms < 60'000; ms += 20) {
    for (int k = 0; k < 5; ++k) ASSERT_FALSE(flood.send(ms));
    ASSERT_TRUE(phone.send(ms));
    ASSERT_EQ(latch.target(), nat);
  }
}

TEST(SourceLatch, TheSignalledAddressTakesTheLatchFromAStranger) {
  SourceLatch latch;
  latch.aim(signalled);
  Stream stale{latch, attacker};
  for (int i = 0; i < 10; ++i) stale.send(i * 20);
  ASSERT_EQ(latch.target(), attacker);
  Stream phone{latch, signalled, 2};
  EXPECT_TRUE(phone.send(200));
  EXPECT_EQ(latch.target(), signalled);
  EXPECT_FALSE(stale.send(220));
}

// One media server, two calls: the other call's stream comes from the same IP.
TEST(SourceLatch, TheVerySignalledAddressBeatsAnotherPortOfItsIp) {
  SourceLatch latch;
  latch.aim(signalled);
  Stream stale{latch, other_port};
  EXPECT_TRUE(stale.send(0));
  Stream phone{latch, signalled, 2};
  EXPECT_TRUE(phone.send(20));
  EXPECT_FALSE(stale.send(40));
  EXPECT_EQ(latch.target(), signalled);
}

TEST(SourceLatch, OpensAfterFiveSecondsOfSilence) {
  SourceLatch latch;
  latch.aim(signalled);
  Stream phone{latch, signalled};
  EXPECT_TRUE(phone.send(0));
  Stream moved{latch, nat, 2};
  EXPECT_FALSE(moved.send(4000));
  EXPECT_FALSE(moved.send(4999));
  EXPECT_FALSE(moved.send(5000));
  EXPECT_FALSE(moved.send(5020));
  EXPECT_TRUE(moved.send(5040));
  EXPECT_EQ(latch.target(), nat);
}

TEST(SourceLatch, OpensWhenTheSignalledAddressChanges) {
  SourceLatch latch;
  latch.aim(signalled);
  Stream phone{latch, nat};
  for (int i = 0; i < 3; ++i) phone.send(i);
  latch.aim(signalled);
  EXPECT_EQ(latch.target(), nat);  // unchanged: stays
  const Address moved = addr("192.0.2.99:6000");
  latch.aim(moved);
  EXPECT_EQ(latch.target(), moved);
  Stream again{latch, moved, 5};
  EXPECT_TRUE(again.send(100));
}

TEST(SourceLatch, StaysThroughAHoldWithAnUnspecifiedAddress) {
  SourceLatch latch;
  latch.aim(signalled);
  Stream phone{latch, signalled};
  phone.send(0);
  latch.aim(addr("0.0.0.0:4000"));
  EXPECT_EQ(latch.target(), signalled);
  latch.aim(signalled.with_port(0));
  EXPECT_TRUE(phone.send(20));
}

TEST(SourceLatch, BelievesANewSsrcAtItsSecondPacket) {
  SourceLatch latch;
  latch.aim(signalled);
  Stream phone{latch, signalled, 1};
  EXPECT_TRUE(phone.send(0));
  Stream forged{latch, signalled, 666, 5000};
  EXPECT_FALSE(forged.send(10));
  EXPECT_TRUE(phone.send(20));
  Stream music{latch, signalled, 2, 700};
  EXPECT_FALSE(music.send(40));
  EXPECT_TRUE(music.send(60));
  EXPECT_TRUE(music.send(80));
}

}  // namespace
}  // namespace daedap::media
