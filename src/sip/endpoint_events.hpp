#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sip/flow.hpp"
#include "sip/message.hpp"
#include "sip/request_port.hpp"

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
  std::optional<SessionId> replaces;  // takes the place of that session, RFC 3891
  int max_forwards = 70;
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
/// 1xx (not 100) to our INVITE; `answer` is the early-media SDP, if any. A forked INVITE brings those
/// of each callee. When our INVITE had no offer a reliable one may hold theirs: answer it by `ack`.
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
  std::vector<std::string> contacts;  // URIs of a 3xx, the most wanted first
};
/// The session died without BYE from the peer.
struct LostIn {
  enum class Why { no_ack, transaction_timeout, transport_failed, session_timeout };
  SessionId session;
  Why why;
};
/// The peer asks us to call somebody (RFC 3515). Answer with `accept_refer` / `refuse_refer`.
struct ReferIn {
  SessionId session;
  std::string target;       // URI of Refer-To, its headers taken off
  std::string replaces;     // Replaces value of Refer-To, unescaped; empty = blind
  std::string referred_by;
};
/// What became of our REFER: the status of a sipfrag (100..699) or of the refusal; `final` once.
struct ReferStatusIn {
  SessionId session;
  int status;
  bool final;
};
/// Something a peer did wrong or that an operator wants to count; for logs and metrics.
struct Noticed {
  const char* event;   // "sip_malformed", "sip_retransmission", "sip_flood", ...
  std::string detail;  // short, no credentials
};

using Output = std::variant<Send, InviteIn, CancelIn, AckIn, OfferIn, ByeIn, InfoIn, ProgressIn,
                            AcceptedIn, RejectedIn, LostIn, RequestIn, ResponseIn, ReferIn, ReferStatusIn,
                            Noticed>;

}  // namespace daedap::sip
