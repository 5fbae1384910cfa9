#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/address.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace daedap::base {

/// One bound UDP socket. Real: `net::UdpSocket`; simulated: `sim::Network`.
/// thread  everything, callbacks included, on the shard that opened it
class UdpSocket {
 public:
  using Receive = std::function<void(std::span<const std::uint8_t>, const Address& from, Time now)>;
  virtual ~UdpSocket() = default;
  /// False when the system refused the datagram; a datagram is never queued.
  virtual bool send(std::span<const std::uint8_t> bytes, const Address& to) = 0;
  virtual Address local() const = 0;
};

/// Opens UDP sockets for layers that must not know the operating system.
class UdpOpener {
 public:
  virtual ~UdpOpener() = default;
  /// errors  Code::no_port when the address is taken, Code::io otherwise.
  virtual Result<std::unique_ptr<UdpSocket>> open(const Address& local, UdpSocket::Receive receive) = 0;
};

}  // namespace daedap::base
