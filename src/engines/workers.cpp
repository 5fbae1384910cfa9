#include "engines/workers.hpp"

#include <algorithm>

namespace daedap::engines {

Workers::Workers(Limits limits) : limits_(limits) {
  const unsigned threads = std::max(1u, limits_.threads);
  threads_.reserve(threads);
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

Workers::~Workers() { stop(); }

base::Result<void> Workers::post(base::Task job) {
  if (enqueue(std::move(job), true)) return {};
  std::lock_guard lock(mutex_);
  if (stopped_) return base::fail(base::Code::engine_not_ready, "engine workers are stopped");
  return base::fail(base::Code::engine_full, "engine queue is full");
}

bool Workers::enqueue(base::Task job, bool bounded) {
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return false;
    if (bounded && queue_.size() >= limits_.max_queued) {
      ++refused_;
      return false;
    }
    queue_.push_back({std::move(job), Clock::now()});
    queued_ = queue_.size();
  }
  work_.notify_one();
  return true;
}

void Workers::stop() {
  std::deque<Waiting> dropped;
  {
    std::lock_guard lock(mutex_);
    stopped_ = stopping_ = true;
    dropped.swap(queue_);  // destroyed outside the lock: a job may own a strand
    queued_ = 0;
  }
  work_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Workers::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
    if (stopped_) return;
    {
      Waiting next = std::move(queue_.front());
      queue_.pop_front();
      queued_ = queue_.size();
      ++running_;
      lock.unlock();
      note_wait(Clock::now() - next.since);
      next.job();
    }
    --running_;
    ++done_;
    lock.lock();
  }
}

void Workers::note_wait(Clock::duration waited) {
  const auto us = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(waited).count());
  wait_us_total_ += us;
  std::uint64_t max = wait_us_max_;
  while (us > max && !wait_us_max_.compare_exchange_weak(max, us)) {
  }
}

WorkerFigures Workers::figures() const {
  return {queued_, running_, done_, refused_, wait_us_total_, wait_us_max_};
}

bool Strand::wake() {
  State seen = state_;
  while (true) {
    if (seen == State::scheduled || seen == State::again) {
      // The store below makes `run` see what the caller wrote before waking.
      if (state_.compare_exchange_weak(seen, seen)) return true;
    } else if (seen == State::running) {
      if (state_.compare_exchange_weak(seen, State::again)) return true;
    } else if (state_.compare_exchange_weak(seen, State::scheduled)) {
      return schedule();
    }
  }
}

bool Strand::schedule() {
  return workers_.enqueue([self = shared_from_this()] { self->run_once(); }, false);
}

void Strand::run_once() {
  state_ = State::running;
  run();
  State seen = State::running;
  if (state_.compare_exchange_strong(seen, State::idle)) return;
  state_ = State::scheduled;  // woken meanwhile: queue up again behind the other streams
  schedule();
}

}  // namespace daedap::engines
