#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/executor.hpp"
#include "base/time.hpp"
#include "net/ticker.hpp"

namespace boost::asio {
class io_context;
}

namespace daedap::net {

class Poller;

/// One task kept the loop from its other work for longer than the limit.
struct Stall {
  const char* task;  // the name given to `post` or `Watch`
  base::Duration took;
};
using OnStall = std::function<void(const Stall&)>;

/// One thread and the work that runs on it.
/// in      tasks, sockets that registered themselves
/// out     OnStall, on the loop's thread
/// thread  post, post_after, post_at, stop: any; the rest: the owner
class Loop final : public base::Executor {
 public:
  /// `name` shows in `top -H` (first 15 bytes). No thread runs before `start`.
  explicit Loop(std::string name, OnStall on_stall = {}, base::Duration stall_limit = base::Millis{10});
  /// Stops and joins. Tasks that have not run are destroyed unrun.
  ~Loop() override;

  void start();
  /// How much this thread matters to the system's scheduler; call before `start`. media: ahead of all
  /// else (SCHED_RR), if the process may (root, CAP_SYS_NICE); background: behind.
  enum class Urgency { media, normal, background };
  void set_urgency(Urgency urgency);
  /// Ends the loop after the task that runs now.
  void stop();
  /// Waits for the thread; does nothing on the loop's own thread.
  void join();

  void post(base::Task task) override { post("task", std::move(task)); }
  /// `task_name` must be a literal.
  void post(const char* task_name, base::Task task);
  void post_after(base::Duration delay, base::Task task) override;
  /// At a time of `now()`; not watched for stalls.
  void post_at(base::Time due, base::Task task);
  /// Calls `tick` every `period` without drift until the Ticker is destroyed (on the loop's thread,
  /// or after `join`).
  std::unique_ptr<Ticker> every(base::Duration period, Tick tick);

  bool on_thread() const;
  /// For UDP sockets of this folder.
  Poller& poller();
  /// For streams of this folder. A loop that was never asked for it does without Asio, and a datagram
  /// costs one wait less. thread  any
  boost::asio::io_context& context();

  /// Times a piece of work on the loop; tells OnStall when it took too long.
  class Watch {
   public:
    Watch(Loop& loop, const char* task);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    base::Time started() const { return start_; }

   private:
    Loop& loop_;
    const char* task_;
    base::Time start_;
  };

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace daedap::net
