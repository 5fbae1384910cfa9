#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace daedap::audio {

/// As `Concealment`, for a 16 kHz stream of a codec that has no concealment of its own (G.722):
/// repeats the last pitch period (66-200 Hz), fading to silence within 60 ms, and blends the first
/// real samples after the hole in.
/// cost  a copy per frame; 10 us when a hole begins
class WideConcealment {
 public:
  /// Real audio passed by. Its first samples may be changed after a hole.
  void on_audio(std::span<std::int16_t> pcm);
  /// Fills a hole.
  void fill(std::span<std::int16_t> pcm);

 private:
  static constexpr std::size_t shortest = 80, longest = 240;  // periods
  static constexpr std::size_t window = 320;                  // compared to find the period
  static constexpr std::size_t length = longest + window;

  std::size_t find_period() const;
  void take_cycle();
  float next();

  std::array<std::int16_t, length> past_{};
  std::array<float, longest> cycle_{};
  std::size_t period_ = shortest, at_ = 0;
  std::size_t missing_ = 0;  // samples of the hole so far
};

}  // namespace daedap::audio
