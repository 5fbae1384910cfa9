#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "audio/frame.hpp"
#include "base/time.hpp"

namespace daedap::call {

/// Loudness of a frame or of any piece of audio: root mean square, 0..32767.
double loudness(std::span<const std::int16_t> pcm);

/// Tells when the other side of a clean line speaks: energy with hysteresis, two frames to begin,
/// 200 ms of silence to end. Enough for test calls; the assistant has a better one.
class Ear {
 public:
  static constexpr double on_level = 300, off_level = 150;  // about -41 and -47 dBFS
  static constexpr base::Millis hang_over{200};

  void on_frame(const audio::Frame& frame, const audio::FrameInfo& info);

  bool speaking() const { return speaking_; }
  /// Begin of the speech that runs or ran last; none before the first.
  std::optional<base::Time> began() const { return began_; }
  /// Last voiced frame so far.
  std::optional<base::Time> last_voiced() const { return last_voiced_; }
  /// How often speech began.
  int times() const { return times_; }

 private:
  bool speaking_ = false;
  int voiced_in_row_ = 0, times_ = 0;
  base::Time first_{};
  std::optional<base::Time> began_, last_voiced_;
};

}  // namespace daedap::call
