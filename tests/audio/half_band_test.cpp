#include "audio/half_band.hpp"

#include <gtest/gtest.h>

#include <random>

#include "audio/resampler.hpp"
#include "audio/sine.hpp"

namespace daedap::audio {
namespace {

using testing::db;
using testing::sine;
using testing::sine_amplitude;
using Pcm = std::vector<std::int16_t>;

constexpr double full = 20000;

Pcm doubled(const Pcm& in) {
  Doubler doubler;
  Pcm out(in.size() * 2);
  EXPECT_EQ(doubler.run(in, out), out.size());
  return out;
}

Pcm halved(const Pcm& in) {
  Halver halver;
  Pcm out(in.size() / 2);
  EXPECT_EQ(halver.run(in, out), out.size());
  return out;
}

/// One second of it without the first and last eighth.
std::span<const std::int16_t> middle(const Pcm& pcm) {
  return std::span(pcm).subspan(pcm.size() / 8, pcm.size() / 4 * 3);
}

Pcm noise(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  Pcm out(n);
  for (auto& one : out) one = static_cast<std::int16_t>(static_cast<int>(random() % 65536) - 32768);
  return out;
}

/// The 47 taps as an impulse shows them, in units of the input.
std::vector<double> taps() {
  Pcm impulse(40, 0);
  impulse[0] = 16384;
  const Pcm out = doubled(impulse);
  return {out.begin(), out.begin() + 47};
}

/// The filter in floating point: what comes out at `at` of a stream at the wide rate.
double wanted(const Pcm& wide, std::size_t at, double gain) {
  static const std::vector<double> h = taps();
  double sum = 0;
  for (std::size_t k = 0; k < h.size() && k <= at; ++k) sum += h[k] / 16384 * wide[at - k];
  return std::clamp(sum * gain, -32768.0, 32767.0);
}

TEST(HalfBand, IsFlatInThePassbandBothWays) {
  for (double hz = 100; hz <= 3400; hz += 100) {
    EXPECT_NEAR(db(sine_amplitude(middle(doubled(sine(hz, 8000, 8000, full))), hz, 16000), full), 0, 0.05) << hz;
    EXPECT_NEAR(db(sine_amplitude(middle(halved(sine(hz, 16000, 16000, full))), hz, 8000), full), 0, 0.05) << hz;
  }
}

TEST(HalfBand, PutsImagesFiftyDecibelsDown) {
  for (double hz = 100; hz <= 3400; hz += 100) {
    const Pcm wide = doubled(sine(hz, 8000, 8000, full));
    EXPECT_LT(db(sine_amplitude(middle(wide), 8000 - hz, 16000), full), -55) << hz;
  }
}

TEST(HalfBand, PutsAliasesFiftyDecibelsDown) {
  for (double hz = 4600; hz < 8000; hz += 100) {
    const Pcm narrow = halved(sine(hz, 16000, 16000, full));
    EXPECT_LT(db(sine_amplitude(middle(narrow), 8000 - hz, 8000), full), -55) << hz;
  }
}

TEST(HalfBand, AddsNothingButRoundingToASine) {
  EXPECT_GT(testing::sine_snr(middle(doubled(sine(1000, 8000, 8000, full))), 1000, 16000), 60);
  EXPECT_GT(testing::sine_snr(middle(halved(sine(1000, 16000, 16000, full))), 1000, 8000), 60);
}

TEST(HalfBand, DoublesAnImpulseSymmetricallyAroundItsDelay) {
  Pcm impulse(100, 0);
  impulse[30] = 10000;
  const Pcm out = doubled(impulse);
  const std::size_t centre = 60 + Doubler::delay;
  EXPECT_EQ(out[centre], 10000);
  for (std::size_t i = 1; i <= 60; ++i) {
    EXPECT_EQ(out[centre - i], out[centre + i]) << i;
    if (i % 2 == 0 || i > 23) {
      EXPECT_EQ(out[centre + i], 0) << i;
    }
  }
  EXPECT_GT(out[centre + 1], 6000);
}

TEST(HalfBand, HalvesAnImpulseAtItsDelay) {
  Pcm even(200, 0), odd(200, 0);
  even[60] = odd[61] = 10000;
  const Pcm a = halved(even), b = halved(odd);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i], i == 30 + Halver::delay ? 5000 : 0) << i;
  const std::size_t before = 30 + Halver::delay;
  EXPECT_GT(b[before], 3000);
  for (std::size_t i = 0; i <= 30; ++i) EXPECT_EQ(b[before - i], b[before + 1 + i]) << i;
}

TEST(HalfBand, DelaysLessThanTwoMilliseconds) {
  EXPECT_LT(static_cast<double>(Doubler::delay) / 16, 2);
  EXPECT_LT(static_cast<double>(Halver::delay) / 8, 2);
}

TEST(HalfBand, GivesWhatTheSameFilterGivesInFloatingPoint) {
  const Pcm narrow = noise(500, 1), wide = noise(1001, 2);
  Pcm spread(narrow.size() * 2, 0);
  for (std::size_t i = 0; i < narrow.size(); ++i) spread[2 * i] = narrow[i];
  const Pcm up = doubled(narrow), down = halved(wide);
  for (std::size_t i = 0; i < up.size(); ++i) ASSERT_NEAR(up[i], wanted(spread, i, 1), 0.51) << i;
  for (std::size_t i = 0; i < down.size(); ++i) ASSERT_NEAR(down[i], wanted(wide, 2 * i + 1, 0.5), 0.51) << i;
}

TEST(HalfBand, SaturatesWhereTheSumIsLargest) {
  // Full scale with the signs of the taps: nothing can add up to more.
  const std::vector<double> h = taps();
  Pcm narrow(24), wide(48, 0);
  for (std::size_t k = 0; k < narrow.size(); ++k) narrow[narrow.size() - 1 - k] = h[2 * k] > 0 ? 32767 : -32768;
  for (std::size_t k = 0; k < h.size(); ++k) wide[47 - k] = h[k] > 0 ? 32767 : h[k] < 0 ? -32768 : 0;
  Pcm up = doubled(narrow), down = halved(wide);
  EXPECT_EQ(up[46], 32767);
  EXPECT_EQ(down[23], 32767);
  for (auto* pcm : {&narrow, &wide})
    for (auto& one : *pcm) one = static_cast<std::int16_t>(-std::max<int>(one, -32767));
  up = doubled(narrow), down = halved(wide);
  EXPECT_EQ(up[46], -32768);
  EXPECT_EQ(down[23], -32768);
}

TEST(HalfBand, GivesTheSameInBlocksOfAnySize) {
  const Pcm in = noise(5001, 3);
  const Pcm up = doubled(in), down = halved(in);
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    Doubler doubler;
    Halver halver;
    Pcm a, b;
    for (std::size_t at = 0; at < in.size();) {
      const std::size_t n = std::min<std::size_t>(random() % (seed * 40), in.size() - at);
      const auto piece = std::span(in).subspan(at, n);
      Pcm wide(2 * n + 2), narrow(n / 2 + 2);
      wide.resize(doubler.run(piece, wide));
      narrow.resize(halver.run(piece, narrow));
      ASSERT_EQ(wide.size(), 2 * n);
      a.insert(a.end(), wide.begin(), wide.end());
      b.insert(b.end(), narrow.begin(), narrow.end());
      at += n;
    }
    EXPECT_EQ(a, up) << seed;
    EXPECT_EQ(b, down) << seed;
  }
}

TEST(HalfBand, WritesNoMoreThanThereIsRoom) {
  const Pcm in = noise(700, 4);
  for (std::size_t room = 0; room < 200; ++room) {
    Pcm out(room);  // an overrun is seen by the sanitizer
    Doubler doubler;
    Halver halver;
    EXPECT_EQ(doubler.run(in, out), room / 2 * 2);
    EXPECT_EQ(halver.run(in, out), room);
  }
}

TEST(HalfBand, FlushGivesTheTailAndStartsAnew) {
  for (const auto& [from, to] : {std::pair{8000, 16000}, std::pair{16000, 8000}}) {
    for (const std::size_t n : {1U, 2U, 159U, 160U, 321U}) {
      auto resampler = Resampler::make(from, to);
      ASSERT_TRUE(resampler);
      const Pcm in = noise(n, 5);
      Pcm first, second;
      resampler->append(in, first);
      resampler->flush(first);
      const std::size_t size = (n * static_cast<std::size_t>(to) + 4000) / static_cast<std::size_t>(from);
      EXPECT_GE(first.size(), size + resampler->delay()) << from << " " << n;
      EXPECT_LE(first.size(), size + resampler->delay() + 1) << from << " " << n;
      resampler->append(in, second);
      resampler->flush(second);
      EXPECT_EQ(first, second) << from << " " << n;
    }
  }
}

TEST(HalfBand, ResetForgetsTheOddSampleToo) {
  Halver halver;
  Pcm out(200);
  const Pcm in = noise(301, 6);
  EXPECT_EQ(halver.run(in, out), 150U);
  halver.reset();
  EXPECT_EQ(halver.held(), Halver().held());
  const std::size_t n = halver.run(std::span(in).first(300), out);
  out.resize(n);
  EXPECT_EQ(out, halved({in.begin(), in.begin() + 300}));
}

TEST(HalfBand, KeepsAWholeRecordingInPlaceThereAndBack) {
  const Pcm original = sine(1700, 8000, 8001, full);
  const auto wide = resample(original, 8000, 16000);
  ASSERT_TRUE(wide);
  const auto back = resample(*wide, 16000, 8000);
  ASSERT_TRUE(back);
  ASSERT_EQ(back->size(), original.size());
  double error = 0, energy = 0;
  const Pcm there = sine(1700, 16000, 16002, full);
  for (std::size_t i = 100; i < 15900; ++i) {
    error += std::pow((*wide)[i] - there[i], 2);
    energy += std::pow(there[i], 2);
  }
  EXPECT_LT(10 * std::log10(error / energy), -50);
  error = energy = 0;
  for (std::size_t i = 100; i < 7900; ++i) {
    error += std::pow((*back)[i] - original[i], 2);
    energy += std::pow(original[i], 2);
  }
  EXPECT_LT(10 * std::log10(error / energy), -20);  // in step to a third of a sample
}

}  // namespace
}  // namespace daedap::audio
