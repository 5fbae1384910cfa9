#include "audio/trim.hpp"

#include <gtest/gtest.h>

#include "audio/sine.hpp"

namespace daedap::audio {
namespace {

std::vector<std::int16_t> padded(std::size_t before, std::size_t sound, std::size_t behind) {
  std::vector<std::int16_t> pcm(before, 0);
  const auto tone = testing::sine(300, 16000, sound);
  pcm.insert(pcm.end(), tone.begin(), tone.end());
  pcm.insert(pcm.end(), behind, 0);
  return pcm;
}

TEST(Trim, TakesTheSilenceOffBothEnds) {
  const auto pcm = padded(8000, 3200, 4800);
  const Voiced v = find_voiced(pcm);
  EXPECT_EQ(v.first, 8000u - 160);
  EXPECT_EQ(v.last, 11200u + 160);
  EXPECT_EQ(trim(pcm).size(), 3200u + 320);
}

TEST(Trim, LeavesPausesInsideAlone) {
  auto pcm = padded(1600, 800, 8000);
  const auto more = padded(0, 800, 1600);
  pcm.insert(pcm.end(), more.begin(), more.end());
  EXPECT_EQ(trim(pcm, {.keep = base::Millis{0}}).size(), 800u + 8000 + 800);
}

TEST(Trim, IgnoresNoiseBelowTheFloor) {
  auto pcm = padded(1600, 800, 1600);
  for (std::size_t i = 0; i < 1600; ++i) pcm[i] = i % 2 == 0 ? 20 : -20;  // -64 dBFS
  EXPECT_EQ(find_voiced(pcm, {.keep = base::Millis{0}}).first, 1600u);
  EXPECT_EQ(find_voiced(pcm, {.floor_dbfs = -70, .keep = base::Millis{0}}).first, 0u);
}

TEST(Trim, KeepsNothingOfPureSilence) {
  EXPECT_TRUE(trim(std::vector<std::int16_t>(5000, 0)).empty());
  EXPECT_TRUE(trim({}).empty());
}

TEST(Trim, KeepsAllOfSoundWithoutSilence) {
  const auto pcm = padded(0, 1234, 0);
  EXPECT_EQ(trim(pcm).size(), 1234u);
}

}  // namespace
}  // namespace daedap::audio
