#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/time.hpp"

namespace daedap::speech {

/// 10 ms at 16 kHz: what voice activity is decided on.
inline constexpr std::size_t half_samples = 160;
inline constexpr base::Millis half_time{10};

/// By how much a detector is late when a voice begins and ends (medians, measured).
struct EdgeLag {
  base::Millis start{0}, end{0};
};

/// Tells how likely each 10 ms of one stream hold a voice.
/// in      every 10 ms, also those that were made up for lost ones
/// out     to the sink: one probability (0..1) for each, in their order, at once or later
/// thread  the shard; never destroyed from inside its own sink
class VoiceDetector {
 public:
  using Sink = std::function<void(double probability)>;
  virtual ~VoiceDetector() = default;
  virtual void push(std::span<const std::int16_t, half_samples> pcm, bool concealed) = 0;
};

/// One kind of detector.
class VoiceDetectors {
 public:
  virtual ~VoiceDetectors() = default;
  virtual std::unique_ptr<VoiceDetector> open(VoiceDetector::Sink sink) = 0;
  virtual EdgeLag lag() const = 0;
  /// A probability comes at most so long after its audio, when audio goes on coming.
  virtual base::Millis delay() const = 0;
};

/// The one that needs no file: `EnergyDetector`, which answers at once.
std::unique_ptr<VoiceDetector> make_energy_voice(VoiceDetector::Sink sink);
inline constexpr EdgeLag energy_lag{.start = base::Millis{0}, .end = base::Millis{40}};  // 20 dB and clean

}  // namespace daedap::speech
