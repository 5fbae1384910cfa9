#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "sip/flow.hpp"
#include "sip/hashes.hpp"
#include "sip/message.hpp"

namespace daedap::sip {

/// One INVITE session (dialog plus the INVITE that makes it), ours or theirs.
enum class SessionId : std::uint64_t {};

// ---- outputs -------------------------------------------------------------------------------------

/// Bytes for a flow. For stream transports with connection 0 the sender connects first; when that
/// fails it calls `on_flow_failed`.
struct Send {
  Flow flow;
  std::string bytes;
};

/// A new call for us. 100 was sent already. Answer with ring/accept/reject.
struct InviteIn {
  SessionId session;
  Message request;
  Flow flow;
  std::string offer;  // the SDP body, empty when the INVITE has none (we offer in the 200)
};
/// The caller gave up before our final answer; 200 and 487 are sent already. The session is gone.
struct CancelIn {
  SessionId session;
};
/// Our 2xx was acknowledged. `answer` is the ACK's SDP when the offer was ours.
struct AckIn {
  SessionId session;
  std::string answer;
};
/// re-INVITE or UPDATE in a session. Answer with `answer_offer` / `refuse_offer`. `offer` may be empty
/// (re-INVITE: our offer goes into the 200, its answer comes as AckIn; UPDATE: nothing to negotiate,
/// answered by the endpoint itself).
struct OfferIn {
  SessionId session;
  std::string offer;
};
/// 200 to the BYE was sent already. The session is gone.
struct ByeIn {
  SessionId session;
  std::string reason;  // Reason header, RFC 3326
};
/// INFO in a session; 200 was sent already.
struct InfoIn {
  SessionId session;
  std::string content_type;
  std::string body;
};
/// 1xx (not 100) to our INVITE; `answer` is the early-media SDP, if any.
struct ProgressIn {
  SessionId session;
  int status;
  std::string answer;
};
/// 2xx to our INVITE or to our re-offer. When our INVITE had an offer, the ACK is sent already and
/// `answer` holds the SDP answer; when it had none, `answer` holds their offer and `ack` must follow.
struct AcceptedIn {
  SessionId session;
  std::string answer;
};
/// Final failure of our INVITE (the session is gone) or of our re-offer (`alive`: session goes on).
struct RejectedIn {
  SessionId session;
  int status;
  std::string reason;
  bool alive = false;
  std::optional<int> retry_after;  // seconds
};
/// The session died without BYE from the peer.
struct LostIn {
  enum class Why { no_ack, transaction_timeout, transport_failed };
  SessionId session;
  Why why;
};
/// Something a peer did wrong or that an operator wants to count; for logs and metrics.
struct Noticed {
  const char* event;   // "sip_malformed", "sip_retransmission", "sip_flood", ...
  std::string detail;  // short, no credentials
};

using Output = std::variant<Send, InviteIn, CancelIn, AckIn, OfferIn, ByeIn, InfoIn, ProgressIn,
                            AcceptedIn, RejectedIn, LostIn, Noticed>;

// ---- settings ------------------------------------------------------------------------------------

struct EndpointSettings {
  /// Host and port that Via, Contact carry for UDP; per transport when they differ.
  base::Address advertised;                  // UDP
  std::optional<base::Address> advertised_tcp, advertised_tls;
  std::string user_agent = "Daedap";
  std::string call_id_prefix;                // home-shard number, for Call-IDs we make
  std::size_t max_sessions = 10'000;         // over it: 503 + Retry-After
  Hashes hashes;
};

/// What we want to call.
struct OutgoingInvite {
  std::string target;        // request URI
  std::string from;          // name-addr without tag, e.g. "\"Test\" <sip:test@192.0.2.1>"
  std::string to;            // empty = <target>
  Flow flow;                 // where to send it
  std::string offer;         // empty = INVITE without SDP
  std::string user, password;  // for 401/407; empty = none
  std::vector<Header> headers;
};

/// The whole SIP side of one shard: transaction machines, dialogs, offers. Knows no socket, no clock.
/// in      on_message, on_flow_failed, on_time, commands
/// out     take_output, until empty, after each input
/// errors  whatever a peer sends is answered or dropped by the rules, never an exception
/// thread  the shard     spec  RFC 3261, 3262 (later), 3264, 3311, 3326, 3581, 6026
class Endpoint {
 public:
  Endpoint(EndpointSettings settings, base::Random& random);
  ~Endpoint();

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

  /// While draining new INVITEs get 503 + Retry-After; OPTIONS too.
  void set_draining(bool draining);
  std::size_t sessions() const;
  std::size_t transactions() const;
  /// The session that a Call-ID belongs to in logs.
  std::string call_id(SessionId id) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// The Call-ID value of raw bytes without parsing them, for choosing the home shard; empty when
/// there is none. cost  one scan of at most 8 kB
std::string_view peek_call_id(std::string_view bytes);

}  // namespace daedap::sip
