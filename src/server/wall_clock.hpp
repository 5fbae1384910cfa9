#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace daedap::server {

/// When each running call began on the wall clock: whoever asks first stamps it, so that the store and
/// the recording's folder agree on the day even at midnight. Bounded by the running calls.
/// thread  any
class WallClock {
 public:
  using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

  static WallTime now() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

  WallTime started(const std::string& call_id) {
    const std::lock_guard lock(mutex_);
    return started_.try_emplace(call_id, now()).first->second;
  }
  void forget(const std::string& call_id) {
    const std::lock_guard lock(mutex_);
    started_.erase(call_id);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, WallTime> started_;
};

}  // namespace daedap::server
