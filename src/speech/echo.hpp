#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/time.hpp"
#include "speech/vad.hpp"

namespace daedap::speech {

/// Brings 16 kHz audio down to 4 kHz, where echoes are looked for: an eighth of the memory and a
/// sixteenth of the work, and most of a voice's energy. Keeps its place between calls.
class Decimator {
 public:
  /// Appends to `out` one sample for each four that came in.
  void run(std::span<const std::int16_t> pcm, std::vector<std::int16_t>& out);
  void reset() { *this = Decimator{}; }

 private:
  std::array<int, 2> sums_{};  // of the group of four being filled: plain and ramped
  int before_ = 0;             // ramped sum of the group before
  int filled_ = 0;
};

/// Knows what we sent in the last second and tells whether what came in is only its echo: first by
/// waveform correlation over all delays up to 500 ms, and, once delay and strength of the echo path
/// are learnt, by level. A caller who talks on top of the echo is louder than it and gets through.
/// units  4 kHz samples inside
/// cost   nothing while we are silent; 0.7 million multiplications per 40 ms of voice over our own
///        until the path is learnt or the voice is known to be somebody's
class EchoGuard {
 public:
  static constexpr base::Millis longest_delay{600};

  /// We sent these samples (4 kHz); the last of them at `end`.
  void on_sent(std::span<const std::int16_t> pcm, base::Time end);
  /// 10 ms came in, the last sample at `heard`. True when our own voice explains them.
  bool explains(std::span<const std::int16_t, half_samples> pcm, base::Time heard);
  /// The echo path is known (delay and strength).
  bool learnt() const { return learnt_; }
  base::Duration delay() const;

 private:
  static constexpr std::int64_t rate = 4000;
  static constexpr std::size_t ref_size = 6000;   // 1.5 s: a second plus the longest delay
  static constexpr std::size_t near_size = 400;   // 100 ms
  static constexpr std::size_t half = 40;         // 10 ms

  struct Match {
    double likeness = 0;  // normalised cross-correlation, 0..1
    std::int64_t lag = 0;
    double gain = 0;      // energy of the echo / energy sent
  };

  static std::int64_t index_of(base::Time t);
  double ref_energy(std::int64_t first, std::size_t count) const;  // mean square
  /// Energy of our echo in the 10 ms before `end`, within 30 ms of the learnt delay.
  enum class Of { loudest, quietest };
  double expected(std::int64_t end, Of of) const;
  Match search(std::int64_t end, std::int64_t from, std::int64_t to, std::int64_t step) const;
  Match best_match(std::int64_t end) const;
  void learn(const Match& m);
  bool loud_lately(std::int64_t end) const;

  // owned
  std::vector<std::int16_t> ref_;  // circular, by sample index; empty until we first speak
  std::vector<float> near_ = std::vector<float>(near_size, 0.0f);
  Decimator decimator_;
  // state
  std::int64_t sent_to_ = 0;       // index behind the last sent sample
  std::int64_t last_loud_ = -1'000'000;
  bool learnt_ = false;
  std::int64_t lag_ = 0;
  std::int64_t seen_lag_ = -1'000'000;  // of the last likeness
  double coupling_ = 0;
  int tries_ = 0, misses_ = 0;
};

}  // namespace daedap::speech
