#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"

namespace daedap::engines {

/// What the workers did so far; every figure can be read at any moment from any thread.
struct WorkerFigures {
  std::size_t queued = 0;          // jobs waiting now
  std::size_t running = 0;         // jobs on a thread now
  std::uint64_t done = 0;
  std::uint64_t refused = 0;       // over `max_queued`
  std::uint64_t wait_us_total = 0;  // microseconds that finished jobs had waited, summed
  std::uint64_t wait_us_max = 0;
};

/// The threads that run embedded engines, so that no shard ever does.
/// in      jobs (they must not throw and should end within some 100 ms)
/// thread  `post` and `figures` any; `stop` not from a job
class Workers {
 public:
  struct Limits {
    unsigned threads = 2;
    std::size_t max_queued = 256;  // single jobs; strands are bounded by their streams' admission
  };
  explicit Workers(Limits limits);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Jobs start in the order they were posted.
  /// errors  engine_full (queue), engine_not_ready (stopped)
  base::Result<void> post(base::Task job);
  /// Drops what waits, lets running jobs end, joins. Idempotent.
  void stop();
  WorkerFigures figures() const;
  /// Jobs under way should end. thread  any
  bool stopped() const { return stopping_; }

 private:
  friend class Strand;
  using Clock = std::chrono::steady_clock;
  struct Waiting {
    base::Task job;
    Clock::time_point since;
  };
  bool enqueue(base::Task job, bool bounded);
  void run();
  void note_wait(Clock::duration waited);

  // given
  const Limits limits_;
  // state
  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::deque<Waiting> queue_;
  bool stopped_ = false;
  std::atomic<bool> stopping_{false};  // as stopped_, without the lock
  std::atomic<std::size_t> queued_{0}, running_{0};
  std::atomic<std::uint64_t> done_{0}, refused_{0}, wait_us_total_{0}, wait_us_max_{0};
  // owned
  std::vector<std::thread> threads_;
};

/// Work of one stream: `run` is never on two workers at a time and sees what came before `wake`.
/// A strand has at most one job in the queue, so it needs no bound of its own. A job under way keeps
/// the strand alive.
class Strand : public std::enable_shared_from_this<Strand> {
 public:
  explicit Strand(Workers& workers) : workers_(workers) {}
  virtual ~Strand() = default;
  /// Has `run` called (again) soon; calls in between coalesce. False once the workers are stopped.
  bool wake();

 protected:
  virtual void run() = 0;

 private:
  enum class State { idle, scheduled, running, again };
  bool schedule();
  void run_once();

  Workers& workers_;
  std::atomic<State> state_{State::idle};
};

}  // namespace daedap::engines
