#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "net/http_message.hpp"
#include "net/http_server.hpp"

namespace daedap::net {

class Loop;

/// What an answer needs to find its way back to the loop; closed when the server goes. Internal.
struct HttpGate {
  std::mutex mutex;
  Loop* loop;  // nullptr = the server is gone
};

/// What all connections of a server share. Internal.
struct HttpShared {
  Loop& loop;
  HttpLimits limits;
  Handler handler;
  std::shared_ptr<HttpGate> gate;
  HttpFigures figures;
};

/// One HTTP connection: a request, its answer, the next request. The only translation unit that
/// sees Beast is its .cpp. Internal.
/// thread  the loop's
class HttpSession {
 public:
  virtual ~HttpSession() = default;
  virtual void start() = 0;
  /// Closes now; `ended` is not called.
  virtual void abandon() = 0;
  /// Answers the request that is waiting.
  virtual void respond(HttpResponse response) = 0;
};

/// `fd` is a connected socket, owned from here on. `ended` is called once, when the connection closed.
std::shared_ptr<HttpSession> make_http_session(std::shared_ptr<HttpShared> shared, int fd,
                                               const base::Address& remote,
                                               std::function<void()> ended);

/// The door that a handler is given: from any thread back to the session's loop, once.
Respond make_respond(std::shared_ptr<HttpGate> gate, std::weak_ptr<HttpSession> session);

}  // namespace daedap::net
