#pragma once

#include <cstdint>
#include <vector>

#include "base/time.hpp"

namespace daedap::audio {

/// One tone; ramps at both ends keep it from clicking.
struct Tone {
  double hz = 1000;
  base::Millis length{400};
  double peak_dbfs = -12;
  base::Millis ramp{10};
};

/// The tone as 16 kHz samples. A ramp is never longer than half the tone; at most one minute.
std::vector<std::int16_t> make_tone(const Tone& tone);

/// "Speak after the beep": 1 kHz, 400 ms.
std::vector<std::int16_t> message_beep();

}  // namespace daedap::audio
