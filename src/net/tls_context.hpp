#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/tls_session.hpp"

namespace daedap::net {

/// What a side that accepts shows: PEM files.
struct TlsFiles {
  std::string certificate;  // the chain, own certificate first
  std::string key;          // without a pass phrase
};

/// Whom a side that connects believes.
struct TlsTrust {
  std::string ca;      // PEM file; empty = the system's
  bool verify = true;  // false: any certificate will do
};

/// What the TLS connections of one role share: certificate or trust, protocol versions (1.2 and 1.3),
/// ciphers, sessions to resume.
/// thread  one (the loop's), as its sessions; it may be made elsewhere
/// spec    RFC 8446, RFC 5246, RFC 9325 §3, §4
class TlsContext {
 public:
  /// errors  io (a file cannot be read), bad_syntax (no PEM, key of another certificate, pass phrase)
  static base::Result<std::shared_ptr<TlsContext>> server(const TlsFiles& files);
  /// errors  io, bad_syntax (the CA file)
  static base::Result<std::shared_ptr<TlsContext>> client(const TlsTrust& trust);
  ~TlsContext();

  /// Connections accepted from now on show what `fresh`, another server's context, was made of.
  void take(TlsContext& fresh);
  /// A connection's TLS side. `host` is the name (or number) that the peer's certificate must carry;
  /// unused by a server.
  std::unique_ptr<TlsSession> session(const std::string& host = {}) const;
  /// What is wrong with a server's certificate but no error: expired, not valid yet.
  const std::vector<std::string>& warnings() const;

 private:
  struct Impl;
  explicit TlsContext(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace daedap::net
