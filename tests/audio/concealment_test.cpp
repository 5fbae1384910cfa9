#include "audio/concealment.hpp"

#include <gtest/gtest.h>

#include "audio/level.hpp"
#include "audio/sine.hpp"

namespace daedap::audio {
namespace {

using testing::sine;

constexpr std::size_t frame = 160;

TEST(Concealment, GoesOnWithTheTonePitchedAsBefore) {
  Concealment c;
  auto past = sine(100, 8000, 800);
  c.on_audio(past);
  std::vector<std::int16_t> hole(frame);
  c.fill(hole);
  EXPECT_GT(testing::sine_snr(hole, 100, 8000), 10);
  EXPECT_GT(rms_dbfs(hole), rms_dbfs(past) - 6);
}

TEST(Concealment, FadesToSilenceWithin60Milliseconds) {
  Concealment c;
  auto past = sine(150, 8000, 800);
  c.on_audio(past);
  std::vector<std::int16_t> hole(8 * frame);
  for (std::size_t at = 0; at < hole.size(); at += frame) {
    c.fill(std::span(hole).subspan(at, frame));
  }
  EXPECT_GT(peak(std::span(hole).first(frame)), 4000);
  EXPECT_LT(peak(std::span(hole).subspan(frame, frame)), peak(std::span(hole).first(frame)));
  EXPECT_EQ(peak(std::span(hole).subspan(3 * frame)), 0);
}

TEST(Concealment, BlendsRealAudioInAfterAHole) {
  Concealment c;
  auto past = sine(150, 8000, 800);
  c.on_audio(past);
  std::vector<std::int16_t> hole(10 * frame);
  c.fill(hole);
  std::vector<std::int16_t> loud(frame, 12000);
  c.on_audio(loud);
  EXPECT_LT(std::abs(loud[0]), 3000);  // no click
  EXPECT_EQ(loud[frame - 1], 12000);
}

TEST(Concealment, LeavesUnbrokenAudioAlone) {
  Concealment c;
  for (int i = 0; i < 50; ++i) {
    const auto want = sine(440, 8000, frame, 8000, i * 160);
    auto got = want;
    c.on_audio(got);
    ASSERT_EQ(got, want);
  }
}

TEST(Concealment, IsSilentBeforeAnyAudio) {
  Concealment c;
  std::vector<std::int16_t> hole(frame, 99);
  c.fill(hole);
  EXPECT_EQ(peak(hole), 0);
}

TEST(Concealment, StaysSilentThroughHoursOfLoss) {
  Concealment c;
  auto past = sine(150, 8000, 800);
  c.on_audio(past);
  std::vector<std::int16_t> hole(frame);
  for (int i = 0; i < 50 * 600; ++i) c.fill(hole);
  EXPECT_EQ(peak(hole), 0);
  auto back = sine(150, 8000, frame);
  c.on_audio(back);
  EXPECT_GT(peak(back), 7000);
}

TEST(Concealment, TakesEmptySpansAndOddSizes) {
  Concealment c;
  c.on_audio({});
  c.fill({});
  auto odd = sine(200, 8000, 37);
  c.on_audio(odd);
  std::vector<std::int16_t> hole(701, 5);
  c.fill(hole);
  EXPECT_EQ(hole.back(), 0);
}

}  // namespace
}  // namespace daedap::audio
