#pragma once

#include <optional>
#include <set>

#include "base/alive.hpp"
#include "base/executor.hpp"
#include "base/result.hpp"

namespace daedap::sim {

/// How a scripted engine misbehaves. Requests count from 1: an Stt's utterances, an Llm's questions,
/// a Tts's sentences; opening a stream or session is apart.
struct Faults {
  bool full = false;                 // every opening (Tts: request) is refused: engine_full
  bool dead = false;                 // every request is accepted and never answered
  std::set<int> refused;             // these requests are refused at once: engine_failed
  std::set<int> failing;             // these are accepted and then fail
  std::set<int> unanswered;          // these are accepted and never answered
  std::set<int> late;                // these are answered `lateness` later
  base::Millis lateness{0};

  base::Duration delay(int request) const { return late.contains(request) ? lateness : base::Millis(0); }
  bool silent(int request) const { return dead || unanswered.contains(request); }
};

inline base::Error engine_died() { return {base::Code::engine_failed, "scripted engine failure", {}}; }
inline base::Error engine_is_full() { return {base::Code::engine_full, "scripted engine is full", {}}; }

/// Posts work that is dropped when its owner is gone.
class Later {
 public:
  explicit Later(base::Executor& executor) : executor_(executor) {}
  template <typename F>
  void after(base::Duration delay, F body) {
    executor_.post_after(delay, [token = alive_.token(), body = std::move(body)]() mutable {
      if (token) body();
    });
  }

 private:
  base::Executor& executor_;
  base::Alive alive_;
};

}  // namespace daedap::sim
