#pragma once

#include <functional>
#include <utility>

#include "base/alive.hpp"
#include "base/executor.hpp"

namespace daedap::engines {

/// The last step of every engine event: from whatever thread made it to the sink on the shard, and
/// to nobody once the owner is gone. Part of a stream object; lives and dies on the shard.
template <typename Event>
class HomeSink {
 public:
  HomeSink(base::Executor& home, std::function<void(Event)> sink)
      : home_(home), sink_(std::move(sink)) {}

  /// What another thread calls with events: each goes through `home` to `arrive`. May outlive this
  /// object and its owner, but not `home`.
  std::function<void(Event)> door(std::function<void(Event)> arrive) {
    return [&home = home_, token = alive_.token(), arrive = std::move(arrive)](Event event) {
      home.post([token, arrive, event = std::move(event)]() mutable {
        if (token) arrive(std::move(event));
      });
    };
  }
  /// Calls the sink, which may destroy the stream and this object with it. thread  the shard
  void deliver(Event event) {
    const auto token = alive_.token();
    auto sink = std::move(sink_);
    sink(std::move(event));
    if (token) sink_ = std::move(sink);
  }

 private:
  // given
  base::Executor& home_;
  // owned
  std::function<void(Event)> sink_;
  base::Alive alive_;
};

}  // namespace daedap::engines
