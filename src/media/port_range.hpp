#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "base/address.hpp"
#include "base/time.hpp"
#include "base/udp.hpp"

namespace daedap::media {

/// Gives out even RTP ports (RTCP = +1) of a range, round and round; a port rests 30 s after its
/// call, one that another process holds is skipped and tried again later.
/// thread  the shard; each shard has its own slice of the range
class PortRange {
 public:
  struct Pair {
    std::unique_ptr<base::UdpSocket> rtp, rtcp;
    std::uint16_t port = 0;
  };
  static constexpr base::Millis rest{30'000};

  /// Ports `first`..`last` (both included) on `bind`; an odd `first` is raised by one.
  PortRange(base::Address bind, std::uint16_t first, std::uint16_t last);

  /// errors  Code::no_port when every pair is in use, resting or taken by others
  base::Result<Pair> open(base::UdpOpener& opener, base::UdpSocket::Receive on_rtp,
                          base::UdpSocket::Receive on_rtcp, base::Time now);
  /// The pair's sockets are closed; the port rests from now on.
  void release(std::uint16_t port, base::Time now);

  std::size_t in_use() const;
  /// Pairs that another process held when we last tried.
  std::size_t taken_by_others() const;

 private:
  struct Slot {
    enum class State : std::uint8_t { free, used, resting, foreign } state = State::free;
    base::Time since{};
  };
  base::Address bind_;
  std::uint16_t first_;
  std::vector<Slot> slots_;
  std::size_t next_ = 0;
};

}  // namespace daedap::media
