#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "sip/endpoint_events.hpp"
#include "sip/flow.hpp"
#include "sip/hashes.hpp"
#include "sip/message.hpp"

namespace daedap::sip {

// ---- settings ------------------------------------------------------------------------------------

struct EndpointSettings {
  /// Host and port that Via, Contact carry for UDP; per transport when they differ.
  base::Address advertised;                  // UDP
  std::optional<base::Address> advertised_tcp, advertised_tls;
  std::string user_agent = "Daedap";
  std::string call_id_prefix;                // home-shard number, for Call-IDs we make
  std::size_t max_sessions = 10'000;         // over it: 503 + Retry-After
  Hashes hashes;
  std::chrono::seconds session_expires{1800};  // asked for and answered, RFC 4028; 0 = not asked for
  std::chrono::seconds min_se{90};
  bool reliable_provisional = true;  // 1xx by RFC 3262 to who requires it; theirs are always PRACKed
};

/// What we want to call.
struct OutgoingInvite {
  std::string target;        // request URI
  std::string from;          // name-addr without tag, e.g. "\"Test\" <sip:test@192.0.2.1>"
  std::string to;            // empty = <target>
  Flow flow;                 // where to send it
  bool behind_nat = false;   // all else goes there too, whatever address the peer says it has
  std::string offer;         // empty = INVITE without SDP
  std::string user, password;  // for 401/407; empty = none
  std::vector<Header> headers;
  int max_forwards = 70;
  std::string replaces;     // Replaces value, RFC 3891; empty = none
  std::string referred_by;  // Referred-By value, RFC 3892; empty = none
};

/// The whole SIP side of one shard: transaction machines, dialogs, offers. Knows no socket, no clock.
/// in      on_message, on_flow_failed, on_time, commands
/// out     take_output, until empty, after each input
/// errors  whatever a peer sends is answered or dropped by the rules, never an exception
/// thread  the shard     spec  RFC 3261, 3262, 3264, 3311, 3326, 3515, 3581, 3891, 4028, 4488, 6026
class Endpoint final : public RequestPort {
 public:
  Endpoint(EndpointSettings settings, base::Random& random);
  ~Endpoint() override;

  /// One whole message (a datagram, or one frame of a stream).
  void on_message(std::string_view bytes, const Flow& flow, base::Time now);
  /// A connection died or could not be made.
  void on_flow_failed(const Flow& flow, base::Time now);
  void on_time(base::Time now);
  base::Time deadline() const;
  std::optional<Output> take_output();

  // Commands on incoming sessions. Unknown or finished ids are ignored (the caller raced the peer).
  void ring(SessionId id, base::Time now, int status = 180, const std::string& sdp = {});
  void accept(SessionId id, const std::string& sdp, base::Time now);
  void reject(SessionId id, int status, base::Time now, const std::vector<Header>& extra = {});
  void answer_offer(SessionId id, const std::string& sdp, base::Time now);
  void refuse_offer(SessionId id, int status, base::Time now);

  // Commands on outgoing sessions.
  SessionId invite(const OutgoingInvite& invite, base::Time now);
  /// One RejectedIn follows: the callee's status, 487 when its 200 crossed, 408 when it says nothing.
  /// A call that was answered before is hung up.
  void cancel(SessionId id, base::Time now);
  void ack(SessionId id, const std::string& sdp, base::Time now);

  // Commands on both.
  /// re-INVITE with a new offer; AcceptedIn or RejectedIn{alive} follows. Waits for glare (491).
  void offer(SessionId id, const std::string& sdp, base::Time now);
  /// BYE (or CANCEL / 487-style end when there is no dialog yet). `reason` = Reason header value.
  /// No further event of this session comes; it counts in `sessions` until the peer has answered.
  void hang_up(SessionId id, base::Time now, const std::string& reason = {});
  void send_info(SessionId id, const std::string& content_type, const std::string& body, base::Time now);

  /// Asks the peer to call `target`, in place of the dialog that `replaces` names when it is not empty.
  /// ReferStatusIn follows until one is final.
  void refer(SessionId id, const std::string& target, const std::string& replaces,
             const std::string& referred_by, base::Time now);
  void accept_refer(SessionId id, base::Time now);  // 202 and "100 Trying"
  /// How the call that the peer asked for goes on; a final status ends its interest.
  void notify_refer(SessionId id, int status, base::Time now);
  void refuse_refer(SessionId id, int status, base::Time now);

  // Outside of dialogs.
  void respond(RequestId id, int status, base::Time now, const std::vector<Header>& extra = {}) override;
  RequestId request(const OutgoingRequest& request, base::Time now) override;

  /// While draining new INVITEs get 503 + Retry-After; OPTIONS too.
  void set_draining(bool draining);
  std::size_t sessions() const;
  std::size_t transactions() const;
  /// The session that a Call-ID belongs to in logs.
  std::string call_id(SessionId id) const;
  /// The Replaces value that names this session's dialog to its peer:
  /// "call-id;to-tag=..;from-tag=..". Empty when there is no dialog.
  std::string replaces_of(SessionId id) const;
  /// The session whose dialog a Replaces value of one of its peers names.
  std::optional<SessionId> session_of(const std::string& replaces);
  /// The URI of who is at the other end, for logs.
  std::string remote_uri(SessionId id) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// The Call-ID value of raw bytes without parsing them, for choosing the home shard; empty when
/// there is none. cost  one scan of at most 8 kB
std::string_view peek_call_id(std::string_view bytes);

}  // namespace daedap::sip
