#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "sim/faults.hpp"
#include "speech/stt.hpp"

namespace daedap::sim {

/// What is "recognised" in one utterance.
struct Recognised {
  struct Partial {
    base::Millis after;  // of voiced audio
    std::string text;
  };
  std::string text;
  double confidence = 1.0;
  std::vector<Partial> partials;
};

/// A recogniser that knows beforehand what will be said: the n-th utterance of a stream that holds
/// enough voice gets the n-th text; coughs get none and use none up.
/// thread  the one of its executor
class ScriptedStt final : public speech::Stt {
 public:
  struct Settings {
    /// Text of the n-th utterance (from 0) of the s-th stream (from 0).
    std::function<Recognised(int n, int s)> script;
    base::Millis final_delay{150};
    base::Millis least_voice{120};
    std::set<std::string> languages{"ko", "en"};
    Faults faults;
  };
  ScriptedStt(base::Executor& executor, Settings settings) : executor_(executor), settings_(std::move(settings)) {}

  base::Result<std::unique_ptr<speech::SttStream>> open(const speech::SttParams& params,
                                                        speech::SttSink sink) override;
  bool understands(const std::string& language) const override { return settings_.languages.contains(language); }

  /// Changes take effect with the next request.
  Settings& settings() { return settings_; }
  int streams() const { return streams_; }
  int utterances() const { return utterances_; }

 private:
  class Stream;
  base::Executor& executor_;
  Settings settings_;
  int streams_ = 0, utterances_ = 0;
};

/// A script that goes through `texts` and then understands nothing.
std::function<Recognised(int, int)> say_in_turn(std::vector<std::string> texts);

}  // namespace daedap::sim
