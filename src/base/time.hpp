#pragma once

#include <chrono>
#include <cstdint>

namespace daedap::base {

/// A monotonic clock without `now()`: the core is handed the time, it cannot ask for it.
/// The shard fills it from the steady clock, the simulation from virtual time, so a step of the
/// wall clock never reaches a call.
struct Clock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<Clock, duration>;
  static constexpr bool is_steady = true;
};

using Time = Clock::time_point;
using Duration = Clock::duration;
using Millis = std::chrono::milliseconds;

/// "No deadline".
inline constexpr Time never = Time::max();

/// Whole milliseconds between two points; for JSON and logs.
constexpr std::int64_t to_ms(Duration d) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}
/// Milliseconds with fraction; for metrics.
constexpr double to_ms_f(Duration d) { return static_cast<double>(d.count()) / 1e6; }

}  // namespace daedap::base
