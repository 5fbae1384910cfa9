#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace daedap::speech {

/// Text so far of the running utterance; replaces the previous partial.
struct SttPartial {
  std::string text;
};

/// The settled text of one utterance. Empty = nothing was understood.
struct SttFinal {
  std::string text;
  double confidence = 1.0;  // 0..1; see `uncertain` in the assistant for the bands
};

/// The stream is dead; no more events follow.
struct SttFailed {
  base::Error error;
};

using SttEvent = std::variant<SttPartial, SttFinal, SttFailed>;
using SttSink = std::function<void(SttEvent)>;

struct SttParams {
  std::string language = "ko";  // "ko" or "en"
  std::string grammar;          // which phrases to expect; empty = the engine's default
};

/// One call's stream into a recogniser. Audio is pushed continuously, silence too.
/// Destroying it cancels: the sink is never called afterwards, and never from inside a call to it.
class SttStream {
 public:
  virtual ~SttStream() = default;
  /// 16 kHz samples; real-time pace. Never blocks; when the engine is behind, the oldest audio goes.
  virtual void push(std::span<const std::int16_t> pcm) = 0;
  /// The caller has begun / ended an utterance (voice activity). `end_utterance` asks for the final,
  /// and exactly one SttFinal (or SttFailed) answers it.
  virtual void begin_utterance() = 0;
  virtual void end_utterance() = 0;
  /// Phrases to expect from now on (dialogue state); takes effect with the next utterance.
  virtual void expect(const std::string& grammar) = 0;
};

/// A speech-to-text engine as one shard sees it.
/// thread  the shard; sinks are called on the shard
class Stt {
 public:
  virtual ~Stt() = default;
  /// errors  engine_not_ready, engine_full, unsupported (language), engine_failed
  virtual base::Result<std::unique_ptr<SttStream>> open(const SttParams& params, SttSink sink) = 0;
  /// Whether this engine recognises `language` at all (no embedded engine knows Korean).
  virtual bool understands(const std::string& language) const = 0;
};

}  // namespace daedap::speech
