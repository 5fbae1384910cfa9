// How far the edges of speech that are told lie from the true ones, on the telephone phrases.
#include <gtest/gtest.h>

#include <random>

#include "audio/resampler.hpp"
#include "engines/silero/detectors.hpp"
#include "engines/silero/files.hpp"
#include "speech/vad.hpp"

namespace daedap::engines::silero::test {
namespace {

using speech::half_samples;
using Edges = std::pair<double, double>;  // ms, first and last voiced sample

// Phrases with a second of silence between, as they come off a telephone line.
std::vector<std::int16_t> recording() {
  std::vector<std::int16_t> out;
  for (const char* language : {"en_", "ko_"}) {
    for (int i = 1; i <= 40; ++i) {
      const auto pcm = phrase(language + std::string(i < 10 ? "0" : "") + std::to_string(i) + ".wav");
      if (pcm.empty()) continue;
      out.insert(out.end(), 8000, 0);
      out.insert(out.end(), pcm.begin(), pcm.end());
    }
  }
  if (!out.empty()) out.insert(out.end(), 8000, 0);
  return *audio::resample(std::move(out), 8000, 16000);
}

// Where the level is within 30 dB of the loud parts, pauses under 250 ms bridged.
std::vector<Edges> truth(const std::vector<std::int16_t>& pcm) {
  std::vector<double> energy, loud;
  for (std::size_t h = 0; h + half_samples <= pcm.size(); h += half_samples) {
    double sum = 0;
    for (std::size_t i = h; i < h + half_samples; ++i)
      sum += static_cast<double>(pcm[i]) * pcm[i] / half_samples;
    energy.push_back(sum);
    if (sum > 1) loud.push_back(sum);
  }
  std::sort(loud.begin(), loud.end());
  const double limit = loud[loud.size() * 95 / 100] / 1000;
  std::vector<Edges> out;
  for (std::size_t h = 0; h < energy.size(); ++h) {
    if (energy[h] <= limit) continue;
    const double begin = static_cast<double>(h) * 10;
    if (out.empty() || begin - out.back().second > 300) out.push_back({begin, begin});
    out.back().second = begin + 10;
  }
  std::erase_if(out, [](const Edges& e) { return e.second - e.first < 250; });
  return out;
}

std::vector<std::int16_t> in_noise(std::vector<std::int16_t> pcm, double amplitude) {
  std::mt19937 random(5);
  std::normal_distribution<double> normal(0, amplitude);
  double low = 0;
  for (auto& s : pcm) {
    low = 0.96 * low + normal(random) * 0.2;  // falls with frequency
    s = static_cast<std::int16_t>(std::clamp(s + low + normal(random) * 0.2, -32768.0, 32767.0));
  }
  return pcm;
}

std::vector<Edges> found(const std::vector<std::int16_t>& pcm, Detectors& detectors) {
  using Event = speech::VoiceActivity::Event;
  speech::VoiceActivity voice(speech::VadSettings{.min_speech = base::Millis{250}}, detectors.lag());
  base::Time at{};
  std::vector<Edges> out;
  const auto stream = detectors.open([&](double probability) {
    at += speech::half_time;
    if (voice.step(probability, at) != Event::stopped) return;
    out.push_back(
        {base::to_ms(voice.start() - base::Time{}), base::to_ms(voice.last_voiced() - base::Time{})});
  });
  for (std::size_t h = 0; h + half_samples <= pcm.size(); h += half_samples) {
    stream->push(std::span<const std::int16_t, half_samples>(pcm.data() + h, half_samples), false);
    detectors.run();
  }
  return out;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 1e9 : values[values.size() / 2];
}

class SileroEdges : public testing::TestWithParam<Shape> {};
INSTANTIATE_TEST_SUITE_P(Rates, SileroEdges, testing::Values(wide, narrow));

TEST_P(SileroEdges, AreWhereTheyAreHeard) {
  const Bytes file = model_file("silero_vad.onnx");
  const auto clean = recording();
  if (file.empty() || clean.empty()) GTEST_SKIP() << "no recordings or no network under " << shared_folder();
  std::shared_ptr<const Network> network;
  const auto networks = read_weights(file);
  ASSERT_TRUE(networks);
  for (const Weights& w : *networks) {
    if (w.shape == GetParam()) network = std::make_shared<Network>(*Network::make(w));
  }
  Detectors detectors(network);
  const auto wanted = truth(clean);
  for (const double noise : {2.0, 300.0}) {
    const auto got = found(in_noise(clean, noise), detectors);
    std::vector<double> starts, ends;
    int missed = 0;
    for (const Edges& w : wanted) {
      const auto at =
          std::ranges::find_if(got, [&](const Edges& g) { return g.first < w.second && g.second > w.first; });
      if (at == got.end())
        ++missed;
      else
        starts.push_back(at->first - w.first), ends.push_back(at->second - w.second);
    }
    EXPECT_LE(missed, 1) << noise;
    EXPECT_LE(got.size(), wanted.size() + 2) << noise;
    EXPECT_NEAR(median(starts), 0, 20) << noise;
    EXPECT_NEAR(median(ends), 0, 30) << noise;
  }
}

}  // namespace
}  // namespace daedap::engines::silero::test
