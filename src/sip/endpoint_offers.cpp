#include <algorithm>

#include "sip/endpoint_impl.hpp"
#include "sip/reply.hpp"

namespace daedap::sip {

using base::Time;

namespace {

constexpr int max_glares = 5;

bool our_offer_is_open(const Session& s) {
  const auto ours = [](const Session::UnackedOk& ok) { return ok.our_offer; };
  return (s.our_invite != 0 && s.phase != Session::Phase::outgoing) || s.late_ack != 0 ||
         std::any_of(s.unacked.begin(), s.unacked.end(), ours);
}

/// The transaction of an UPDATE, not of a PRACK with an offer.
bool ok_is_update(const Message& ok) { return ok.header("CSeq").value_or("").ends_with("UPDATE"); }

}  // namespace

/// spec  RFC 3261 §14.2
void Endpoint::Impl::on_reinvite(Request& request, Session& s) {
  if (s.peer_invite != 0 || s.peer_update != 0) return refuse_for_now(request, s, 500);
  if (our_offer_is_open(s)) return refuse_for_now(request, s, 491);
  if (is_too_brief(request.message)) {
    return respond(open_server(request, s.id), 422, min_se_header());
  }
  s.dialog.refresh_target(request.message);
  s.terms = TimerTerms::of(request.message);
  learn_methods(s, request.message);
  s.reliable.reset();
  ServerTransaction& tx = open_server(request, s.id);
  std::string sdp = sdp_of(request.message);
  note_remote(s, sdp);
  s.peer_invite = tx.id;
  s.peer_invite_seq = request.parts.cseq.number;
  s.peer_invite_offers = !sdp.empty();
  respond(tx, 100);
  tell(s, OfferIn{s.id, std::move(sdp)});
}

/// Why an UPDATE with SDP must wait; 0 = it need not. In an early dialog the first offer and answer
/// have to be through. spec  RFC 3311 §5.1, §5.2
static int obstacle(const Session& s, const std::string& remote_tag) {
  if (s.peer_update != 0) return 500;
  switch (s.phase) {
    case Session::Phase::incoming: return s.early_answered ? 0 : s.peer_invite_offers ? 500 : 491;
    case Session::Phase::outgoing: {
      const auto early = std::find_if(s.early.begin(), s.early.end(), [&](const EarlyDialog& e) {
        return e.dialog.remote_tag() == remote_tag;
      });
      return early != s.early.end() && early->answered ? 0 : 491;
    }
    default: return s.peer_invite != 0 ? 500 : our_offer_is_open(s) ? 491 : 0;
  }
}

/// spec  RFC 3311 §5.2
void Endpoint::Impl::on_update(Request& request, Session& s) {
  std::string sdp = sdp_of(request.message);
  const int status = sdp.empty() ? 0 : obstacle(s, request.parts.from_tag);
  if (status != 0) return refuse_for_now(request, s, status);
  if (is_too_brief(request.message)) {
    return respond(open_server(request, s.id), 422, min_se_header());
  }
  if (Dialog* dialog = dialog_of(s, request.parts.from_tag)) dialog->refresh_target(request.message);
  if (s.phase == Phase::talking) s.terms = TimerTerms::of(request.message);
  ServerTransaction& tx = open_server(request, s.id);
  if (sdp.empty()) {
    Message ok = make_response(tx.head, 200, tx.to_tag);
    if (s.phase == Phase::talking) settle_timer(s, ok);
    return respond(tx, std::move(ok));
  }
  note_remote(s, sdp);
  s.peer_update = tx.id;
  tell(s, OfferIn{s.id, std::move(sdp)});
}

void Endpoint::Impl::refuse_for_now(const Request& request, Session& s, int status) {
  notice("sip_glare", s.call_id);
  std::vector<Header> extra;
  if (status == 500) extra.push_back({"Retry-After", std::to_string(random_.u32() % 11)});
  respond(open_server(request, s.id), status, extra);
}

void Endpoint::Impl::answer_offer(SessionId id, const std::string& sdp, Time now) {
  now_ = now;
  Session* s = find(id);
  if (!s || s->phase == Phase::ending) return;
  if (s->phase == Phase::talking && s->peer_invite != 0) return send_ok(*s, sdp);
  const auto at = server_.find(s->peer_update);
  if (at == server_.end()) return;
  s->peer_update = 0;
  Message ok = make_response(at->second.head, 200, at->second.to_tag);
  set_sdp(ok, sdp);
  s->local_sdp = sdp;
  if (s->phase == Phase::talking && ok_is_update(ok)) settle_timer(*s, ok);
  respond(at->second, std::move(ok));
  try_offer(*s);
}

void Endpoint::Impl::refuse_offer(SessionId id, int status, Time now) {
  now_ = now;
  Session* s = find(id);
  if (!s || s->phase == Phase::ending) return;
  const bool reinvite = s->phase == Phase::talking && s->peer_invite != 0;
  const auto at = server_.find(std::exchange(reinvite ? s->peer_invite : s->peer_update, 0));
  if (at == server_.end()) return;
  respond(at->second, std::clamp(status, 300, 699));
  try_offer(*s);
}

void Endpoint::Impl::offer(SessionId id, const std::string& sdp, Time now) {
  now_ = now;
  Session* s = find(id);
  if (!s || s->phase == Phase::ending || s->silent) return;
  s->next_offer = sdp;
  s->glares = 0;
  if (s->our_invite == 0) s->refreshing = false;
  try_offer(*s);
}

/// Sends the waiting offer once no INVITE of either side is under way. spec  RFC 3261 §14.1
void Endpoint::Impl::try_offer(Session& s) {
  const bool free = s.phase == Phase::talking && !our_offer_is_open(s) && s.unacked.empty() &&
                    s.peer_invite == 0 && s.peer_update == 0 && s.offer_at == base::never;
  if (!free || !s.next_offer) return;
  s.sent_offer = *std::move(s.next_offer);
  s.next_offer.reset();
  s.invite_had_offer = !s.sent_offer.empty();
  Message invite = s.dialog.make_request("INVITE");
  set_sdp(invite, s.sent_offer);
  s.our_invite_seq = s.dialog.local_seq();
  s.our_invite = send_in_dialog(s, std::move(invite), Purpose::offer).id;
}

void Endpoint::Impl::on_offer_response(ClientTransaction& tx, const Message& response) {
  if (response.status < 200) return;
  if (response.status < 300) return on_offer_ok(tx, response);
  on_offer_failed(tx, response);
}

void Endpoint::Impl::on_offer_ok(ClientTransaction& tx, const Message& response) {
  if (!tx.forks.empty()) {  // the 200 again: our ACK was lost
    const auto& fork = tx.forks.front();
    if (!fork.ack.empty()) send(fork.flow, fork.ack);
    return;
  }
  Session* s = find(tx.session);
  if (!s || s->our_invite != tx.id) {  // ended meanwhile: the peer still wants its ACK
    Message ack = make_failure_ack(tx.request, response);
    ack.remove("Via");
    return send_ack(tx, std::move(ack), "", tx.flow);
  }
  s->dialog.refresh_target(response);
  s->our_invite = 0;
  if (s->invite_had_offer || s->phase == Phase::ending) {
    send_ack(tx, s->dialog.make_ack(s->our_invite_seq), "", tx.flow);
  } else {
    tx.forks.push_back({"", "", tx.flow});
    s->late_ack = tx.id;
  }
  s->glares = 0;
  learn_methods(*s, response);
  if (s->phase == Phase::talking) take_timer(*s, response);
  std::string answer = sdp_of(response);
  const bool same = !answer.empty() && hash_(answer) == s->remote_sdp;
  if (s->invite_had_offer) s->local_sdp = s->sent_offer;
  note_remote(*s, answer);
  if (!std::exchange(s->refreshing, false) || !same) tell(*s, AcceptedIn{s->id, std::move(answer)});
  try_offer(*s);
}

void Endpoint::Impl::on_offer_failed(ClientTransaction& tx, const Message& response) {
  Session* s = find(tx.session);
  if (!s || s->our_invite != tx.id) return;
  const int status = response.status;
  if (s->phase != Phase::talking) return void(s->our_invite = 0);
  if ((status == 401 || status == 407) && retry_with_credentials(tx, response)) return;
  if (retry_longer(tx, response)) return;
  s->our_invite = 0;
  if (status == 481 || status == 408) return lose(*s, LostIn::Why::transaction_timeout);
  const auto retry_after = retry_after_of(response);
  const bool again = status == 491 || (status == 500 && retry_after);
  if (!again || ++s->glares > max_glares) {
    s->timer.try_later(now_);
    arm(*s);
    if (std::exchange(s->refreshing, false)) {
      notice("sip_refresh_refused", std::to_string(status));
      return try_offer(*s);
    }
    tell(*s, RejectedIn{s->id, status, response.reason, true, retry_after});
    return try_offer(*s);
  }
  if (!s->next_offer) {
    s->next_offer = std::move(s->sent_offer);
  } else {
    s->refreshing = false;
  }
  // §14.1: who made the Call-ID waits 2.1 to 4.0 s, the other 0 to 2.0 s, in steps of 10 ms.
  const int steps = s->caller ? 210 + random_.u32() % 191 : random_.u32() % 201;
  base::Millis wait(10 * steps);
  if (status == 500) wait = std::chrono::seconds(std::clamp(*retry_after, 1, 30));
  s->offer_at = now_ + wait;
  arm(*s);
}

}  // namespace daedap::sip
