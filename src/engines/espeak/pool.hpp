#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "base/result.hpp"
#include "engines/espeak/slot.hpp"
#include "speech/tts.hpp"

namespace daedap::engines::espeak {

/// Helper processes that speak for all shards: a queue in front, restarts behind.
/// in      sentences; cancel
/// out     each sentence's events through its `deliver`, called on the pool's thread
/// thread  any; `start` and `stop` one. The log's sink must take lines from any thread.
class EspeakPool {
 public:
  EspeakPool(EspeakSettings settings, base::Log log);
  ~EspeakPool();
  EspeakPool(const EspeakPool&) = delete;
  EspeakPool& operator=(const EspeakPool&) = delete;

  /// Returns once a helper is ready, some milliseconds later. errors  not_found, engine_failed
  base::Result<void> start();
  /// Ends the helpers; nothing is delivered afterwards. Idempotent.
  void stop();

  /// The sentence's number, for `cancel`. It ends with one TtsDone or TtsFailed unless cancelled.
  /// A helper that dies before the sentence's first audio costs one more try, later a TtsFailed.
  /// errors  engine_not_ready, engine_full, engine_failed (helpers die faster than they start)
  base::Result<std::uint32_t> submit(Sentence sentence);
  /// No more audio is made for it. What is already on its way may still be delivered.
  void cancel(std::uint32_t id);
  EspeakFigures figures() const;
  /// The helpers' process ids, for those who look from outside.
  std::vector<pid_t> helpers() const;

 private:
  void run();
  void wait_for_input(Slot::Clock::time_point until);
  void take_cancels();
  void fill_slots(Slot::Clock::time_point now);
  void drop_stale(Slot::Clock::time_point now);
  Slot::Clock::time_point next_deadline(Slot::Clock::time_point now);
  void publish();
  void nudge() const;

  // given
  EspeakSettings settings_;
  base::Log log_;
  // owned
  int nudge_fd_ = -1;
  std::thread thread_;
  Counters counters_;
  // state: the pool's thread
  std::vector<std::unique_ptr<Slot>> slots_;
  // state: all threads, under mutex_
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Active> queue_;
  std::vector<std::uint32_t> cancels_;
  std::vector<pid_t> pids_;
  std::uint32_t next_id_ = 1;
  bool stopping_ = false, ready_ = false, hopeless_ = false;
  std::string why_;
};

}  // namespace daedap::engines::espeak
