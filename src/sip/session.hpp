#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "sip/dialog.hpp"
#include "sip/endpoint.hpp"
#include "sip/flow.hpp"
#include "sip/invite_client.hpp"
#include "sip/invite_server.hpp"
#include "sip/message.hpp"
#include "sip/non_invite_client.hpp"
#include "sip/non_invite_server.hpp"
#include "sip/provisional_resender.hpp"
#include "sip/request_parts.hpp"
#include "sip/session_timer.hpp"

namespace daedap::sip {

/// Names a transaction inside one endpoint; 0 = none. Never used twice.
using TransactionId = std::uint64_t;

/// A request of a peer on its way to whoever serves it.
struct Request {
  Message message;
  RequestParts parts;
  Flow flow;
  std::string key;  // of its server transaction
};

/// A request of a peer that we answer with state.
struct ServerTransaction {
  TransactionId id = 0;
  SessionId session{};
  std::string key, merge_key;  // merge_key: only initial INVITEs
  Flow flow;
  Message head;  // what responses repeat; emptied by the final one
  std::string to_tag;
  std::variant<InviteServer, NonInviteServer> machine = InviteServer(false);
  base::Time unanswered = base::never;  // end of the wait for the application's answer
  base::Time armed = base::never;

  InviteServer* invite() { return std::get_if<InviteServer>(&machine); }
  base::Time deadline() const {
    return std::min(unanswered, std::visit([](const auto& m) { return m.deadline(); }, machine));
  }
};

/// A request of ours that waits for its response, or for repeats of it.
struct ClientTransaction {
  enum class Purpose : std::uint8_t {
    invite, offer, bye, cancel, info, prack, refresh, refer, notify, outside
  };
  /// Whose answer the application waits for, and its credentials.
  struct Outside {
    Outside(RequestId request, std::string name, std::string secret)
        : id(request), user(std::move(name)), password(std::move(secret)) {}
    RequestId id;
    std::string user, password;
  };
  /// One callee of a forked INVITE that said 2xx. spec  RFC 3261 §13.2.2.4
  struct Fork {
    std::string tag;
    std::string ack;  // bytes; empty while the ACK waits for our answer
    Flow flow;
  };

  TransactionId id = 0;
  SessionId session{};
  Purpose purpose = Purpose::invite;
  std::string key;
  Flow flow;
  Message request;
  std::string bytes;  // the request; after a 3xx-6xx its ACK
  std::variant<InviteClient, NonInviteClient> machine = InviteClient(true, base::Time{});
  std::vector<Fork> forks;
  std::vector<std::string> retries;  // why it was sent again: realms that challenged it, 422
  std::unique_ptr<Outside> outside;  // only requests outside of dialogs
  base::Time armed = base::never;

  InviteClient* invite() { return std::get_if<InviteClient>(&machine); }
  base::Time deadline() const {
    return std::visit([](const auto& m) { return m.deadline(); }, machine);
  }
};

/// A callee of our INVITE that has only sent provisional responses. spec  RFC 3261 §12.1
struct EarlyDialog {
  Dialog dialog;
  std::uint32_t rseq = 0;  // the last reliable response, RFC 3262; 0 = none
  std::string answer;      // the SDP of its first response that had one
  bool answered = false;   // offer and answer are through before the 2xx
};

/// A transfer that the peer asked for. spec  RFC 3515
struct PeerRefer {
  TransactionId waiting = 0;  // for the application's answer
  std::uint32_t cseq = 0;
  bool numbered = false;  // not the first one of the dialog
  bool quiet = false;     // no NOTIFY wanted, RFC 4488
  bool open = false;      // the peer listens
  base::Time until = base::never;
};

/// A transfer that we asked the peer for.
struct OurRefer {
  std::uint32_t cseq = 0;
  bool open = false;
  base::Time until = base::never;
};

/// One INVITE session as the endpoint keeps it.
struct Session {
  /// incoming and outgoing have no final response yet; ending waits for the end of our BYE.
  enum class Phase : std::uint8_t { incoming, outgoing, talking, ending };
  /// A 2xx of ours without ACK.
  struct UnackedOk {
    std::uint32_t cseq;
    TransactionId transaction;
    bool our_offer;
  };

  SessionId id{};
  Phase phase = Phase::incoming;
  bool caller = false;  // we made the Call-ID
  bool silent = false;  // the application said goodbye: it hears no more of it
  bool behind_nat = false;
  bool secure = false;
  bool acked = false;   // the dialog stands for both sides: a BYE may be sent
  Flow flow;
  std::string call_id, local_tag;
  Dialog dialog;
  std::size_t server_transactions = 0;

  // Requests of the peer without final response.
  TransactionId peer_invite = 0;
  TransactionId peer_update = 0;
  std::uint32_t peer_invite_seq = 0;
  bool peer_invite_offers = false;
  std::vector<UnackedOk> unacked;
  base::Time ring_again = base::never;
  base::Time expires = base::never;

  // Requests of ours.
  TransactionId our_invite = 0;  // initial or re-INVITE without final response
  TransactionId late_ack = 0;    // its 2xx brought the offer: the ACK waits for the answer
  std::uint32_t our_invite_seq = 0;
  bool invite_had_offer = false;
  std::string sent_offer;
  std::optional<std::string> next_offer;  // waits until the way is free
  base::Time offer_at = base::never;      // end of the wait after a 491
  int glares = 0;
  std::string user, password;
  std::string target;

  std::vector<EarlyDialog> early;
  std::string late_prack;  // tag of the early dialog whose offer waits for our answer

  // Reliable provisional responses of ours.
  std::unique_ptr<ProvisionalResender> reliable;  // only when the INVITE requires them
  std::optional<std::string> late_accept;  // SDP of the 2xx that waits for a PRACK
  std::string prack_answer;
  bool early_answered = false;  // offer and answer were through before the 2xx

  // Session timers.
  SessionTimer timer;
  TimerTerms terms;            // of the peer's last INVITE or UPDATE
  std::uint32_t min_se = 0;    // learned from a 422
  bool peer_updates = false;   // takes UPDATE
  bool refreshing = false;     // the offer under way only refreshes
  std::string local_sdp;       // ours that is in force
  std::size_t remote_sdp = 0;  // hash of theirs

  PeerRefer peer_refer;
  OurRefer our_refer;

  // The end.
  bool cancel_wanted = false;
  bool cancel_sent = false;
  bool bye_wanted = false;  // as soon as our 2xx has its ACK
  std::string reason;
  base::Time give_up = base::never;  // no final response to a cancelled INVITE

  base::Time armed = base::never;

  base::Time deadline() const {
    const base::Time prack = reliable ? reliable->deadline() : base::never;
    return std::min({ring_again, expires, offer_at, give_up, prack, timer.deadline(),
                     peer_refer.until, our_refer.until});
  }
};

}  // namespace daedap::sip
