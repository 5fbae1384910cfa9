#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "call/operators.hpp"
#include "call/sip_leg.hpp"
#include "sip/endpoint.hpp"

namespace daedap::call {

/// One contact that may take a call.
struct Target {
  std::string name;         // of its leg: "operator 1001", "trunk kt"
  std::string operator_id;  // empty: outside
  sip::OutgoingInvite invite;  // all but the offer
  std::optional<sdp::SrtpPolicy> srtp;  // none = as configured; of the first target for all of a hunt
};

/// The first sign of life, and each change after it.
struct HuntRings {
  int status;          // 180, 183, ...
  std::string answer;  // SDP of early media, "" = none; only while a single target is rung
};
/// Somebody answered; the others were cancelled. The leg is configured, its session set.
struct HuntWon {
  std::unique_ptr<SipLeg> leg;
  std::string operator_id;
};
/// Nobody did.
struct HuntLost {
  Miss miss;
  int status;  // best final status, 408 when the time ran out, 480 when there was nobody to ring
};
using HuntEvent = std::variant<HuntRings, HuntWon, HuntLost>;

/// Rings targets: all at once, where the first that answers has the call and the others get CANCEL, or
/// one after the other, where the next is tried when a way fails. All carry one offer and share one media
/// leg, which belongs to the winner. Where encryption is optional, who is reached over TLS is offered
/// RTP/SAVP and others RTP/AVP with keys, and who refuses that, by its status or by an answer without a
/// stream, is asked once more with the other.
/// in      the sessions' SIP events, time     out  take_event
/// spec    RFC 3261 §13.2.2.4, §16.7 (choice of the best failure)
class Hunt {
 public:
  static constexpr std::size_t most_targets = 64;
  enum class Order : std::uint8_t { at_once, in_turn };
  struct Plan {
    std::vector<Target> targets;
    Order order = Order::at_once;
    std::vector<std::string> codecs;  // first in our offer
    base::Time until;                 // lost then
  };

  /// Sends the first INVITEs.
  Hunt(std::unique_ptr<SipLeg> leg, Plan plan, sip::Endpoint& endpoint, base::Time now);
  /// Cancels what still rings.
  ~Hunt();

  /// Sessions that it waits for now, to be told of their events.
  std::vector<sip::SessionId> sessions() const;
  /// Operators whose telephones ring.
  std::vector<std::string> operators() const;
  void on_progress(const sip::ProgressIn& in, base::Time now);
  void on_accepted(const sip::AcceptedIn& in, base::Time now);
  void on_rejected(const sip::RejectedIn& in, base::Time now);
  void on_lost(const sip::LostIn& in, base::Time now);
  void on_time(base::Time now);
  base::Time deadline() const { return done_ ? base::never : until_; }
  void cancel(base::Time now);
  std::optional<HuntEvent> take_event();

  /// The leg that would have the call; for early media.
  SipLeg* leg() { return leg_.get(); }

 private:
  struct Attempt {
    sip::SessionId session;
    Target target;
    bool secure;         // RTP/SAVP
    bool again = false;  // the other profile was refused
  };
  std::optional<Attempt> take(sip::SessionId session);
  void invite_next(base::Time now);
  void invite(Attempt attempt, base::Time now);
  void on_media_refused(Attempt refused, int status, base::Time now);
  void fail(int status, base::Time now);
  void lose(int status);

  // given
  sip::Endpoint& endpoint_;
  // owned
  std::unique_ptr<SipLeg> leg_;
  std::deque<Target> next_;  // not yet rung
  std::vector<Attempt> ringing_;
  std::deque<HuntEvent> events_;  // drained after each input
  // state
  base::Time until_;
  base::Time now_;
  bool forked_ = false;
  int best_ = 0;  // final status seen so far, 0 = none
  bool done_ = false;
};

/// Why an operator did not take the call, from the best final status.
Miss miss_of(int status);

}  // namespace daedap::call
