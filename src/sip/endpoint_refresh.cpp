#include <algorithm>

#include "sip/endpoint_impl.hpp"
#include "sip/grammar.hpp"

namespace daedap::sip {

using Refresher = SessionExpires::Refresher;

/// What the peer can be sent. spec  RFC 3261 §20.5
void Endpoint::Impl::learn_methods(Session& s, const Message& message) const {
  const auto allowed = message.all("Allow");
  if (allowed.empty()) return;
  s.peer_updates = std::find(allowed.begin(), allowed.end(), "UPDATE") != allowed.end();
}

/// Remembers what the peer's media were, to see whether a refresh has changed them.
void Endpoint::Impl::note_remote(Session& s, const std::string& sdp) const {
  if (!sdp.empty()) s.remote_sdp = hash_(sdp);
}

std::uint32_t Endpoint::Impl::least_interval() const {
  return static_cast<std::uint32_t>(std::max<std::int64_t>(settings_.min_se.count(), 1));
}

/// Zero: we do not ask for timers.
std::uint32_t Endpoint::Impl::wanted_interval() const {
  const auto wanted = std::clamp<std::int64_t>(settings_.session_expires.count(), 0, 7 * 86'400);
  return wanted == 0 ? 0 : std::max(static_cast<std::uint32_t>(wanted), least_interval());
}

// ---- their requests --------------------------------------------------------------------------

/// An interval shorter than ours, from somebody who understands the 422. spec  RFC 4028 §9
bool Endpoint::Impl::is_too_brief(const Message& request) const {
  const TimerTerms terms = TimerTerms::of(request);
  return terms.expires && terms.supported && terms.expires->seconds < least_interval();
}

std::vector<Header> Endpoint::Impl::min_se_header() const {
  return {{"Min-SE", std::to_string(least_interval())}};
}

/// Settles interval and refresher in our 2xx. spec  RFC 4028 §9
void Endpoint::Impl::settle_timer(Session& s, Message& ok) {
  const TimerTerms& asked = s.terms;
  const std::uint32_t wanted = wanted_interval();
  std::uint32_t seconds = 0;
  bool we_refresh = true;
  if (asked.expires) {
    seconds = asked.expires->seconds;
    if (wanted != 0 && seconds > wanted) seconds = std::max(wanted, asked.min_se);
    seconds = std::max(seconds, least_interval());
    we_refresh = !asked.supported || asked.expires->refresher == Refresher::uas;
  } else if (wanted != 0 && asked.supported) {
    seconds = std::max(wanted, asked.min_se);
  }
  if (seconds == 0) return s.timer.stop();
  ok.add("Session-Expires",
         SessionExpires{seconds, we_refresh ? Refresher::uas : Refresher::uac}.write());
  if (asked.supported) ok.add("Require", "timer");
  s.timer.start(seconds, we_refresh, now_);
  arm(s);
}

// ---- our requests ----------------------------------------------------------------------------

/// spec  RFC 4028 §7.1, §7.4
void Endpoint::Impl::ask_timer(const Session& s, Message& request) const {
  std::uint32_t seconds = s.timer.runs() ? s.timer.seconds() : wanted_interval();
  if (seconds == 0) return;
  seconds = std::max(seconds, s.min_se);
  Refresher who = Refresher::unsaid;
  if (s.timer.runs()) who = s.timer.we_refresh() ? Refresher::uac : Refresher::uas;
  request.set("Session-Expires", SessionExpires{seconds, who}.write());
  const std::uint32_t least = std::max(s.min_se, least_interval());
  if (least > 90) request.set("Min-SE", std::to_string(least));
}

/// spec  RFC 4028 §7.2
void Endpoint::Impl::take_timer(Session& s, const Message& ok) {
  const TimerTerms terms = TimerTerms::of(ok);
  if (!terms.expires || terms.expires->seconds == 0) return s.timer.stop();
  const bool we_refresh = terms.expires->refresher != Refresher::uas;
  s.timer.start(std::max<std::uint32_t>(terms.expires->seconds, 2), we_refresh, now_);
  arm(s);
}

/// 422: once more with an interval that is long enough for all on the way. spec  RFC 4028 §7.3
bool Endpoint::Impl::retry_longer(ClientTransaction& tx, const Message& response) {
  Session* s = find(tx.session);
  const TimerTerms refused = TimerTerms::of(response);
  if (!s || response.status != 422 || refused.min_se <= s->min_se) return false;
  s->min_se = refused.min_se;
  Message request = tx.request;
  request.remove("Session-Expires");
  ask_timer(*s, request);
  return send_again(tx, std::move(request), "422");
}

/// UPDATE where the peer takes it, else our last SDP in a re-INVITE. spec  RFC 4028 §10
void Endpoint::Impl::refresh(Session& s) {
  s.timer.on_refreshing();
  if (s.peer_updates) {
    send_in_dialog(s, s.dialog.make_request("UPDATE"), Purpose::refresh);
  } else if (!s.next_offer && s.our_invite == 0 && !s.local_sdp.empty()) {
    s.next_offer = s.local_sdp;
    s.refreshing = true;
    try_offer(s);
  }
}

void Endpoint::Impl::on_refresh_final(ClientTransaction& tx, const Message& response) {
  Session* s = find(tx.session);
  if (!s || s->phase != Phase::talking) return;
  const int status = response.status;
  if (status < 300) {
    s->dialog.refresh_target(response);
    return take_timer(*s, response);
  }
  if (retry_longer(tx, response)) return;
  if (status == 481 || status == 408) return lose(*s, LostIn::Why::session_timeout);
  if (status == 405 || status == 501) {
    s->peer_updates = false;
    return refresh(*s);
  }
  notice("sip_refresh_refused", std::to_string(status));
  s->timer.try_later(now_);
  arm(*s);
}

}  // namespace daedap::sip
