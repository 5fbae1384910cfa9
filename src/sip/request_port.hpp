#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "sip/flow.hpp"
#include "sip/message.hpp"

namespace daedap::sip {

/// One request outside of any dialog, ours or theirs.
enum class RequestId : std::uint64_t {};

/// A request outside of any dialog that the endpoint does not answer by itself: REGISTER. Answer with
/// `respond`; after 32 s nobody waits for it any more.
struct RequestIn {
  RequestId request;
  Message message;
  Flow flow;
};
/// Final answer to `request(...)`; 408 when nobody answered, 503 when it could not be sent.
struct ResponseIn {
  RequestId request;
  int status;
  Message response;  // empty for our own 408 and 503
};

/// A request outside of any dialog: REGISTER, OPTIONS. A challenge is answered once, a stale one again.
struct OutgoingRequest {
  std::string method, target, from, to;  // from, to: name-addr; `to` empty = `from`'s for REGISTER
  Flow flow;
  std::vector<Header> headers;  // a REGISTER without Contact gets ours
  std::string user, password;
  std::string call_id;          // empty = a fresh one
  std::uint32_t cseq = 0;       // 0 = 1; each challenge takes one more, see the response
};

/// The part of an endpoint that its users outside of calls (registrar, trunks) need.
class RequestPort {
 public:
  virtual ~RequestPort() = default;
  virtual void respond(RequestId id, int status, base::Time now, const std::vector<Header>& extra) = 0;
  /// One ResponseIn follows, never from inside this call.
  virtual RequestId request(const OutgoingRequest& request, base::Time now) = 0;
};

}  // namespace daedap::sip
