#include "call/key_presses.hpp"

#include <gtest/gtest.h>

namespace daedap::call {
namespace {

using base::Millis;

constexpr auto rtp = KeySource::rtp;
constexpr auto info = KeySource::info;
const base::Time start = base::Time{} + std::chrono::seconds(100);

TEST(KeyPresses, CountsAPressThatComesBothWaysOnce) {
  for (const auto& [first, second] : {std::pair{rtp, info}, std::pair{info, rtp}}) {
    KeyPresses keys;
    EXPECT_TRUE(keys.take('5', first, start));
    EXPECT_FALSE(keys.take('5', second, start + Millis(500)));
  }
}

TEST(KeyPresses, CountsTwoThatAreFurtherApartThanHalfASecond) {
  KeyPresses keys;
  EXPECT_TRUE(keys.take('5', rtp, start));
  EXPECT_TRUE(keys.take('5', info, start + Millis(501)));
}

TEST(KeyPresses, CountsOtherKeysAndTheSameWayEachTime) {
  KeyPresses keys;
  EXPECT_TRUE(keys.take('5', rtp, start));
  EXPECT_TRUE(keys.take('6', info, start + Millis(10)));
  EXPECT_TRUE(keys.take('5', rtp, start + Millis(100)));
  EXPECT_TRUE(keys.take('6', info, start + Millis(110)));
}

TEST(KeyPresses, FastDoublePressBothWaysIsTwo) {
  KeyPresses keys;
  int taken = 0;
  for (const KeySource source : {rtp, rtp, info, info}) taken += keys.take('5', source, start);
  EXPECT_EQ(taken, 2);
  for (const KeySource source : {rtp, info, rtp, info}) taken += keys.take('5', source, start + Millis(50));
  EXPECT_EQ(taken, 4);
}

TEST(KeyPresses, CopyDoesNotHideAThirdPress) {
  KeyPresses keys;
  EXPECT_TRUE(keys.take('5', info, start));
  EXPECT_FALSE(keys.take('5', rtp, start + Millis(20)));
  EXPECT_TRUE(keys.take('5', info, start + Millis(300)));
}

TEST(KeyPresses, FloodIsForgottenFromItsBeginning) {
  KeyPresses keys;
  for (int i = 0; i < 33; ++i) EXPECT_TRUE(keys.take(i == 0 ? '1' : '2', info, start));
  EXPECT_TRUE(keys.take('1', rtp, start));  // the first was pushed out
  EXPECT_FALSE(keys.take('2', rtp, start));
}

}  // namespace
}  // namespace daedap::call
