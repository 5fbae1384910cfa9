#include "speech/vad.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>

#include "audio/wav.hpp"
#include "speech/scene.hpp"

namespace daedap::speech::test {
namespace {

using Half = std::array<std::int16_t, half_samples>;
using Event = VoiceActivity::Event;

// Gaussian noise; `pink` = falling by about 3 dB an octave.
class Noise {
 public:
  explicit Noise(double rms, bool pink = false) : rms_(rms), pink_(pink) {}
  double next() {
    const double w = n_(random_);
    if (!pink_) return w * rms_;
    a_ = 0.997 * a_ + w * 0.03;
    b_ = 0.963 * b_ + w * 0.08;
    c_ = 0.57 * c_ + w * 0.4;
    return (a_ + b_ + c_ + w * 0.1) * 1.7 * rms_;
  }
  Half half(double offset = 0) {
    Half h;
    for (auto& s : h) s = static_cast<std::int16_t>(std::clamp(std::lround(next() + offset), -32768L, 32767L));
    return h;
  }

 private:
  std::mt19937 random_{5};
  std::normal_distribution<double> n_;
  double rms_, a_ = 0, b_ = 0, c_ = 0;
  bool pink_;
};

// Share of halves that are taken for voice, after `settle` of them.
double voiced_share(EnergyDetector& d, int halves, int settle, const std::function<Half()>& make) {
  int voiced = 0;
  for (int i = 0; i < halves; ++i) {
    const bool v = d.probability(make()) >= 0.5;
    if (i >= settle) voiced += v;
  }
  return static_cast<double>(voiced) / (halves - settle);
}

TEST(EnergyDetector, SteadyNoiseOfAnyLevelIsNoVoice) {
  for (const double rms : {0.0, 1.0, 8.0, 60.0, 400.0, 2500.0}) {
    for (const bool pink : {false, true}) {
      EnergyDetector d;
      Noise n(rms, pink);
      EXPECT_LT(voiced_share(d, 1000, 60, [&] { return n.half(); }), 0.02) << rms << (pink ? " pink" : " white");
    }
  }
}

TEST(EnergyDetector, AStepOfTheNoiseIsForgottenWithinAQuarterSecondAfterItIsKnownSteady) {
  EnergyDetector d;
  Noise quiet(10), loud(300);
  for (int i = 0; i < 200; ++i) d.probability(quiet.half());
  EXPECT_LT(voiced_share(d, 300, 65, [&] { return loud.half(); }), 0.02);
}

TEST(EnergyDetector, AnOffsetOfTheLineIsNoVoice) {
  EnergyDetector d;
  Noise n(5);
  EXPECT_LT(voiced_share(d, 500, 60, [&] { return n.half(3000); }), 0.02);
}

TEST(EnergyDetector, ComfortNoiseAfterDigitalSilenceIsNoVoice) {
  EnergyDetector d;
  for (int i = 0; i < 300; ++i) d.probability(Half{});
  Noise n(12);
  EXPECT_LT(voiced_share(d, 300, 0, [&] { return n.half(); }), 0.02);
}

TEST(EnergyDetector, FindsAVoiceInAndOutOfNoise) {
  for (const double rms : {3.0, 120.0}) {
    EnergyDetector d;
    Noise n(rms);
    Voice voice(150, 3, 5000);
    for (int i = 0; i < 150; ++i) d.probability(n.half());
    const double share = voiced_share(d, 200, 0, [&] {
      Half h = n.half();
      Half v;
      voice.fill(v);
      for (std::size_t i = 0; i < h.size(); ++i) h[i] = static_cast<std::int16_t>(h[i] + v[i]);
      return h;
    });
    EXPECT_GT(share, 0.9) << rms;
  }
}

TEST(EnergyDetector, AHeldVowelIsNotTakenForNoise) {
  EnergyDetector d;
  Noise n(5);
  for (int i = 0; i < 100; ++i) d.probability(n.half());
  double phase = 0;
  const double share = voiced_share(d, 140, 0, [&] {  // "어..." for 1.4 s
    Half h = n.half();
    for (auto& s : h) {
      phase += 6.2832 * 130 / 16000;
      for (int k = 1; k < 10; ++k) s = static_cast<std::int16_t>(s + 900 * std::sin(k * phase) / k);
    }
    return h;
  });
  EXPECT_GT(share, 0.95);
}

struct Score {
  long hit = 0, missed = 0, false_alarm = 0, right = 0;
  std::vector<double> lag;  // ms, detected end against the true one
  double tpr() const { return static_cast<double>(hit) / static_cast<double>(hit + missed); }
  double fpr() const { return static_cast<double>(false_alarm) / static_cast<double>(false_alarm + right); }
};

// Truth: level within `below` dB of the loud parts of the clean recording, gaps up to 100 ms filled.
std::vector<bool> truth_of(const std::vector<double>& energy, double below) {
  std::vector<double> sorted = energy;
  std::sort(sorted.begin(), sorted.end());
  const double limit = sorted[sorted.size() * 95 / 100] * std::pow(10, -below / 10);
  std::vector<bool> truth(energy.size());
  std::size_t last = energy.size();
  for (std::size_t i = 0; i < energy.size(); ++i) {
    if (energy[i] <= limit) continue;
    for (std::size_t k = last; last < energy.size() && i - last <= 10 && k < i; ++k) truth[k] = true;
    truth[i] = true;
    last = i;
  }
  return truth;
}

void score_file(const std::vector<std::int16_t>& pcm, double snr_db, double below, Score& score) {
  const std::size_t halves = pcm.size() / half_samples;
  std::vector<double> energy(halves);
  for (std::size_t h = 0; h < halves; ++h) {
    for (std::size_t i = 0; i < half_samples; ++i) energy[h] += std::pow(pcm[h * half_samples + i], 2) / half_samples;
  }
  const auto truth = truth_of(energy, below);
  double active = 0, count = 0;
  for (std::size_t h = 0; h < halves; ++h) {
    if (truth[h]) active += energy[h], count += 1;
  }
  Noise noise(snr_db > 90 ? 2 : std::sqrt(active / count / std::pow(10, snr_db / 10)));
  EnergyDetector d;
  for (std::size_t h = 0; h < halves; ++h) {
    Half x;
    for (std::size_t i = 0; i < half_samples; ++i) {
      x[i] = static_cast<std::int16_t>(std::clamp(pcm[h * half_samples + i] + noise.next(), -32768.0, 32767.0));
    }
    const bool voiced = d.probability(x) >= 0.5;
    if (h < 60) continue;
    if (truth[h]) {
      ++(voiced ? score.hit : score.missed);
    } else {
      ++(voiced ? score.false_alarm : score.right);
    }
  }
}

// The telephone phrases, brought to 16 kHz between a second of silence each side.
std::vector<std::vector<std::int16_t>> phrases_on_disk() {
  std::vector<std::vector<std::int16_t>> all;
  const auto folder = std::filesystem::path(DAEDAP_SOURCE_DIR) / ".." / "shared" / "audio";
  if (!std::filesystem::exists(folder)) return all;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".wav") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::vector<char> raw((std::istreambuf_iterator<char>(in)), {});
    const auto wav = audio::decode_wav({reinterpret_cast<const std::uint8_t*>(raw.data()), raw.size()});
    if (!wav || wav->rate != 8000) continue;
    std::vector<std::int16_t> pcm(16000, 0);
    for (std::size_t i = 0; i < wav->pcm.size(); ++i) {
      const int next = i + 1 < wav->pcm.size() ? wav->pcm[i + 1] : wav->pcm[i];
      pcm.push_back(wav->pcm[i]);
      pcm.push_back(static_cast<std::int16_t>((wav->pcm[i] + next) / 2));
    }
    pcm.resize(pcm.size() + 16000, 0);
    all.push_back(std::move(pcm));
  }
  return all;
}

TEST(EnergyDetector, RecordedPhrasesAreFoundCleanAndInNoise) {
  const auto files = phrases_on_disk();
  if (files.empty()) GTEST_SKIP() << "no recordings under ../shared/audio";
  Score clean, noisy;
  for (const auto& f : files) {
    score_file(f, 99, 28, clean);
    score_file(f, 20, 24, noisy);
  }
  RecordProperty("clean_tpr", std::to_string(clean.tpr()));
  RecordProperty("noisy_tpr", std::to_string(noisy.tpr()));
  EXPECT_GE(clean.tpr(), 0.95);
  EXPECT_LE(clean.fpr(), 0.05);
  EXPECT_GE(noisy.tpr(), 0.9);
  EXPECT_LE(noisy.fpr(), 0.05);
}

// Feeds `voiced` for each 10 ms; returns the events.
struct Machine {
  VoiceActivity voice;
  base::Time t{1s};
  std::vector<Event> events;
  explicit Machine(VadSettings s = {}) : voice(s) {}
  void feed(int halves, bool voiced) {
    for (int i = 0; i < halves; ++i) {
      t += half_time;
      if (const Event e = voice.step(voiced ? 0.9 : 0.1, t); e != Event::none) events.push_back(e);
    }
  }
};

TEST(VoiceActivity, BeginsAfterTheShortestSpeechAndIsDatedBack) {
  Machine m;
  m.feed(100, false);
  const base::Time begun = m.t;
  m.feed(20, true);
  ASSERT_EQ(m.events, std::vector<Event>{Event::started});
  EXPECT_EQ(m.voice.start(), begun);
}

TEST(VoiceActivity, EndsAfterSilenceAndKnowsTheLastVoicedSample) {
  Machine m;
  m.feed(50, true);
  const base::Time end = m.t;
  m.feed(30, false);
  ASSERT_EQ(m.events.size(), 2u);
  EXPECT_EQ(m.events[1], Event::stopped);
  EXPECT_EQ(m.voice.last_voiced(), end - 40ms);  // the detector holds on this long
}

TEST(VoiceActivity, ClicksAreNoSpeech) {
  Machine m;
  for (int i = 0; i < 50; ++i) {
    m.feed(2, true);
    m.feed(8, false);
  }
  EXPECT_TRUE(m.events.empty());
}

TEST(VoiceActivity, AShortBurstNeverWasSpeech) {
  Machine m;
  m.feed(12, true);
  EXPECT_TRUE(m.voice.maybe());
  m.feed(40, false);
  EXPECT_TRUE(m.events.empty());
  EXPECT_FALSE(m.voice.maybe());
}

TEST(VoiceActivity, TwoBurstsFarApartDoNotAddUp) {
  Machine m;
  m.feed(4, true);
  m.feed(18, false);
  m.feed(4, true);
  m.feed(40, false);
  EXPECT_TRUE(m.events.empty());
}

TEST(VoiceActivity, PausesWithinAWordCountAsVoiceLongerOnesDoNot) {
  Machine m;
  m.feed(20, true);
  m.feed(8, false);
  m.feed(20, true);
  EXPECT_EQ(m.voice.voiced(), base::Duration(480ms));
  m.feed(15, false);
  m.feed(10, true);
  EXPECT_EQ(m.voice.voiced(), base::Duration(580ms));
}

TEST(VoiceActivity, LosesHoldOnlyBelowTheLowerThreshold) {
  VoiceActivity v{VadSettings{}};
  base::Time t{1s};
  for (int i = 0; i < 30; ++i) v.step(0.9, t += half_time);
  for (int i = 0; i < 60; ++i) EXPECT_EQ(v.step(0.4, t += half_time), Event::none);
  EXPECT_TRUE(v.speaking());
}

}  // namespace
}  // namespace daedap::speech::test
