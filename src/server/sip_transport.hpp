#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "net/loop.hpp"
#include "net/tls_context.hpp"
#include "server/config.hpp"
#include "sip/flow.hpp"

namespace daedap::server {

/// SIP over UDP (read on the first shard's loop), TCP and TLS (on the I/O loop): bytes of whole messages in,
/// bytes out. Further transports are one more flow kind here.
/// spec  RFC 3261 §18, §26.2.1, RFC 5626 §3.5.1 (answers pings), RFC 5922 (see net::TlsContext)
class SipTransport {
 public:
  struct Outlets {
    /// One whole message. thread  the loop that read it
    std::function<void(const sip::Flow&, std::string_view bytes, base::Time now)> on_message;
    /// A connection died or could not be made.
    std::function<void(const sip::Flow&)> on_flow_failed;
    /// A TLS hand-shake failed, either direction; may be empty. thread  tcp_loop's
    std::function<void(const base::Address& peer, const std::string& why)> on_refused = {};
  };
  /// errors  Code::no_port when the port is taken; io, bad_syntax for the TLS files
  static base::Result<std::unique_ptr<SipTransport>> open(const Config::Sip& config, net::Loop& udp_loop,
                                                          net::Loop& tcp_loop, Outlets outlets);
  ~SipTransport();

  /// thread  any; never blocks
  void send(const sip::Flow& flow, std::string bytes);
  /// The name that a TLS server at `remote` must prove from now on: the domain that was resolved to it. Without a
  /// name it must prove its number. thread  any
  void expect_host(const base::Address& remote, const std::string& host);
  /// New TLS connections show this certificate. thread  any
  void show(std::shared_ptr<net::TlsContext> fresh);
  /// The port in use (differs from the configuration when that says 0).
  std::uint16_t port() const;
  /// 0 when TLS is not accepted.
  std::uint16_t tls_port() const;
  /// What is odd about the certificate, for the log.
  const std::vector<std::string>& warnings() const;

 private:
  struct Impl;
  explicit SipTransport(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace daedap::server
