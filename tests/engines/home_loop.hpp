#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <span>

#include "base/executor.hpp"
#include "base/log.hpp"

namespace daedap::engines {

/// A shard's loop for tests: runs on the thread that waits for something to become true.
class HomeLoop final : public base::Executor {
 public:
  void post(base::Task task) override {
    {
      std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    posted_.notify_one();
  }
  void post_after(base::Duration, base::Task task) override { post(std::move(task)); }

  /// False when `done` did not come true in time.
  template <typename Done>
  bool run_until(Done done, std::chrono::seconds limit = std::chrono::seconds(20)) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!done()) {
      base::Task task;
      {
        std::unique_lock lock(mutex_);
        if (!posted_.wait_until(lock, end, [this] { return !tasks_.empty(); })) return false;
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      task();
    }
    return true;
  }
  /// Runs what is there now.
  void drain() {
    run_until([this] {
      std::lock_guard lock(mutex_);
      return tasks_.empty();
    });
  }

 private:
  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<base::Task> tasks_;
};

/// A log that nobody reads.
class QuietLog final : public base::LogSink {
 public:
  void write(base::Level, std::string_view, std::span<const base::Field>) override {}
};

}  // namespace daedap::engines
