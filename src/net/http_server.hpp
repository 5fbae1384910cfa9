#pragma once

#include <memory>

#include "base/result.hpp"
#include "base/time.hpp"
#include "net/http_message.hpp"

namespace daedap::net {

class Loop;

/// Over a limit a request is answered 431, 413 or 503, or its connection is closed.
struct HttpLimits {
  std::size_t header = 16 * 1024;      // bytes of request line and headers
  std::size_t body = 1024 * 1024;      // bytes
  std::size_t connections = 256;
  base::Duration read = std::chrono::seconds{30};   // a whole request, and the wait for the next one
  base::Duration write = std::chrono::seconds{30};  // each 64 kB of a response
};

struct HttpFigures {
  std::uint64_t requests = 0;
  std::uint64_t bad_requests = 0;
  std::uint64_t turned_away = 0;  // over the connection limit
  std::size_t open = 0;
};

/// An HTTP/1.1 server: keep-alive, HEAD, byte ranges of files, limits. One handler takes everything.
/// thread  the loop's (or before it starts, or after it is joined)
/// spec    RFC 9110, RFC 9112
class HttpServer {
 public:
  HttpServer(Loop& loop, HttpLimits limits, Handler handler);
  /// Closes all connections; answers that come later are dropped.
  ~HttpServer();

  /// errors  Code::no_port when the address is taken, Code::io otherwise
  base::Result<base::Address> listen(const base::Address& local);
  const HttpFigures& figures() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace daedap::net
