#include "audio/resampler.hpp"

#include <gtest/gtest.h>

#include "audio/sine.hpp"

namespace daedap::audio {
namespace {

using testing::sine;
using testing::sine_snr;

class ResamplerRates : public ::testing::TestWithParam<int> {};

TEST_P(ResamplerRates, KeepsASineTo16kHzAndBack) {
  const int rate = GetParam();
  const auto original = sine(1000, rate, static_cast<std::size_t>(rate));
  const auto there = resample(original, rate, 16000);
  ASSERT_TRUE(there);
  EXPECT_EQ(there->size(), 16000u);
  EXPECT_GT(sine_snr(std::span(*there).subspan(800, 14400), 1000, 16000), 40);
  const auto back = resample(*there, 16000, rate);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->size(), original.size());
  EXPECT_GT(sine_snr(std::span(*back).subspan(static_cast<std::size_t>(rate) / 20,
                                              static_cast<std::size_t>(rate) * 9 / 10),
                     1000, rate),
            40);
}

TEST_P(ResamplerRates, TakesItsFilterDelayOffAWholeRecording) {
  const int rate = GetParam();
  const auto there = resample(sine(400, rate, static_cast<std::size_t>(rate)), rate, 16000);
  ASSERT_TRUE(there);
  const auto wanted = sine(400, 16000, 16000);
  double error = 0, energy = 0;
  for (std::size_t i = 1000; i < 15000; ++i) {
    error += std::pow((*there)[i] - wanted[i], 2);
    energy += std::pow(wanted[i], 2);
  }
  // Half a sample out of place at 16 kHz is 22 dB down, a whole one 16 dB.
  EXPECT_LT(10 * std::log10(error / energy), -22) << rate;
}

TEST_P(ResamplerRates, StreamsInPiecesAsInOneGo) {
  const int rate = GetParam();
  const auto original = sine(700, rate, static_cast<std::size_t>(rate) / 2);
  auto whole = Resampler::make(rate, 16000);
  auto pieces = Resampler::make(rate, 16000);
  ASSERT_TRUE(whole && pieces);
  std::vector<std::int16_t> a, b;
  whole->append(original, a);
  whole->flush(a);
  std::size_t at = 0;
  for (std::size_t n = 1; at < original.size(); n = n % 333 + 7) {
    const auto size = std::min(n, original.size() - at);
    pieces->append(std::span(original).subspan(at, size), b);
    at += size;
  }
  pieces->flush(b);
  EXPECT_EQ(a, b);
}

INSTANTIATE_TEST_SUITE_P(All, ResamplerRates,
                         ::testing::Values(8000, 16000, 22050, 24000, 32000, 44100, 48000));

TEST(Resampler, GivesExactlyTwiceAndHalfPerFrame) {
  auto up = Resampler::make(8000, 16000);
  auto down = Resampler::make(16000, 8000);
  std::array<std::int16_t, 322> wide{};
  std::array<std::int16_t, 162> narrow{};
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(up->run(std::span(narrow).first(160), wide), 320u);
    ASSERT_EQ(down->run(std::span(wide).first(320), narrow), 160u);
  }
}

TEST(Resampler, RemovesWhatWouldAliasBelowTheNewRate) {
  const auto high = resample(sine(6000, 16000, 16000), 16000, 8000);
  ASSERT_TRUE(high);
  double energy = 0;
  for (std::size_t i = 400; i < 7600; ++i) energy += (*high)[i] * (*high)[i];
  EXPECT_LT(std::sqrt(energy / 7200), 8000 / std::sqrt(2.0) / 100);  // 40 dB down
}

TEST(Resampler, RefusesRatesItDoesNotKnow) {
  EXPECT_EQ(Resampler::make(0, 16000).error().code, base::Code::unsupported);
  EXPECT_EQ(Resampler::make(16000, -8000).error().code, base::Code::unsupported);
  EXPECT_EQ(resample({1, 2, 3}, 11025, 16000).error().code, base::Code::unsupported);
}

TEST(Resampler, TakesEmptyInput) {
  EXPECT_TRUE(resample({}, 22050, 16000)->empty());
  auto r = Resampler::make(8000, 16000);
  EXPECT_EQ(r->run({}, {}), 0u);
}

TEST(Resampler, WritesNoMoreThanThereIsRoom) {
  auto r = Resampler::make(8000, 16000);
  const auto in = sine(300, 8000, 160);
  std::array<std::int16_t, 100> out{};
  EXPECT_EQ(r->run(in, out), 100u);
}

}  // namespace
}  // namespace daedap::audio
