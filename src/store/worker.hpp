#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "base/executor.hpp"

namespace daedap::store {

/// One thread that may block (disk, SQL, password hashes) and the tasks that wait for it.
/// thread  any
class Worker final : public base::Executor {
 public:
  /// `name` shows in `top -H` (first 15 bytes).
  explicit Worker(std::string name);
  ~Worker() override { stop(); }
  /// Runs what is posted already, drops what is delayed or comes later, and ends the thread.
  void stop();

  void post(base::Task task) override;
  void post_after(base::Duration delay, base::Task task) override;
  /// Posts unless `limit` tasks wait already or it was stopped; then false, and the task is dropped.
  bool try_post(base::Task task, std::size_t limit);
  std::size_t waiting() const;

 private:
  void run();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<base::Task> tasks_;
  std::multimap<std::chrono::steady_clock::time_point, base::Task> delayed_;
  bool ending_ = false;  // asked to end
  bool ended_ = false;   // takes nothing any more
  std::thread thread_;
};

}  // namespace daedap::store
