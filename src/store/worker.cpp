#include "store/worker.hpp"

#include <pthread.h>

namespace daedap::store {

using SteadyClock = std::chrono::steady_clock;

Worker::Worker(std::string name)
    : thread_([this, name = std::move(name)] {
        pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
        run();
      }) {}

void Worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Worker::post(base::Task task) {
  const std::lock_guard lock(mutex_);
  if (ended_) return;
  tasks_.push_back(std::move(task));
  changed_.notify_one();
}

void Worker::post_after(base::Duration delay, base::Task task) {
  const std::lock_guard lock(mutex_);
  delayed_.emplace(SteadyClock::now() + delay, std::move(task));
  changed_.notify_one();
}

bool Worker::try_post(base::Task task, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  if (ended_ || tasks_.size() >= limit) return false;
  tasks_.push_back(std::move(task));
  changed_.notify_one();
  return true;
}

std::size_t Worker::waiting() const {
  const std::lock_guard lock(mutex_);
  return tasks_.size();
}

void Worker::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    while (!delayed_.empty() && delayed_.begin()->first <= SteadyClock::now()) {
      tasks_.push_back(std::move(delayed_.begin()->second));
      delayed_.erase(delayed_.begin());
    }
    if (!tasks_.empty()) {
      base::Task task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      task = {};
      lock.lock();
    } else if (ending_) {
      ended_ = true;
      return;
    } else if (delayed_.empty()) {
      changed_.wait(lock);
    } else {
      const auto next = delayed_.begin()->first;
      changed_.wait_until(lock, next);
    }
  }
}

}  // namespace daedap::store
