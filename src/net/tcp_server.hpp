#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/address.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace daedap::net {

class Loop;
class TlsContext;

/// Names one connection for as long as the server lives; never used twice, never 0.
using ConnectionId = std::uint64_t;

/// Why a connection ended.
enum class TcpEnd {
  closed_by_peer,
  closed_by_us,
  failed,       // reset, or could not be connected
  idle,         // nothing came or went for `TcpLimits::idle`
  slow_reader,  // more than `TcpLimits::write_queue` bytes waited for the peer
  handshake,    // TLS: not finished within `TcpLimits::handshake`, wrong certificate, version or bytes
};
const char* name(TcpEnd end);

struct TcpLimits {
  std::size_t connections = 4096;
  std::size_t per_source = 256;           // accepted from one IP address; over it: closed at once
  std::size_t write_queue = 1'000'000;    // bytes
  base::Duration idle = std::chrono::minutes{10};
  base::Duration connect = std::chrono::seconds{5};
  base::Duration handshake = std::chrono::seconds{5};  // TLS, once TCP is connected
};

/// What happens on the connections. Each accepted or connected id gets one `opened` (TLS: after the
/// hand-shake), then bytes, then one `closed`; a failed `connect` or hand-shake gets `closed` alone.
struct TcpEvents {
  std::function<void(ConnectionId, const base::Address& peer)> opened;
  std::function<void(ConnectionId, std::span<const std::uint8_t>, base::Time now)> bytes;
  std::function<void(ConnectionId, TcpEnd)> closed;
  /// Why a hand-shake failed, for logs; before its `closed`. May be empty.
  std::function<void(const base::Address& peer, const std::string& why)> refused = {};
};

struct TcpFigures {
  std::uint64_t accepted = 0;
  std::uint64_t turned_away = 0;  // over a limit
  std::uint64_t refused = 0;      // TLS hand-shakes that failed, either direction
  std::size_t open = 0;
};

/// Byte streams over TCP or TLS, accepted and connected, known by id. Knows nothing of what they carry.
/// thread  the loop's (or before it starts, or after it is joined)
class TcpServer {
 public:
  TcpServer(Loop& loop, TcpLimits limits, TcpEvents events);
  /// Closes everything without a further event.
  ~TcpServer();

  /// Accepts on `local`, with `tls` by TLS; several are fine. Gives the address really bound.
  /// errors  Code::no_port when it is taken, Code::io otherwise
  base::Result<base::Address> listen(const base::Address& local, std::shared_ptr<TlsContext> tls = nullptr);
  /// Starts to connect; bytes may be sent at once and wait. errors  Code::too_large at the limit
  base::Result<ConnectionId> connect(const base::Address& remote);
  /// The same by TLS; the peer's certificate must be that of `host`.
  base::Result<ConnectionId> connect(const base::Address& remote, const TlsContext& tls,
                                     const std::string& host);
  /// False when there is no such connection (any more). Over the write queue the connection ends as
  /// slow_reader, after this call.
  bool send(ConnectionId id, std::string bytes);
  /// Ends the connection after what is queued was written. `closed` follows after this call.
  void close(ConnectionId id);
  /// Whether the connection speaks TLS.
  bool secure(ConnectionId id) const;
  const TcpFigures& figures() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace daedap::net
