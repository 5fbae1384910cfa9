#pragma once

#include "base/task.hpp"
#include "base/time.hpp"

namespace daedap::base {

/// Where work is handed to another thread's loop. Real: an Asio loop; simulated: virtual time.
class Executor {
 public:
  virtual ~Executor() = default;
  /// Runs `task` later on the loop's thread, never inside this call. thread  any
  virtual void post(Task task) = 0;
  /// Runs `task` once `delay` has passed. thread  any
  virtual void post_after(Duration delay, Task task) = 0;
};

}  // namespace daedap::base
