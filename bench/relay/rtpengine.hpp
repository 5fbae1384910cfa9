#pragma once

#include <memory>
#include <string>

#include "bench/relay/process.hpp"
#include "bench/relay/talkers.hpp"

namespace daedap::bench {

/// Debian's rtpengine without its kernel module, with one worker thread, controlled by its ng protocol.
class Rtpengine {
 public:
  static bool installed();
  explicit Rtpengine(const Folder& folder);
  ~Rtpengine();
  Rtpengine(const Rtpengine&) = delete;
  Rtpengine& operator=(const Rtpengine&) = delete;

  /// A call of each two talkers. False: it could not be started, or refused.
  bool set_up(Talkers& talkers);
  const Process& process() const { return *process_; }

 private:
  std::string ask(const std::string& command);
  std::uint16_t port_for(const std::string& command, std::size_t call, std::uint16_t port);

  std::uint16_t control_port_;
  std::unique_ptr<Process> process_;
  int fd_ = -1;
  int cookie_ = 0;
};

}  // namespace daedap::bench
