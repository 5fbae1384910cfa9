#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engines/pocketsphinx/decoder.hpp"
#include "engines/pocketsphinx/settings.hpp"
#include "speech/stt.hpp"

namespace daedap::engines::pocketsphinx {

/// Measures how long somebody speaks within an utterance, by level: from the first to the last
/// 10 ms that are within 30 dB of the loudest and 10 dB above the quietest.
class SpeechLength {
 public:
  void add(std::span<const std::int16_t> pcm);
  double seconds() const;

 private:
  std::vector<float> levels_;  // dB of each 10 ms
  double power_ = 0;
  std::size_t samples_ = 0;
};

/// What we make of an utterance. A closed grammar hears one of its phrases in everything, so the
/// path's score, the speech's length and the margin over mere phones decide whether to believe it.
struct Verdict {
  speech::SttFinal final;  // text empty and confidence < 0.4: not believed
  double score = 0;        // per frame; for the log
  double seconds_per_phone = 0;
};

/// Confidence 0.8-1 = act on it, 0.4-0.8 = confirm, below = ask again.
Verdict judge(const Decoded& decoded, double speech_seconds, int phones,
              const PocketSphinxSettings& settings);

}  // namespace daedap::engines::pocketsphinx
