#include "speech/vad.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace daedap::speech {
namespace {

// Below this a band is the codec's idle noise (a G.711 step), whatever the floor says.
constexpr double quietest_db = -78;
constexpr double margin_db = 6.0;   // probability 0.5
constexpr double ceiling_db = 10;   // above this nothing is gained
constexpr double release_db = 1.3;  // how fast the score falls, per 10 ms: bridges weak sounds
constexpr double slope_db = 2.0;
constexpr double steady_db = 2.0;   // spread of a band's level under which 400 ms are noise
constexpr float pitched = 0.75f;     // likeness of a sound to itself one pitch period ago
constexpr double start_floor_db = -62;

double db(double energy) { return 10 * std::log10(energy + 1e-12); }

}  // namespace

/// All filters at once, one per lane: a single filter waits for its own feedback at every sample.
std::array<double, EnergyDetector::bands> EnergyDetector::band_energies(std::span<const double, half_samples> in) {
  using Lanes [[gnu::vector_size(bands * sizeof(double))]] = double;
  Lanes b0, a1, a2, z1, z2, sum{};
  for (std::size_t b = 0; b < bands; ++b) {
    const Filter& f = filters_[b];
    b0[b] = f.b0, a1[b] = f.a1, a2[b] = f.a2, z1[b] = f.z1, z2[b] = f.z2;
  }
  for (const double x : in) {
    const Lanes y = b0 * x + z1;
    z1 = z2 - a1 * y;
    z2 = -b0 * x - a2 * y;
    sum += y * y;
  }
  std::array<double, bands> energies;
  for (std::size_t b = 0; b < bands; ++b) {
    filters_[b].z1 = z1[b], filters_[b].z2 = z2[b];
    energies[b] = sum[b];
  }
  return energies;
}

EnergyDetector::Filter EnergyDetector::band_pass(double centre_hz, double q) {
  const double w = 2 * std::numbers::pi * centre_hz / 16000;
  const double alpha = std::sin(w) / (2 * q);
  const double a0 = 1 + alpha;
  return {.b0 = alpha / a0, .a1 = -2 * std::cos(w) / a0, .a2 = (1 - alpha) / a0};
}

std::array<double, EnergyDetector::bands> EnergyDetector::band_levels(
    std::span<const std::int16_t, half_samples> pcm) {
  double plain[half_samples];
  double offset = dc_, total = 0;
  double* out = plain;
  for (const std::int16_t s : pcm) {
    const double x = s / 32768.0;
    offset += (x - offset) * 0.004;  // a corner of about 10 Hz
    *out++ = x - offset;
    total += (x - offset) * (x - offset);
  }
  dc_ = offset;
  std::copy(low_.begin() + half_samples / 4, low_.end(), low_.begin());
  float* low = low_.data() + low_size - half_samples / 4;
  for (std::size_t i = 0; i < half_samples; i += 4) {
    *low++ = static_cast<float>(plain[i] + plain[i + 1] + plain[i + 2] + plain[i + 3]);
  }
  level_ = std::clamp(db(total / half_samples), -96.0, 0.0);
  std::array<double, bands> levels = band_energies(plain);
  for (double& level : levels) level = std::max(db(level / half_samples), quietest_db);
  return levels;
}

double EnergyDetector::probability(std::span<const std::int16_t, half_samples> pcm) {
  const auto levels = band_levels(pcm);
  if (frames_ == 0) {
    for (auto& f : floors_) {
      f.minima.fill(start_floor_db);
      f.smooth = f.current = start_floor_db;
    }
  }
  track(levels);
  double best = -100, sum = 0;
  for (std::size_t b = 0; b < bands; ++b) {
    const double over = std::max(levels[b], floors_[b].smooth) - floors_[b].current;
    best = std::max(best, over);
    sum += std::clamp(over, 0.0, 20.0);
  }
  const double now = std::min(0.5 * best + 0.5 * sum / bands, ceiling_db);
  held_ = std::max(now, held_ - release_db);
  const double score = held_;
  return 1 / (1 + std::exp(-(score - margin_db) / slope_db));
}

void EnergyDetector::track(const std::array<double, bands>& levels) {
  history_[frames_ % recent] = levels;
  if (frames_ % slot_frames == 0) start_slot();
  const std::size_t slot = frames_ / slot_frames % slots;
  for (std::size_t b = 0; b < bands; ++b) {
    Floor& f = floors_[b];
    f.smooth += (levels[b] - f.smooth) * (levels[b] > f.smooth ? 0.5 : 0.35);
    f.minima[slot] = std::min(f.minima[slot], f.smooth);
    const double lowest = *std::min_element(f.minima.begin(), f.minima.end());
    // The minimum of many noisy readings lies under their mean.
    f.current += (lowest + 1.5 - f.current) * 0.2;
  }
  ++frames_;
  if (frames_ % 5 == 0 && frames_ >= recent && steady() && !periodic()) adopt_recent();
}

void EnergyDetector::start_slot() {
  const std::size_t slot = frames_ / slot_frames % slots;
  for (auto& f : floors_) f.minima[slot] = f.smooth;
}

bool EnergyDetector::steady() const {
  double worst = 0;
  for (std::size_t b = 0; b < bands; ++b) {
    double sum = 0, square = 0;
    for (const auto& h : history_) {
      sum += h[b];
      square += h[b] * h[b];
    }
    const double mean = sum / recent;
    worst = std::max(worst, square / recent - mean * mean);
  }
  return worst < steady_db * steady_db;
}

// A vowel that is held ("어...") is as steady as noise, but it has a pitch of 80 to 400 Hz.
bool EnergyDetector::periodic() const {
  constexpr std::size_t shortest = 10, longest = 50, window = low_size - longest;
  const float* now = low_.data() + longest;
  for (std::size_t lag = shortest; lag <= longest; ++lag) {
    float product = 0, here = 1e-12f, there = 1e-12f;
    for (std::size_t i = 0; i < window; ++i) {
      const float a = now[i], b = *(now + i - lag);
      product += a * b;
      here += a * a;
      there += b * b;
    }
    if (product > pitched * std::sqrt(here * there)) return true;
  }
  return false;
}

void EnergyDetector::adopt_recent() {
  for (std::size_t b = 0; b < bands; ++b) {
    double sum = 0;
    for (const auto& h : history_) sum += h[b];
    const double mean = sum / recent;
    if (mean <= floors_[b].current + 1.5) continue;
    floors_[b].minima.fill(mean - 1.5);
    floors_[b].current = floors_[b].smooth = mean;
  }
}

VoiceActivity::Event VoiceActivity::step(double probability, base::Time heard) {
  const double off = std::max(settings_.threshold - 0.15, 0.05);
  const bool voiced = probability >= (state_ == State::silence ? settings_.threshold : off);
  if (state_ == State::silence) return begin_or_wait(voiced, heard);
  if (voiced) {
    const base::Duration gap = heard - last_;
    voiced_ += gap <= bridged + half_time ? gap : base::Duration(half_time);
    last_ = heard;
  } else if (heard - last_voiced() >= settings_.min_silence) {
    const bool counted = state_ == State::speech;
    state_ = State::silence;
    bits_ = 0;
    return counted ? Event::stopped : Event::none;
  }
  if (state_ == State::maybe && long_enough()) {
    state_ = State::speech;
    return Event::started;
  }
  return Event::none;
}

VoiceActivity::Event VoiceActivity::begin_or_wait(bool voiced, base::Time heard) {
  bits_ = (bits_ << 1 | (voiced ? 1u : 0u)) & ((1u << window) - 1);
  if (!voiced || std::popcount(bits_) < needed) return Event::none;
  const int first = std::bit_width(bits_);  // how many halves ago the first voiced one began
  start_ = heard - first * half_time - lag_.start;
  last_ = heard;
  voiced_ = heard - start_;
  state_ = State::maybe;
  if (!long_enough()) return Event::none;
  state_ = State::speech;
  return Event::started;
}

bool VoiceActivity::long_enough() const {
  return last_ - start_ >= settings_.min_speech && voiced_ * 5 >= base::Duration(settings_.min_speech) * 3;
}

base::Time VoiceActivity::last_voiced() const { return std::max(start_, last_ - lag_.end); }

base::Duration VoiceActivity::surely_voiced() const {
  return std::max(voiced() - lag_.end, base::Duration{});
}

base::Duration VoiceActivity::voiced() const {
  return state_ == State::silence ? base::Duration{} : voiced_;
}

}  // namespace daedap::speech
