#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace daedap::sim {

/// How a made-up voice sounds.
struct Voice {
  int period = 100;                  // samples per glottal pulse at 16 kHz: 160 Hz
  double level = 3000;               // root mean square of a vowel, 0..32767
  base::Millis per_character{60};    // a space is silence of this length
  base::Millis leading{0};           // silence that text-to-speech engines put first
  base::Millis trailing{0};
};

/// Speech-like audio, 16 kHz: a buzz with formants, one swell per character, silence for spaces and
/// punctuation; its length is proportional to the text's. Repeatable.
std::vector<std::int16_t> speak(std::string_view text, const Voice& voice = {});

/// A voiced burst of exactly this length.
std::vector<std::int16_t> vowel(base::Duration length, const Voice& voice = {});
/// A short, noisy, loud burst that is no speech.
std::vector<std::int16_t> cough(base::Duration length, double level = 6000);

}  // namespace daedap::sim
