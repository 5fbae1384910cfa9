#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "call/tap.hpp"
#include "call/switchboard.hpp"
#include "media/leg.hpp"
#include "sdp/offer_answer.hpp"
#include "sip/endpoint.hpp"

namespace daedap::call {

/// One party of a call: its SIP session, its RTP port, what was agreed on with it. What it hears and
/// who hears it (assistant, bridge, hold music) is joined from outside.
/// thread  the shard
class SipLeg {
 public:
  /// `name` is how records and logs call it: "caller", "operator 1001". errors  no_port
  static base::Result<std::unique_ptr<SipLeg>> open(std::string name, const Settings& settings, Surroundings& around,
                                                    base::Time now);
  /// Encryption of this leg, where it is not the configured one; before the first offer or answer.
  void set_srtp(sdp::SrtpPolicy policy, base::Random& random);

  /// Our answer to an offer, first or later; with `wanted` that codec alone, if the offer has it.
  /// errors  bad_syntax, too_large, no_common_codec, unsupported
  base::Result<std::string> answer(std::string_view offer, base::Time now, std::string_view wanted = {});
  /// Our own offer of all that we can: what is agreed on first, under the same payload types and keys, or
  /// else the codecs of `first`. `on_answer` takes what comes back.
  std::string make_offer(const std::vector<std::string>& first = {});
  /// An offer of what is agreed on alone, for a change of direction.
  std::string offer_again();
  /// The last offer with the profile RTP/SAVP or RTP/AVP, where the policy leaves both open.
  std::string last_offer(bool secure_profile) const;
  bool either_profile() const { return local_.srtp == sdp::SrtpPolicy::optional; }
  base::Result<void> on_answer(std::string_view answer, base::Time now);
  /// Of our descriptions from now on: how a hold of the other party is told to this one. False: it
  /// was that already.
  bool set_direction(sdp::Direction direction) { return std::exchange(local_.direction, direction) != direction; }

  /// Audio leaves with the next tick.
  void start(base::Time now);
  bool started() const { return started_; }
  void tick_send(base::Time now) {
    if (started_) media_->tick_send(now);
  }
  /// Receives; about once a second RTCP.
  void tick_receive(base::Time now);
  /// RTCP alone, for a leg that a bridge ticks.
  void tick_reports(base::Time now);

  media::Leg& media() { return *media_; }
  /// What was agreed on; nullptr before.
  const sdp::Negotiated* agreed() const { return agreed_ ? &*agreed_ : nullptr; }
  /// The peer put us on hold: it neither hears nor is heard.
  bool held() const;
  /// No packet came for `limit` although the peer may send.
  bool deaf_for(base::Duration limit, base::Time now) const;

  const std::string& name() const { return name_; }
  std::optional<sip::SessionId> session() const { return session_; }
  void set_session(std::optional<sip::SessionId> session) { session_ = session; }
  media::LegStats stats() const { return media_->stats(); }
  LegFigures figures() const;
  /// What this party says in a call between people; made at first use.
  Tap& tap(bool customer, const Settings& settings);
  std::uint16_t local_port() const { return media_->local_port(); }

 private:
  SipLeg(std::string name, const Settings& settings, std::unique_ptr<media::Leg> media, Surroundings& around);
  void agree(sdp::Negotiated media, base::Time now);
  sdp::LocalMedia next_description();
  void keep_agreed(sdp::LocalMedia& described) const;

  // owned
  std::string name_;
  std::unique_ptr<Tap> tap_;  // a bridge that hands it frames goes before
  std::unique_ptr<media::Leg> media_;
  // state
  std::optional<sip::SessionId> session_;
  sdp::LocalMedia local_, offered_;
  std::optional<sdp::Negotiated> agreed_;
  base::Time began_{};
  unsigned ticks_ = 0;
  bool started_ = false;
  bool customer_ = false;  // `tap_` is
};

}  // namespace daedap::call
