#include "audio/concealment.hpp"

#include <gtest/gtest.h>

#include "audio/level.hpp"
#include "audio/sine.hpp"
#include "audio/wide_concealment.hpp"

namespace daedap::audio {
namespace {

using testing::sine;

// What one kind of concealment promises: its rate, how loud the first 20 ms of a hole are against 8000, and how
// far the first sample after a hole may jump.
struct Narrow {
  using Type = Concealment;
  static constexpr int rate = 8000, first_peak = 4000, jump = 3000;
};
struct Wide {
  using Type = WideConcealment;
  static constexpr int rate = 16000, first_peak = 6000, jump = 300;
};

template <class Kind>
class AnyConcealment : public ::testing::Test {
 protected:
  static constexpr int rate = Kind::rate;
  static constexpr std::size_t frame = rate / 50;
  void hear(double hertz) {
    auto past = sine(hertz, rate, 5 * frame);
    c.on_audio(past);
  }
  typename Kind::Type c;
};
using Kinds = ::testing::Types<Narrow, Wide>;
TYPED_TEST_SUITE(AnyConcealment, Kinds);

TYPED_TEST(AnyConcealment, FadesToSilenceWithin60Milliseconds) {
  constexpr auto frame = TestFixture::frame;
  this->hear(150);
  std::vector<std::int16_t> hole(8 * frame);
  for (std::size_t at = 0; at < hole.size(); at += frame) this->c.fill(std::span(hole).subspan(at, frame));
  EXPECT_GT(peak(std::span(hole).first(frame)), TypeParam::first_peak);
  EXPECT_LT(peak(std::span(hole).subspan(frame, frame)), peak(std::span(hole).first(frame)));
  EXPECT_EQ(peak(std::span(hole).subspan(3 * frame)), 0);
}

TYPED_TEST(AnyConcealment, BlendsRealAudioInAfterAHole) {
  constexpr auto frame = TestFixture::frame;
  this->hear(150);
  std::vector<std::int16_t> hole(10 * frame);
  this->c.fill(hole);
  std::vector<std::int16_t> loud(frame, 12000);
  this->c.on_audio(loud);
  EXPECT_LT(std::abs(loud[0]), TypeParam::jump);  // no click
  EXPECT_EQ(loud[frame - 1], 12000);
}

TYPED_TEST(AnyConcealment, LeavesUnbrokenAudioAlone) {
  for (int i = 0; i < 50; ++i) {
    const auto want = sine(440, TestFixture::rate, TestFixture::frame, 8000, i * static_cast<int>(TestFixture::frame));
    auto got = want;
    this->c.on_audio(got);
    ASSERT_EQ(got, want);
  }
}

TYPED_TEST(AnyConcealment, IsSilentBeforeAnyAudio) {
  std::vector<std::int16_t> hole(TestFixture::frame, 99);
  this->c.fill(hole);
  EXPECT_EQ(peak(hole), 0);
}

TYPED_TEST(AnyConcealment, StaysSilentThroughHoursOfLoss) {
  this->hear(150);
  std::vector<std::int16_t> hole(TestFixture::frame);
  for (int i = 0; i < 50 * 600; ++i) this->c.fill(hole);
  EXPECT_EQ(peak(hole), 0);
  auto back = sine(150, TestFixture::rate, TestFixture::frame);
  this->c.on_audio(back);
  EXPECT_GT(peak(back), 7000);
}

TEST(Concealment, GoesOnWithTheTonePitchedAsBefore) {
  Concealment c;
  auto past = sine(100, 8000, 800);
  c.on_audio(past);
  std::vector<std::int16_t> hole(160);
  c.fill(hole);
  EXPECT_GT(testing::sine_snr(hole, 100, 8000), 10);
  EXPECT_GT(rms_dbfs(hole), rms_dbfs(past) - 6);
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
