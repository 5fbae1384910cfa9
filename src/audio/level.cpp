#include "audio/level.hpp"

#include <algorithm>
#include <cmath>

namespace daedap::audio {

double rms_dbfs(std::span<const std::int16_t> pcm) {
  std::int64_t energy = 0;  // 2^30 per sample: room for 2^33 samples
  for (const std::int16_t s : pcm) energy += std::int32_t{s} * s;
  if (energy == 0) return silence_dbfs;
  const double mean = static_cast<double>(energy) / static_cast<double>(pcm.size());
  return std::max(silence_dbfs, 10.0 * std::log10(mean / (32768.0 * 32768.0)));
}

int peak(std::span<const std::int16_t> pcm) {
  int lowest = 0, highest = 0;
  for (const std::int16_t s : pcm) {
    if (s > highest) highest = s;
    if (s < lowest) lowest = s;
  }
  return std::max(highest, -lowest);
}

double amplitude_of(double dbfs) {
  return std::min(32767.0, 32768.0 * std::pow(10.0, dbfs / 20.0));
}

}  // namespace daedap::audio
