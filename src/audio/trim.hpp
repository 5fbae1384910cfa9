#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/time.hpp"

namespace daedap::audio {

/// What counts as silence at the ends of synthesised speech.
struct TrimRule {
  double floor_dbfs = -50;  // a 5 ms window below it is silent
  base::Millis keep{10};    // left standing before the first and after the last sound
};

/// The part of a recording worth playing; empty (first == last) when all of it is silent.
struct Voiced {
  std::size_t first = 0;  // first sample to keep
  std::size_t last = 0;   // one behind the last
  std::size_t size() const { return last - first; }
};

/// Finds the silence that speech engines put before (100-670 ms) and behind what they say.
/// units  16 kHz samples
Voiced find_voiced(std::span<const std::int16_t> pcm, const TrimRule& rule = {});

/// `pcm` without that silence.
std::span<const std::int16_t> trim(std::span<const std::int16_t> pcm, const TrimRule& rule = {});

}  // namespace daedap::audio
