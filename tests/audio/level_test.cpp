#include "audio/level.hpp"

#include <gtest/gtest.h>

#include "audio/sine.hpp"

namespace daedap::audio {
namespace {

TEST(Level, OfAFullScaleSineIsThreeDecibelsDown) {
  EXPECT_NEAR(rms_dbfs(testing::sine(1000, 16000, 16000, 32767)), -3.01, 0.01);
}

TEST(Level, OfAFullScaleSquareIsZero) {
  std::vector<std::int16_t> square(320, -32768);
  EXPECT_DOUBLE_EQ(rms_dbfs(square), 0);
}

TEST(Level, FallsSixDecibelsWithHalfTheAmplitude) {
  const auto loud = testing::sine(500, 16000, 3200, 16000);
  const auto soft = testing::sine(500, 16000, 3200, 8000);
  EXPECT_NEAR(rms_dbfs(loud) - rms_dbfs(soft), 6.02, 0.02);
}

TEST(Level, OfNothingAndOfSilenceIsTheFloor) {
  EXPECT_EQ(rms_dbfs({}), silence_dbfs);
  EXPECT_EQ(rms_dbfs(std::vector<std::int16_t>(100, 0)), silence_dbfs);
  std::vector<std::int16_t> one(100'000, 0);
  one[5] = 1;
  EXPECT_EQ(rms_dbfs(one), silence_dbfs);
}

TEST(Level, PeakKnowsTheLowestSample) {
  EXPECT_EQ(peak({}), 0);
  EXPECT_EQ(peak(std::vector<std::int16_t>{3, -32768, 100}), 32768);
}

TEST(Level, AmplitudeIsTheInverse) {
  EXPECT_NEAR(amplitude_of(-6.0206), 16384, 1);
  EXPECT_EQ(amplitude_of(20), 32767);
}

}  // namespace
}  // namespace daedap::audio
