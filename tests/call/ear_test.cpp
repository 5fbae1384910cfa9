#include "call/ear.hpp"

#include <gtest/gtest.h>

#include <array>

namespace daedap::call {
namespace {

using base::Millis;

struct EarTest : ::testing::Test {
  /// Frames of a square wave of this level, 20 ms each.
  void hear(int frames, std::int16_t level, bool concealed = false) {
    audio::Frame frame;
    frame.fill(level);
    for (int i = 0; i < frames; ++i) {
      now += audio::frame_time;
      ear.on_frame(frame, {.heard = now, .position = 0, .concealed = concealed});
    }
  }
  Ear ear;
  base::Time now{std::chrono::seconds(1)};
};

TEST(Loudness, IsTheRootMeanSquare) {
  const std::array<std::int16_t, 4> square{100, -100, 100, -100};
  EXPECT_DOUBLE_EQ(loudness(square), 100.0);
  EXPECT_EQ(loudness({}), 0.0);
}

TEST_F(EarTest, HearsSpeechFromItsFirstFrame) {
  hear(10, 0);
  const base::Time silence_end = now;
  hear(3, 2000);
  EXPECT_TRUE(ear.speaking());
  EXPECT_EQ(*ear.began(), silence_end + audio::frame_time);
  EXPECT_EQ(*ear.last_voiced(), now);
  EXPECT_EQ(ear.times(), 1);
}

TEST_F(EarTest, OneLoudFrameIsNoSpeech) {
  hear(1, 8000);
  hear(1, 0);
  hear(1, 8000);
  EXPECT_FALSE(ear.speaking());
  EXPECT_FALSE(ear.began());
}

TEST_F(EarTest, ShortPausesDoNotEndSpeech) {
  hear(5, 2000);
  hear(9, 0);
  EXPECT_TRUE(ear.speaking());
  hear(1, 0);
  EXPECT_FALSE(ear.speaking());
  hear(5, 2000);
  EXPECT_EQ(ear.times(), 2);
}

TEST_F(EarTest, QuietTailBelongsToTheSpeechThatRuns) {
  hear(5, 2000);
  hear(20, 200);
  EXPECT_TRUE(ear.speaking());
}

TEST_F(EarTest, MadeUpFramesAreSilence) {
  hear(20, 2000, true);
  EXPECT_FALSE(ear.speaking());
}

}  // namespace
}  // namespace daedap::call
