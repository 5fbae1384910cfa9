#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace daedap::bench {

/// A temporary folder, removed with all that is in it.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// Keeps the calling thread, and what it starts, on one core; ahead of other work when that is allowed.
void run_on_core(int core);
void run_first();

/// A program on the servers' core, its output in a file. Ended, by its id, when this goes.
class Process {
 public:
  static constexpr int core = 0;
  Process(const std::vector<std::string>& command, std::string output);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// What it has written so far, once `enough` says so; empty when it ended or that took too long.
  std::string wait_for(const std::function<bool(const std::string&)>& enough, double seconds) const;
  /// Until it has nothing more to do.
  void wait_idle(double seconds) const;
  bool running() const;
  void freeze(bool on) const;
  /// CPU time of all threads so far; resident memory.
  std::int64_t cpu_ns() const;
  long resident_kb() const;

 private:
  pid_t pid_ = -1;
  std::string output_;
};

std::int64_t steady_ns();
void pause(double seconds);
/// A UDP port of the loopback address that is free now.
std::uint16_t free_port();

}  // namespace daedap::bench
