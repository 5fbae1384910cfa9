#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace daedap::engines::espeak {

/// One running `daedap-espeak` and our end of its socket. The helper ends when that end closes, so
/// a killed server leaves none behind.
/// thread  one at a time
class HelperProcess {
 public:
  /// errors  io
  static base::Result<HelperProcess> spawn(const std::filesystem::path& program);
  HelperProcess(HelperProcess&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), fd_(std::exchange(other.fd_, -1)) {}
  HelperProcess& operator=(HelperProcess&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(fd_, other.fd_);
    return *this;
  }
  /// Kills and reaps.
  ~HelperProcess();

  /// All or nothing, never waits. errors  io: the helper is dead or does not read
  base::Result<void> send(std::string_view bytes);
  /// Appends what is there (at most 64 KiB) to `out`. errors  io: the helper is gone
  base::Result<void> receive(std::string& out);

  int fd() const { return fd_; }
  pid_t pid() const { return pid_; }

 private:
  HelperProcess(pid_t pid, int fd) : pid_(pid), fd_(fd) {}
  pid_t pid_ = -1;
  int fd_ = -1;
};

/// Where the helper is looked for when the configuration names none: beside this program, then in
/// `../lib/daedap` and `../../lib/daedap` as seen from it. errors  not_found
base::Result<std::filesystem::path> find_helper();

}  // namespace daedap::engines::espeak
