#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.hpp"

namespace daedap::audio {

/// The one internal form of audio: 16 kHz, mono, int16.
inline constexpr int sample_rate = 16000;
inline constexpr std::size_t frame_samples = 320;
inline constexpr base::Millis frame_time{20};

/// 20 ms of audio.
using Frame = std::array<std::int16_t, frame_samples>;

/// What goes with a received frame.
struct FrameInfo {
  base::Time heard;        // when its last sample arrived on the wire (play-out delay taken off)
  std::int64_t position;   // index of its first sample on the stream's own time line, 16 kHz
  bool concealed = false;  // made up because the packet was lost, late or silent
};

/// Takes frames; the only door from `media` to `speech` (and to recordings).
class FrameSink {
 public:
  virtual ~FrameSink() = default;
  virtual void on_frame(const Frame& frame, const FrameInfo& info) = 0;
};

/// 16 kHz samples <-> time.
constexpr base::Duration duration_of(std::int64_t samples) {
  return std::chrono::nanoseconds(samples * (1'000'000'000 / sample_rate));
}
constexpr std::int64_t samples_in(base::Duration d) {
  return d.count() * sample_rate / 1'000'000'000;
}

}  // namespace daedap::audio
