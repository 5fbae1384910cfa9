#pragma once

#include <cstdint>
#include <span>

namespace daedap::audio {

/// What `rms_dbfs` says of digital silence.
inline constexpr double silence_dbfs = -96.0;

/// Root mean square against full scale, in dB: a full-scale square wave is 0, a full-scale sine
/// -3.01, silence (and no samples) -96.
double rms_dbfs(std::span<const std::int16_t> pcm);
/// Largest absolute sample, 0..32768.
int peak(std::span<const std::int16_t> pcm);
/// Amplitude (0..32767) of a level in dB against full scale.
double amplitude_of(double dbfs);

}  // namespace daedap::audio
