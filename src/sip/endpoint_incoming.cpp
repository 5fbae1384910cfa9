#include <algorithm>

#include "sip/cseq.hpp"
#include "sip/endpoint_impl.hpp"
#include "sip/reply.hpp"
#include "sip/routing.hpp"

namespace daedap::sip {

using base::Time;

namespace {

constexpr int overload_retry_s = 10;
/// Finished transactions stay for 32 s; over so many per session that we may have, it is a flood.
constexpr std::size_t transactions_per_session = 64;

std::vector<Header> retry_after(int seconds) {
  return {{"Retry-After", std::to_string(seconds)}};
}

}  // namespace

void Endpoint::Impl::on_invite(Request& request) {
  if (refuse_new_invite(request)) return;
  const RequestParts& parts = request.parts;
  const Replaced replaced = match_replaces(request.message);
  if (replaced.status != 0) {
    notice("sip_refused", "Replaces");
    return respond_stateless(request.message, request.flow, replaced.status);
  }
  Session& s = open_session(Phase::incoming, parts.call_id, random_.hex(16), request.flow);
  s.secure = request.message.request_uri.starts_with("sips:");
  s.dialog = Dialog::from_request(request.message, s.local_tag);
  s.behind_nat = is_behind_nat(request.message, parts.via, request.flow);
  std::string sdp = sdp_of(request.message);
  s.peer_invite_seq = parts.cseq.number;
  s.peer_invite_offers = !sdp.empty();
  s.terms = TimerTerms::of(request.message);
  learn_methods(s, request.message);
  note_remote(s, sdp);
  if (requires_100rel(request.message)) s.reliable = std::make_unique<ProvisionalResender>();
  const auto expires = request.message.header("Expires");
  const auto seconds = expires ? parse_expires(*expires) : base::Result<std::uint32_t>(0);
  if (seconds && *seconds > 0) s.expires = now_ + std::chrono::seconds(*seconds);
  ServerTransaction& tx = open_server(request, s.id);
  s.peer_invite = tx.id;
  respond(tx, 100);
  arm(s);
  const int hops = max_forwards_of(request.message);
  outputs_.emplace_back(InviteIn{s.id, std::move(request.message), request.flow, std::move(sdp),
                                 replaced.session, hops});
}

bool Endpoint::Impl::is_overloaded() const {
  return transactions() >= transactions_per_session * (settings_.max_sessions + 16);
}

/// An INVITE of ours that went round through proxies: the branch that we gave it is still open.
bool Endpoint::Impl::is_loop(const Request& request) const {
  for (const auto value : request.message.all("Via")) {
    const auto via = Via::parse(value);
    if (via && client_keys_.contains(std::string(via->branch()) + "\nINVITE")) return true;
  }
  return false;
}

/// Loops, copies and overload; all answered without state. True when it was refused.
bool Endpoint::Impl::refuse_new_invite(const Request& request) {
  const RequestParts& parts = request.parts;
  const auto refuse = [&](int status, const char* event, const std::vector<Header>& extra) {
    notice(event, parts.call_id);
    respond_stateless(request.message, request.flow, status, extra);
    return true;
  };
  if (merge_keys_.contains(merge_key(parts))) return refuse(482, "sip_merged", {});
  const auto own = dialogs_.find(dialog_key(parts.call_id, parts.from_tag));
  if (own != dialogs_.end() && sessions_.at(own->second).target == request.message.request_uri) {
    return refuse(482, "sip_loop", {});  // our own INVITE came back to us unchanged
  }
  if (is_loop(request)) return refuse(482, "sip_loop", {});
  if (is_too_brief(request.message)) return refuse(422, "sip_too_brief", min_se_header());
  if (draining_) return refuse(503, "sip_draining", retry_after(overload_retry_s));
  if (sessions_.size() >= settings_.max_sessions || is_overloaded()) {
    return refuse(503, "sip_flood", retry_after(overload_retry_s));
  }
  return false;
}

/// spec  RFC 3261 §9.2
void Endpoint::Impl::on_cancel(const Request& request) {
  const auto known = server_keys_.find(server_key(request.message, request.parts, "INVITE"));
  if (known == server_keys_.end()) {
    notice("sip_no_dialog", "CANCEL");
    return respond_stateless(request.message, request.flow, 481);
  }
  ServerTransaction& invite = server_.at(known->second);
  ServerTransaction& tx = open_server(request, invite.session);
  tx.to_tag = invite.to_tag;
  respond(tx, 200);
  Session* s = find(invite.session);
  if (!s || s->peer_invite != invite.id) return;  // it has its final response: no effect
  if (s->phase == Phase::incoming) {
    tell(*s, CancelIn{s->id});
    return end_unanswered(*s, 487);
  }
  s->peer_invite = 0;
  respond(invite, 487);
  try_offer(*s);
}

/// spec  RFC 3261 §11.2
void Endpoint::Impl::on_options(const Request& request) {
  if (draining_) {
    return respond_stateless(request.message, request.flow, 503, retry_after(overload_retry_s));
  }
  respond_stateless(request.message, request.flow, 200,
                    {{"Allow", allow_}, {"Accept", "application/sdp"}, {"Supported", supported_}});
}

void Endpoint::Impl::ring(SessionId id, int status, const std::string& sdp, Time now) {
  now_ = now;
  Session* s = find(id);
  if (!s || s->phase != Phase::incoming) return;
  ServerTransaction& tx = server_.at(s->peer_invite);
  Message response = make_response(tx.head, std::clamp(status, 101, 199), tx.to_tag);
  const bool told = s->early_answered || (s->reliable && s->reliable->holds_sdp());
  if (!told) set_sdp(response, sdp);
  if (!sdp.empty()) s->local_sdp = sdp;
  if (s->reliable) {
    send_reliable(*s, std::move(response));
  } else {
    respond(tx, std::move(response));
  }
  s->ring_again = now + std::chrono::minutes(1);
  arm(*s);
}

void Endpoint::Impl::accept(SessionId id, const std::string& sdp, Time now) {
  now_ = now;
  Session* s = find(id);
  if (!s || s->phase != Phase::incoming || s->late_accept) return;
  if (s->reliable && s->reliable->is_open() && s->reliable->holds_sdp()) {
    s->late_accept = sdp;  // RFC 3262 §3: no 2xx before the PRACK of an SDP
    return;
  }
  send_ok(*s, sdp);
}

/// The 200 to the INVITE or re-INVITE that waits, with our answer or our offer.
void Endpoint::Impl::send_ok(Session& s, const std::string& sdp) {
  ServerTransaction& tx = server_.at(s.peer_invite);
  Message ok = make_response(tx.head, 200, tx.to_tag);
  const bool settled = std::exchange(s.early_answered, false);  // RFC 3262 §5: SDP went before
  if (!settled) set_sdp(ok, sdp);
  if (!sdp.empty()) s.local_sdp = sdp;
  if (s.reliable) s.reliable->on_final();
  settle_timer(s, ok);
  s.unacked.push_back({s.peer_invite_seq, tx.id, !s.peer_invite_offers});
  s.peer_invite = 0;
  s.phase = Phase::talking;
  s.ring_again = s.expires = base::never;
  respond(tx, std::move(ok));
}

void Endpoint::Impl::reject(SessionId id, int status, Time now, const std::vector<Header>& extra) {
  now_ = now;
  Session* s = find(id);
  if (s && s->phase == Phase::incoming) end_unanswered(*s, std::clamp(status, 300, 699), extra);
}

void Endpoint::Impl::end_unanswered(Session& s, int status, const std::vector<Header>& extra) {
  const TransactionId id = s.peer_invite;
  respond(server_.at(id), status, extra);
  s.peer_invite = 0;
  drop(s);
}

}  // namespace daedap::sip
