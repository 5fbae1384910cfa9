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

TEST(WideConcealment, FadesToSilenceWithin60Milliseconds) {
  WideConcealment c;
  auto past = sine(150, 16000, 1600);
  c.on_audio(past);
  std::vector<std::int16_t> hole(8 * frame);
  for (std::size_t at = 0; at < hole.size(); at += frame) c.fill(std::span(hole).subspan(at, frame));
  EXPECT_GT(peak(std::span(hole).first(frame)), 6000);
  EXPECT_LT(peak(std::span(hole).subspan(frame, frame)), peak(std::span(hole).first(frame)));
  EXPECT_EQ(peak(std::span(hole).subspan(3 * frame)), 0);
}

TEST(WideConcealment, BlendsRealAudioInAfterAHole) {
  WideConcealment c;
  auto past = sine(150, 16000, 1600);
  c.on_audio(past);
  std::vector<std::int16_t> hole(10 * frame);
  c.fill(hole);
  std::vector<std::int16_t> loud(frame, 12000);
  c.on_audio(loud);
  EXPECT_LT(std::abs(loud[0]), 300);  // no click
  EXPECT_EQ(loud[frame - 1], 12000);
}

TEST(WideConcealment, LeavesUnbrokenAudioAlone) {
  WideConcealment c;
  for (int i = 0; i < 50; ++i) {
    const auto want = sine(440, 16000, frame, 8000, i * 320);
    auto got = want;
    c.on_audio(got);
    ASSERT_EQ(got, want);
  }
}

TEST(WideConcealment, IsSilentBeforeAnyAudioAndThroughHoursOfLoss) {
  WideConcealment c;
  std::vector<std::int16_t> hole(frame, 99);
  for (int i = 0; i < 50 * 600; ++i) c.fill(hole);
  EXPECT_EQ(peak(hole), 0);
  auto back = sine(150, 16000, frame);
  c.on_audio(back);
  EXPECT_GT(peak(back), 7000);
}

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
