#pragma once

#include <string>
#include <vector>

#include "sim/faults.hpp"
#include "sim/voice.hpp"
#include "speech/tts.hpp"

namespace daedap::sim {

/// A voice that makes speech-like audio of proportional length after a stated delay.
/// thread  the one of its executor
class ScriptedTts final : public speech::Tts {
 public:
  struct Settings {
    base::Millis first_audio{120};
    base::Millis chunk{200};      // audio per event
    int speed = 20;               // times faster than real time
    Voice voice;
    Faults faults;
  };
  ScriptedTts(base::Executor& executor, Settings settings) : executor_(executor), settings_(std::move(settings)) {}

  base::Result<std::unique_ptr<speech::TtsStream>> speak(const speech::TtsRequest& request,
                                                         speech::TtsSink sink) override;

  /// Changes take effect with the next request.
  Settings& settings() { return settings_; }
  /// All sentences asked for, in order; the first thousand.
  const std::vector<std::string>& asked() const { return asked_; }

 private:
  class Stream;
  base::Executor& executor_;
  Settings settings_;
  std::vector<std::string> asked_;
  int requests_ = 0;
};

}  // namespace daedap::sim
