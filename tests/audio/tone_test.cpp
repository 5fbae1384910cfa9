#include "audio/tone.hpp"

#include <gtest/gtest.h>

#include "audio/level.hpp"
#include "audio/sine.hpp"

namespace daedap::audio {
namespace {

TEST(Tone, MessageBeepIsOneKilohertzFor400Milliseconds) {
  const auto beep = message_beep();
  EXPECT_EQ(beep.size(), 6400u);
  EXPECT_GT(testing::sine_snr(std::span(beep).subspan(320, 5600), 1000, 16000), 50);
  EXPECT_NEAR(peak(beep), amplitude_of(-12), 2);
}

TEST(Tone, StartsAndEndsSoftly) {
  const auto beep = make_tone({.hz = 440, .length = base::Millis{100}, .peak_dbfs = -6});
  EXPECT_EQ(beep.front(), 0);
  EXPECT_LT(peak(std::span(beep).first(40)), peak(beep) / 4);
  EXPECT_LT(peak(std::span(beep).last(40)), peak(beep) / 4);
}

TEST(Tone, ShorterThanItsRampsStaysSmooth) {
  const auto blip = make_tone({.length = base::Millis{4}, .ramp = base::Millis{10}});
  EXPECT_EQ(blip.size(), 64u);
  EXPECT_LT(peak(std::span(blip).first(4)), 400);
}

TEST(Tone, OfNoLengthIsEmptyAndOfTooMuchIsCut) {
  EXPECT_TRUE(make_tone({.length = base::Millis{0}}).empty());
  EXPECT_TRUE(make_tone({.length = base::Millis{-5}}).empty());
  EXPECT_EQ(make_tone({.length = base::Millis{3'600'000}}).size(), 960'000u);
}

}  // namespace
}  // namespace daedap::audio
