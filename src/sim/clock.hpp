#pragma once

#include <functional>
#include <map>
#include <utility>

#include "base/executor.hpp"
#include "base/time.hpp"

namespace daedap::sim {

/// Virtual time: tasks run in the order of their times, and of their posting among equals; between
/// two tasks the clock jumps. The only clock that simulations know.
class World final : public base::Executor {
 public:
  base::Time now() const { return now_; }
  /// For code that asks for the time through a function.
  std::function<base::Time()> clock() const {
    return [this] { return now_; };
  }
  void post(base::Task task) override { at(now_, std::move(task)); }
  void post_after(base::Duration delay, base::Task task) override { at(now_ + delay, std::move(task)); }
  void at(base::Time when, base::Task task);
  /// Runs `body` every `period` until `World` ends or it answers false.
  void every(base::Duration period, std::function<bool()> body);

  void run_for(base::Duration time) { run_to(now_ + time); }
  void run_to(base::Time when);
  /// Runs until `done` (asked after each task) or `limit` has passed; whether it was done.
  bool run_until(const std::function<bool()>& done, base::Duration limit);

 private:
  void step();

  // One hour, so that times before the start of a story are not negative.
  base::Time now_{std::chrono::hours(1)};
  std::uint64_t posted_ = 0;
  std::map<std::pair<base::Time, std::uint64_t>, base::Task> tasks_;
};

}  // namespace daedap::sim
