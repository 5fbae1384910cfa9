#pragma once

#include <chrono>
#include <filesystem>

namespace daedap::engines::pocketsphinx {

struct PocketSphinxSettings {
  std::filesystem::path model = "/usr/share/pocketsphinx/model/en-us/en-us";
  std::filesystem::path dictionary = "/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict";
  std::size_t max_streams = 500;    // calls that listen; over it engine_full
  std::size_t warm_decoders = 4;    // made at start
  std::size_t max_decoders = 64;    // callers who speak at the same moment; others wait their turn
  // Path score per 10 ms frame: from `sure` up the answer is acted on, from `unsure` up confirmed.
  double sure = -28, unsure = -34;
  // Under `doubt` the words must not fit worse than any sequence of phones by more than `margin`.
  double doubt = -20, margin = -4;
  // Seconds of speech per phone of the answer; outside of it the answer is not what was said.
  double phone_min_s = 0.05, phone_max_s = 0.25;
  std::chrono::milliseconds pre_roll{300};      // kept from before `begin_utterance`
  std::chrono::milliseconds partial_every{100};
  std::chrono::milliseconds max_utterance{15000};  // what comes later in an utterance is not heard
  // When there is more speech than workers can hear: audio of one stream that waits for a worker (over
  // `partials_behind` no partials are made of it, over `max_behind` the oldest utterance loses it), and
  // how long after an utterance's end its words are still wanted. Who lost audio gets an empty final.
  std::chrono::milliseconds partials_behind{3000}, max_behind{20000}, stale{5000};
};

}  // namespace daedap::engines::pocketsphinx
