#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "net/loop.hpp"
#include "server/config.hpp"
#include "sip/flow.hpp"

namespace daedap::server {

/// SIP over UDP (read on the first shard's loop) and TCP (on the I/O loop): bytes of whole messages in,
/// bytes out. Further transports are one more flow kind here.
class SipTransport {
 public:
  struct Outlets {
    /// One whole message. thread  the loop that read it
    std::function<void(const sip::Flow&, std::string_view bytes, base::Time now)> on_message;
    /// A connection died or could not be made.
    std::function<void(const sip::Flow&)> on_flow_failed;
  };
  /// errors  Code::no_port when the port is taken
  static base::Result<std::unique_ptr<SipTransport>> open(const Config::Sip& config, net::Loop& udp_loop,
                                                          net::Loop& tcp_loop, Outlets outlets);
  ~SipTransport();

  /// thread  any; never blocks
  void send(const sip::Flow& flow, std::string bytes);
  /// The port in use (differs from the configuration when that says 0).
  std::uint16_t port() const;

 private:
  struct Impl;
  explicit SipTransport(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace daedap::server
