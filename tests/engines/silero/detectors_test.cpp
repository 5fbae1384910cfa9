#include "engines/silero/detectors.hpp"

#include <gtest/gtest.h>

#include "audio/half_band.hpp"
#include "engines/silero/files.hpp"

namespace daedap::engines::silero::test {
namespace {

using speech::half_samples;
using Half = std::span<const std::int16_t, half_samples>;

class SileroDetectors : public testing::TestWithParam<Shape> {
 protected:
  std::shared_ptr<const Network> network =
      std::make_shared<Network>(*Network::make(made_weights(GetParam())));
  std::vector<std::int16_t> audio = made_audio(512);  // 16 kHz, as frames are
  std::size_t halves = audio.size() / half_samples;

  Half half(std::size_t at) const { return Half(audio.data() + at % halves * half_samples, half_samples); }

  // What the network says of each 10 ms, one stream, no detector.
  std::vector<float> expected() const {
    std::vector<std::int16_t> heard = audio;
    if (GetParam() == narrow) {
      audio::Halver halver;
      heard.resize(audio.size() / 2);
      heard.resize(halver.run(audio, heard));
    }
    const auto windows = probabilities(*network, heard, best_forward());
    const std::size_t size = half_samples * static_cast<std::size_t>(GetParam().rate) / 16000;
    std::vector<float> out;
    for (std::size_t h = 0;; ++h) {
      const std::size_t window = (h * size + size / 2) / GetParam().window;
      if (window >= windows.size()) return out;
      out.push_back(windows[window]);
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Rates, SileroDetectors, testing::Values(wide, narrow));

void expect_near(const std::vector<double>& got, const std::vector<float>& wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], wanted[i], 1e-5) << i;
}

TEST_P(SileroDetectors, GiveEachHalfTheProbabilityOfItsWindow) {
  Detectors detectors(network);
  std::vector<double> got;
  const auto voice = detectors.open([&](double p) { got.push_back(p); });
  for (std::size_t h = 0; h < halves; ++h) {
    voice->push(half(h), false);
    detectors.run();
  }
  expect_near(got, expected());
}

TEST_P(SileroDetectors, SayTheSameWhenNobodyRunsThem) {
  Detectors detectors(network);
  std::vector<double> got;
  const auto voice = detectors.open([&](double p) { got.push_back(p); });
  for (std::size_t h = 0; h < halves; ++h) voice->push(half(h), false);
  detectors.run();
  expect_near(got, expected());
}

TEST_P(SileroDetectors, AnswerWithinTheirDelay) {
  Detectors detectors(network);
  std::size_t pushed = 0, told = 0;
  const auto voice = detectors.open([&](double) { ++told; });
  for (; pushed < 3 * halves; ++pushed) {
    voice->push(half(pushed), false);
    if (pushed % 2 == 1 && pushed < 2 * halves) detectors.run();  // then nobody does
    EXPECT_LE((pushed + 1 - told) * 10, static_cast<std::size_t>(detectors.delay().count()));
  }
}

TEST_P(SileroDetectors, ComputeWhatIsDueOfAllStreamsAtOnce) {
  Detectors detectors(network);
  constexpr std::size_t streams = 30;
  std::vector<std::vector<double>> got(streams);
  std::vector<std::unique_ptr<speech::VoiceDetector>> voices;
  for (auto& one : got) voices.push_back(detectors.open([&one](double p) { one.push_back(p); }));
  for (std::size_t h = 0; h < halves; ++h) {
    for (std::size_t s = 0; s < streams; ++s) {
      if (h % 2 == s % 2) voices[s]->push(half(h), false), voices[s]->push(half(h + 1), false);
    }
    detectors.run();
  }
  for (std::size_t s = 2; s < streams; ++s) {
    ASSERT_EQ(got[s].size(), got[s % 2].size());
    for (std::size_t i = 0; i < got[s].size(); ++i) EXPECT_NEAR(got[s][i], got[s % 2][i], 1e-5);
  }
  EXPECT_GE(detectors.windows(), streams * (halves * 10 / 32 - 1));
}

TEST_P(SileroDetectors, StreamsMayEndWhileTheirWindowsWait) {
  Detectors detectors(network);
  int told = 0;
  std::unique_ptr<speech::VoiceDetector> second;
  auto first = detectors.open([&](double) { ++told, second.reset(); });
  second = detectors.open([&](double) { ++told; });
  auto third = detectors.open([&](double) { ++told; });
  for (std::size_t h = 0; h < 4; ++h) {
    for (auto* voice : {first.get(), second.get(), third.get()}) voice->push(half(h), false);
  }
  third.reset();    // while it waits
  detectors.run();  // the first one ends the second while both are computed
  EXPECT_EQ(second, nullptr);
  EXPECT_EQ(told, 3);
}

}  // namespace
}  // namespace daedap::engines::silero::test
