#include "audio/wide_concealment.hpp"

#include <gtest/gtest.h>

#include "audio/level.hpp"
#include "audio/sine.hpp"

namespace daedap::audio {
namespace {

using testing::sine;

constexpr std::size_t frame = 320;

class Pitch : public ::testing::TestWithParam<double> {};

TEST_P(Pitch, GoesOnAsBefore) {
  WideConcealment c;
  auto past = sine(GetParam(), 16000, 1600);
  c.on_audio(past);
  std::vector<std::int16_t> hole(frame);
  c.fill(hole);
  EXPECT_GT(testing::sine_snr(hole, GetParam(), 16000), 8);
  EXPECT_LT(std::abs(hole.front() - past.back()), 2500);  // no click at the seam
  EXPECT_GT(rms_dbfs(hole), rms_dbfs(past) - 4);
}

INSTANTIATE_TEST_SUITE_P(Voices, Pitch, ::testing::Values(70, 100, 150, 200, 330, 400));

TEST(WideConcealment, TakesEmptySpansOddSizesAndLoudAudio) {
  WideConcealment c;
  c.on_audio({});
  c.fill({});
  std::vector<std::int16_t> odd(37, 32767), low(1300, -32768);
  c.on_audio(odd);
  c.on_audio(low);
  std::vector<std::int16_t> hole(1701, 5);
  c.fill(hole);
  EXPECT_LT(hole.front(), -32000);
  EXPECT_EQ(hole.back(), 0);
}

}  // namespace
}  // namespace daedap::audio
