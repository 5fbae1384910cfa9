#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "server/config.hpp"
#include "server/engine_source.hpp"

namespace daedap::server {

/// What a server is started with beside its configuration.
struct ServerOptions {
  std::unique_ptr<EngineSource> engines;                   // empty = the embedded ones
  std::function<void(const std::string& line)> talk;       // each utterance as it happens, for people
};

/// The whole product: shards, SIP, HTTP, store, engines, wired.
/// thread  all functions: the one that started it
class Server {
 public:
  /// Opens everything; engines go on loading afterwards (calls ring until then).
  /// errors  io, no_port, bad_syntax (assistant file)
  static base::Result<std::unique_ptr<Server>> start(Config config, ServerOptions options);
  ~Server();

  std::uint16_t sip_port() const;
  std::uint16_t tls_port() const;  // 0: no TLS
  std::uint16_t http_port() const;
  /// New calls get 503 from now on; running ones go on.
  void drain();
  std::size_t calls() const;
  /// Ends running calls with BYE.
  void end_calls();
  /// Takes over what can change without a restart; returns what was changed and what was not.
  std::vector<std::string> reload(const Config& fresh);
  /// Ends all threads; what was written is on disk afterwards. Idempotent.
  void stop();

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace daedap::server
