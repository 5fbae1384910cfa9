#pragma once

#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <stdexcept>

#include "base/address.hpp"
#include "net/loop.hpp"

namespace daedap::test {

inline constexpr std::chrono::seconds patience{10};

/// Runs `f` on the loop's thread and gives its value back.
template <typename F>
auto on_loop(net::Loop& loop, F f) {
  std::promise<decltype(f())> result;
  auto future = result.get_future();
  loop.post([&] {
    if constexpr (std::is_void_v<decltype(f())>) {
      f();
      result.set_value();
    } else {
      result.set_value(f());
    }
  });
  if (future.wait_for(patience) != std::future_status::ready) throw std::runtime_error("loop is stuck");
  return future.get();
}

/// A value that another thread changes and a test waits for.
template <typename T>
class Watched {
 public:
  template <typename F>
  void change(F f) {
    const std::lock_guard lock(mutex_);
    f(value_);
    changed_.notify_all();
  }
  /// False when `wanted` did not come true in time.
  template <typename F>
  bool wait(F wanted) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return wanted(value_); });
  }
  T value() {
    const std::lock_guard lock(mutex_);
    return value_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  T value_{};
};

inline base::Address loopback() { return *base::Address::parse("127.0.0.1:0"); }

}  // namespace daedap::test
