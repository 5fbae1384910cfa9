#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/metrics.hpp"
#include "base/executor.hpp"
#include "base/result.hpp"
#include "call/switchboard.hpp"
#include "server/post_call.hpp"
#include "speech/conversation.hpp"

namespace daedap::server {

/// One shard's view of the engines; lives and dies on the shard.
class ShardEngines {
 public:
  virtual ~ShardEngines() = default;
  virtual speech::Engines seams() = 0;
};

/// Where the speech engines come from. Real: `EmbeddedEngines`; the benchmarks bring scripted ones.
class EngineSource {
 public:
  virtual ~EngineSource() = default;
  /// Loads the engines in the background.
  virtual void start() = 0;
  /// Ends their threads and processes. After the shards' engines are gone, before the shards' loops.
  virtual void stop() = 0;
  /// thread  any
  virtual call::AiState state() const = 0;
  /// thread  any; what is made is used and destroyed on `home`'s thread
  virtual std::unique_ptr<ShardEngines> make(base::Executor& home) = 0;
  /// For recordings after their calls; empty = cannot.
  virtual Transcribe transcribe() = 0;
  /// What the engines have done so far. thread  any
  virtual api::LiveFigures figures() const = 0;
};

}  // namespace daedap::server
