#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/time.hpp"
#include "speech/settings.hpp"
#include "speech/vad/detector.hpp"

namespace daedap::speech {

/// How likely 10 ms of audio hold a voice, from its level over a tracked noise floor in four bands
/// of the telephone's range. Knows no words: another person in the room is a voice to it.
/// units  16 kHz int16
/// cost   about 3 µs per 10 ms, 2.5 kB
class EnergyDetector {
 public:
  /// 0..1; 0.5 is reached at the default margin over the floor.
  double probability(std::span<const std::int16_t, half_samples> pcm);
  /// Level of the last 10 ms over all bands, dB below full scale (<= 0).
  double level_db() const { return level_; }

 private:
  static constexpr std::size_t bands = 4;
  static constexpr std::size_t slots = 12;       // of `slot_frames` each: the window of the minimum
  static constexpr std::size_t slot_frames = 15;
  static constexpr std::size_t recent = 40;      // 400 ms that tell a step of the noise from speech
  static constexpr std::size_t low_size = 120;   // 30 ms at 4 kHz, where the pitch is looked for

  struct Filter {  // band pass, direct form 2 transposed
    double b0, a1, a2;
    double z1 = 0, z2 = 0;
  };
  struct Floor {
    std::array<double, slots> minima{};
    double smooth = 0;   // dB, over about 30 ms
    double current = 0;  // dB, the floor
  };

  static Filter band_pass(double centre_hz, double q);
  /// Sum of squares of what passes each filter.
  std::array<double, bands> band_energies(std::span<const double, half_samples> in);
  std::array<double, bands> band_levels(std::span<const std::int16_t, half_samples> pcm);
  void track(const std::array<double, bands>& levels);
  void start_slot();
  bool steady() const;
  bool periodic() const;
  void adopt_recent();

  // state
  std::array<Filter, bands> filters_{band_pass(280, 0.8), band_pass(700, 1.2), band_pass(1500, 1.2),
                                     band_pass(2800, 1.4)};
  std::array<Floor, bands> floors_{};
  std::array<std::array<double, bands>, recent> history_{};
  std::array<float, low_size> low_{};
  std::size_t frames_ = 0;
  double level_ = -96;
  double dc_ = 0;
  double held_ = 0;
};

/// Turns probabilities into "somebody began to speak" and "stopped": 3 voiced of 5 (10 ms each)
/// begin, `min_silence` without voice ends, and speech shorter than `min_speech` never was.
/// Times are those at which the samples were heard, not those at which they were looked at.
class VoiceActivity {
 public:
  enum class Event { none, started, stopped };
  /// `lag` is that of the detector whose probabilities come.
  explicit VoiceActivity(const VadSettings& settings, EdgeLag lag = energy_lag) : settings_(settings), lag_(lag) {}

  /// `heard` is the time of the last sample of these 10 ms.
  Event step(double probability, base::Time heard);

  /// Speech long enough to count is going on (between `started` and `stopped`).
  bool speaking() const { return state_ == State::speech; }
  /// Voice was found that is not yet long enough to count.
  bool maybe() const { return state_ == State::maybe; }
  /// First voiced sample of the running or last speech.
  base::Time start() const { return start_; }
  /// Last voiced sample of the running or last speech, the detector's own lag taken off.
  base::Time last_voiced() const;
  /// Voiced time of the running speech, pauses of at most 100 ms within it included; zero otherwise.
  /// It runs at most the detector's lag ahead of the truth, when the voice has just stopped.
  base::Duration voiced() const;
  /// The same without that lag: never too much.
  base::Duration surely_voiced() const;
  /// Voiced time of the speech that ended last.
  base::Duration last_spoken() const { return std::max<base::Duration>(voiced_ - lag_.end, half_time); }

 private:
  enum class State { silence, maybe, speech };
  static constexpr int window = 5, needed = 3;
  static constexpr base::Millis bridged{100};  // a pause within a word

  Event begin_or_wait(bool voiced, base::Time heard);
  bool long_enough() const;

  // given
  VadSettings settings_;
  EdgeLag lag_;
  // state
  State state_ = State::silence;
  unsigned bits_ = 0;
  base::Time start_{}, last_{};
  base::Duration voiced_{};
};

}  // namespace daedap::speech
