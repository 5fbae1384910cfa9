#pragma once

#include <array>
#include <cstdint>

#include "audio/frame.hpp"

namespace daedap::speech::turn {

/// How the last words before a pause sounded. All zero when nothing voiced was heard.
struct Prosody {
  bool heard = false;
  double slope = 0;       // of the pitch over the last 250 ms, semitones/s
  double height = 0;      // its end over the speaker's low pitch, semitones
  double lengthening = 0; // last voiced stretch / the speaker's usual one, minus 1
  double fall = 0;        // of the level over the last 200 ms, dB
  bool cut_off = false;   // it stopped as if cut
  bool filled = false;    // a level drawl: um, 음
};

/// Pitch and level of one speaker, 20 ms at a time.
/// units  16 kHz int16
/// cost   about 5 µs a frame, 3 kB
class ProsodyTracker {
 public:
  void on_frame(const audio::Frame& frame, base::Time heard);
  /// Of the speech whose last voiced sample was heard at `end`.
  Prosody at(base::Time end) const;

 private:
  static constexpr std::size_t kept = 64;    // frames: 1.28 s
  static constexpr std::size_t window = 160; // samples at 4 kHz: 40 ms
  struct Slice {
    base::Time heard{};
    float level = -96;    // dB
    float pitch = 0;      // semitones over 55 Hz; 0 = unvoiced
  };

  float pitch_of_window() const;
  bool steady(std::size_t first) const;
  void learn(float pitch);
  const Slice& back(std::size_t n) const { return slices_[(next_ + 2 * kept - 1 - n) % kept]; }

  std::array<float, window> low_{};     // the last 40 ms at 4 kHz
  std::array<Slice, kept> slices_{};
  std::size_t next_ = 0, count_ = 0;
  float low_pitch_ = 0;                 // slowly tracked 10th percentile
  float usual_run_ = 8;                 // frames; slowly tracked median of voiced stretches
  int run_ = 0;
};

}  // namespace daedap::speech::turn
