#include <algorithm>

#include "sip/cseq.hpp"
#include "sip/digest.hpp"
#include "sip/endpoint_impl.hpp"
#include "sip/name_addr.hpp"
#include "sip/reply.hpp"
#include "sip/routing.hpp"

namespace daedap::sip {

using base::Time;

namespace {

constexpr std::size_t max_forks = 16;
constexpr std::size_t max_retries = 4;

std::uint32_t seq_of(const Message& message) {
  const auto seq = CSeq::parse(message.header("CSeq").value_or(""));
  return seq ? seq->number : 0;
}

}  // namespace

SessionId Endpoint::Impl::invite(const OutgoingInvite& out, Time now) {
  now_ = now;
  Session& s = open_session(Phase::outgoing, settings_.call_id_prefix + random_.hex(32),
                            random_.hex(16), out.flow);
  s.caller = true;
  s.behind_nat = out.behind_nat;
  s.secure = out.target.starts_with("sips:");
  s.invite_had_offer = !out.offer.empty();
  s.user = out.user;
  s.password = out.password;
  s.target = out.target;
  Message request;
  request.method = "INVITE";
  request.request_uri = out.target;
  request.add("Max-Forwards", std::to_string(std::clamp(out.max_forwards, 0, 255)));
  request.add("From", with_tag(out.from, s.local_tag));
  request.add("To", out.to.empty() ? '<' + out.target + '>' : out.to);
  request.add("Call-ID", s.call_id);
  request.add("CSeq", "1 INVITE");
  request.add("Contact",
              make_contact(advertised(out.flow.transport), out.flow.transport, s.secure));
  request.add("Allow", allow_);
  request.add("Supported", supported_);
  if (!out.replaces.empty()) {  // whoever does not know it must not take this for a new call
    request.add("Replaces", out.replaces);
    request.add("Require", "replaces");
  }
  if (!out.referred_by.empty()) request.add("Referred-By", out.referred_by);
  ask_timer(s, request);
  for (const Header& h : out.headers) request.add(h.name, h.value);
  set_sdp(request, out.offer);
  s.local_sdp = out.offer;
  s.our_invite_seq = 1;
  s.our_invite = open_client(std::move(request), out.flow, Purpose::invite, s.id).id;
  return s.id;
}

void Endpoint::Impl::on_invite_response(ClientTransaction& tx, const Message& response) {
  const TransactionId id = tx.id;
  InviteClient& machine = *tx.invite();
  const InviteClient::Act act = machine.on_response(response.status, now_);
  arm(tx);
  if (act == InviteClient::Act::ack) return send(tx.flow, tx.bytes);
  if (act == InviteClient::Act::none) return;
  if (act == InviteClient::Act::pass_and_ack) {
    tx.bytes = make_failure_ack(tx.request, response).write();
    send(tx.flow, tx.bytes);
  }
  if (tx.purpose == Purpose::offer) {
    on_offer_response(tx, response);
  } else if (response.status >= 300) {
    on_invite_failed(tx, response);
  } else if (response.status >= 200) {
    on_invite_ok(tx, response);
  } else if (Session* s = find(tx.session); s && s->our_invite == id) {
    on_progress(tx, *s, response);
  }
  const auto after = client_.find(id);
  if (after == client_.end()) return;
  if (after->second.invite()->state() == InviteClient::State::terminated) close_client(id);
}

/// Each callee that says 2xx gets its ACK; all but the first also a BYE. spec  RFC 3261 §13.2.2.4
void Endpoint::Impl::on_invite_ok(ClientTransaction& tx, const Message& response) {
  tx.bytes.clear();
  auto dialog = Dialog::from_response(tx.request, response);
  if (!dialog) return notice("sip_malformed", dialog.error().text);
  for (const auto& fork : tx.forks) {
    if (fork.tag != dialog->remote_tag()) continue;
    if (!fork.ack.empty()) send(fork.flow, fork.ack);
    return notice("sip_retransmission", "200");
  }
  if (tx.forks.size() >= max_forks) return notice("sip_flood", "2xx of a forked INVITE");
  Session* s = find(tx.session);
  const bool first = s && s->our_invite == tx.id && s->phase == Phase::outgoing;
  if (!first) return refuse_fork(tx, *std::move(dialog));
  take_callee(tx, *s, *std::move(dialog), response);
}

void Endpoint::Impl::take_callee(ClientTransaction& tx, Session& s, Dialog dialog,
                                 const Message& response) {
  std::string sdp = sdp_of(response);
  bool answered = s.invite_had_offer;
  for (EarlyDialog& early : s.early) {
    if (early.dialog.remote_tag() != dialog.remote_tag()) continue;
    dialog.go_on_from(early.dialog);
    answered = answered || early.answered;
    if (sdp.empty()) sdp = std::move(early.answer);  // it came before the 2xx
  }
  s.early.clear();
  s.late_prack.clear();
  s.dialog = std::move(dialog);
  s.phase = Phase::talking;
  s.acked = true;
  s.our_invite = 0;
  s.give_up = base::never;
  note_remote(s, sdp);
  learn_methods(s, response);
  take_timer(s, response);
  if (!answered && !s.cancel_wanted) {
    tx.forks.push_back({s.dialog.remote_tag(), "", tx.flow});
    s.late_ack = tx.id;
    return tell(s, AcceptedIn{s.id, std::move(sdp)});
  }
  send_ack(tx, s.dialog.make_ack(s.our_invite_seq), s.dialog.remote_tag(),
           next_flow(s.dialog, s.flow, s.behind_nat));
  if (s.cancel_wanted) {  // the 200 crossed our CANCEL
    tell(s, RejectedIn{s.id, 487, "Request Terminated"});
    return send_bye(s);
  }
  tell(s, AcceptedIn{s.id, std::move(sdp)});
  try_offer(s);
}

void Endpoint::Impl::refuse_fork(ClientTransaction& tx, Dialog dialog) {
  const Session* s = find(tx.session);
  const Flow flow = next_flow(dialog, tx.flow, s != nullptr && s->behind_nat);
  send_ack(tx, dialog.make_ack(seq_of(tx.request)), dialog.remote_tag(), flow);
  open_client(dialog.make_request("BYE"), flow, Purpose::bye, SessionId{});
}

/// Sends the ACK of a 2xx and keeps it: each repeat of the 2xx brings it again.
void Endpoint::Impl::send_ack(ClientTransaction& tx, Message ack, const std::string& tag,
                              const Flow& flow) {
  const std::string branch = "z9hG4bK" + random_.hex(16);
  ack.headers.insert(ack.headers.begin(),
                     {"Via", make_via(advertised(flow.transport), flow.transport, branch)});
  for (const Header& h : tx.request.headers) {  // §13.2.2.4: the credentials of the INVITE
    if (h.name == "Authorization" || h.name == "Proxy-Authorization") ack.add(h.name, h.value);
  }
  std::string bytes = ack.write();
  const auto at = std::find_if(tx.forks.begin(), tx.forks.end(),
                               [&](const auto& fork) { return fork.tag == tag; });
  if (at == tx.forks.end()) {
    tx.forks.push_back({tag, bytes, flow});
  } else {
    at->ack = bytes;
    at->flow = flow;
  }
  send(flow, std::move(bytes));
}

void Endpoint::Impl::ack(SessionId id, const std::string& sdp, Time now) {
  now_ = now;
  Session* s = find(id);
  if (s && !s->late_prack.empty()) return answer_in_prack(*s, sdp);
  if (!s || s->late_ack == 0) return;
  const auto at = client_.find(s->late_ack);
  s->late_ack = 0;
  if (at == client_.end()) return;  // 64*T1 passed: the callee has given up
  Message ack = s->dialog.make_ack(s->our_invite_seq);
  set_sdp(ack, sdp);
  if (!sdp.empty()) s->local_sdp = sdp;
  send_ack(at->second, std::move(ack), at->second.forks.front().tag,
           next_flow(s->dialog, s->flow, s->behind_nat));
  try_offer(*s);
}

void Endpoint::Impl::on_invite_failed(ClientTransaction& tx, const Message& response) {
  Session* s = find(tx.session);
  if (!s || s->our_invite != tx.id) return;
  const int status = response.status;
  const bool challenged = (status == 401 || status == 407) && !s->cancel_wanted;
  if (challenged && retry_with_credentials(tx, response)) return;
  if (!s->cancel_wanted && retry_longer(tx, response)) return;
  s->our_invite = 0;
  tell(*s, RejectedIn{s->id, status, response.reason, false, retry_after_of(response),
                      contacts_of(response)});
  drop(*s);
}

// ---- giving up -------------------------------------------------------------------------------

void Endpoint::Impl::cancel(SessionId id, Time now) {
  now_ = now;
  Session* s = find(id);
  if (!s) return;
  if (s->phase == Phase::talking && s->caller) return hang_up(id, now, {});
  if (s->phase != Phase::outgoing) return;
  s->cancel_wanted = true;
  const auto at = client_.find(s->our_invite);
  if (at != client_.end() && at->second.invite()->may_cancel()) send_cancel(*s);
}

void Endpoint::Impl::send_cancel(Session& s) {
  if (s.cancel_sent) return;
  s.cancel_sent = true;
  const ClientTransaction& invite = client_.at(s.our_invite);
  Message cancel = make_cancel(invite.request);
  if (!s.reason.empty()) cancel.add("Reason", s.reason);
  open_client(std::move(cancel), invite.flow, Purpose::cancel, s.id);
  s.give_up = now_ + timers::transaction;
  arm(s);
}

/// The callee rang and then said nothing for minutes.
void Endpoint::Impl::on_stalled(ClientTransaction& tx) {
  Session* s = find(tx.session);
  if (!s || s->our_invite != tx.id || tx.purpose == Purpose::offer) return fail_client(tx.id, 408);
  s->cancel_wanted = true;
  send_cancel(*s);
}

/// No response (408) or no way to send (503). spec  RFC 3261 §8.1.3.1
void Endpoint::Impl::fail_client(TransactionId id, int status) {
  ClientTransaction& tx = client_.at(id);
  const auto outside = std::move(tx.outside);
  const Purpose purpose = tx.purpose;
  Session* s = find(tx.session);
  close_client(id);
  if (outside) {
    outputs_.emplace_back(ResponseIn{outside->id, status, {}});
  }
  if (!s || purpose == Purpose::cancel) return;
  if (purpose == Purpose::bye) return drop(*s);
  if (purpose == Purpose::info) return notice("sip_info_refused", reason_phrase(status));
  if (purpose == Purpose::refer) return tell_refer_status(*s, status, true);
  if (purpose == Purpose::refresh && s->phase == Phase::talking) {
    return lose(*s, status == 503 ? LostIn::Why::transport_failed : LostIn::Why::session_timeout);
  }
  if (s->our_invite != id) return;
  s->our_invite = 0;
  if (purpose == Purpose::offer) {
    return lose(*s, status == 503 ? LostIn::Why::transport_failed
                                  : LostIn::Why::transaction_timeout);
  }
  tell(*s, RejectedIn{s->id, status, reason_phrase(status)});
  drop(*s);
}

// ---- credentials -----------------------------------------------------------------------------

/// The same request with other headers, as a new transaction with the next number.
bool Endpoint::Impl::send_again(ClientTransaction& tx, Message request, const std::string& why) {
  Session* s = find(tx.session);
  const bool first = tx.outside || tx.purpose == Purpose::invite;
  Dialog* dialog = s && !first ? dialog_of(*s, tag_of(request.header("To").value_or(""))) : nullptr;
  if ((!first && !dialog) || tx.retries.size() >= max_retries) return false;
  const std::uint32_t seq = first ? seq_of(tx.request) + 1 : dialog->take_local_seq();
  request.remove("Via");
  request.set("CSeq", CSeq{seq, request.method}.write());
  ClientTransaction& again = open_client(std::move(request), tx.flow, tx.purpose, tx.session);
  again.retries = tx.retries;
  again.retries.push_back(why);
  again.outside = std::move(tx.outside);
  if (again.purpose == Purpose::refer) s->our_refer.cseq = seq;
  if (!again.invite()) return true;
  s->our_invite = again.id;
  s->our_invite_seq = seq;
  s->early.clear();
  return true;
}

/// Sends a challenged request once more with credentials; a realm is only answered twice when it
/// called the nonce stale. spec  RFC 3261 §22.2
bool Endpoint::Impl::retry_with_credentials(ClientTransaction& tx, const Message& response) {
  Session* s = find(tx.session);
  const bool outside = tx.outside != nullptr;
  if (!s && !outside) return false;
  const std::string& user = outside ? tx.outside->user : s->user;
  const std::string& password = outside ? tx.outside->password : s->password;
  if (user.empty() || tx.retries.size() >= max_retries) return false;
  const auto challenge = Challenge::strongest(response, settings_.hashes);
  if (!challenge) return false;
  const char* header = challenge->proxy ? "Proxy-Authorization" : "Authorization";
  const std::string realm = std::string(header) + ' ' + challenge->realm;
  const auto& tried = tx.retries;
  const bool again = std::find(tried.begin(), tried.end(), realm) != tried.end();
  if (again && !challenge->stale) return false;
  const DigestAttempt attempt{user, password, tx.request.method, tx.request.request_uri,
                              random_.hex(16)};
  auto answer = answer_challenge(*challenge, attempt, settings_.hashes);
  if (!answer) return false;
  Message request = tx.request;
  if (again) request.remove(header);
  request.add(answer->name, answer->value);
  return send_again(tx, std::move(request), realm);
}

}  // namespace daedap::sip
