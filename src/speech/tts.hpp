#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace daedap::speech {

struct TtsAudio {
  std::vector<std::int16_t> pcm;  // 16 kHz mono
};
struct TtsDone {};
struct TtsFailed {
  base::Error error;
};

using TtsEvent = std::variant<TtsAudio, TtsDone, TtsFailed>;
using TtsSink = std::function<void(TtsEvent)>;

struct TtsRequest {
  std::string text;
  std::string language = "ko";
  std::string voice;  // empty = the engine's default for the language
};

/// One sentence being spoken. Destroying it cancels; the sink is never called afterwards, and never
/// from inside `speak`.
class TtsStream {
 public:
  virtual ~TtsStream() = default;
};

/// A text-to-speech engine as one shard sees it. Audio comes faster than real time.
/// thread  the shard; sinks are called on the shard
class Tts {
 public:
  virtual ~Tts() = default;
  /// errors  engine_not_ready, engine_full, engine_failed
  virtual base::Result<std::unique_ptr<TtsStream>> speak(const TtsRequest& request, TtsSink sink) = 0;
};

}  // namespace daedap::speech
