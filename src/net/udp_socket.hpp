#pragma once

#include <cstdint>
#include <memory>

#include "base/udp.hpp"

namespace daedap::net {

class Loop;
class UdpSocket;

/// What all sockets of one opener have seen.
struct UdpFigures {
  std::uint64_t received = 0;
  std::uint64_t sent = 0;
  std::uint64_t send_failures = 0;
  std::uint64_t refused = 0;    // ICMP "port unreachable" reported by the system; nothing is done
  std::uint64_t truncated = 0;  // longer than a datagram can be
};

/// Opens UDP sockets on a loop. All its sockets share one receive buffer, so a socket costs a
/// descriptor and a callback, and a datagram costs one system call under load.
/// thread  the loop's (or before it starts, or after it is joined); outlives its sockets
/// cost    no allocation per datagram
class UdpOpener final : public base::UdpOpener {
 public:
  explicit UdpOpener(Loop& loop);
  ~UdpOpener() override;
  /// IPv6 sockets take IPv6 only. A socket may be destroyed inside its own receive callback.
  base::Result<std::unique_ptr<base::UdpSocket>> open(const base::Address& local,
                                                      base::UdpSocket::Receive receive) override;
  const UdpFigures& figures() const;

 private:
  friend class UdpSocket;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace daedap::net
