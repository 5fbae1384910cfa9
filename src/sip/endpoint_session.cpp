#include <algorithm>

#include "sip/endpoint_impl.hpp"
#include "sip/reply.hpp"
#include "sip/routing.hpp"

namespace daedap::sip {

using base::Time;

/// Finished ones stay for 32 s: eight requests a second, more than any keypad sends.
static constexpr std::size_t max_transactions_in_session = 256;

Session& Endpoint::Impl::open_session(Phase phase, std::string call_id, std::string local_tag,
                                      const Flow& flow) {
  const std::uint64_t id = next_id_++;
  Session& s = sessions_[id];
  s.id = SessionId{id};
  s.phase = phase;
  s.call_id = std::move(call_id);
  s.local_tag = std::move(local_tag);
  s.flow = flow;
  use_flow(flow, id);
  dialogs_.emplace(dialog_key(s.call_id, s.local_tag), id);
  return s;
}

Session* Endpoint::Impl::find(SessionId id) {
  const auto at = sessions_.find(static_cast<std::uint64_t>(id));
  return at == sessions_.end() ? nullptr : &at->second;
}

Session* Endpoint::Impl::find_dialog(const std::string& call_id, const std::string& local_tag,
                                     const std::string& remote_tag) {
  const auto at = dialogs_.find(dialog_key(call_id, local_tag));
  if (at == dialogs_.end()) return nullptr;
  Session& s = sessions_.at(at->second);
  return dialog_of(s, remote_tag) ? &s : nullptr;
}

/// The dialog with that peer; an INVITE of ours has one for each callee that rings.
Dialog* Endpoint::Impl::dialog_of(Session& s, const std::string& remote_tag) {
  if (s.phase != Phase::outgoing) return s.dialog.remote_tag() == remote_tag ? &s.dialog : nullptr;
  for (EarlyDialog& early : s.early) {
    if (early.dialog.remote_tag() == remote_tag) return &early.dialog;
  }
  return nullptr;
}

/// Forgets a session; what the peer still waits for is answered, our own requests run out.
void Endpoint::Impl::drop(Session& s) {
  const auto invite = server_.find(s.peer_invite);
  if (invite != server_.end()) respond(invite->second, 487);
  const auto update = server_.find(s.peer_update);
  if (update != server_.end()) respond(update->second, 487);
  if (ServerTransaction* refer = waiting_refer(s)) respond(*refer, 487);
  for (const auto& ok : s.unacked) {  // nobody waits for the 200 any more
    const auto tx = server_.find(ok.transaction);
    if (tx == server_.end()) continue;
    tx->second.invite()->on_ok_acked();
    arm(tx->second);
  }
  const std::uint64_t id = static_cast<std::uint64_t>(s.id);
  leave_flow(s.flow, id);
  dialogs_.erase(dialog_key(s.call_id, s.local_tag));
  sessions_.erase(id);
}

void Endpoint::Impl::lose(Session& s, LostIn::Why why) {
  tell(s, LostIn{s.id, why});
  s.silent = true;
  if (s.phase == Phase::talking) return send_bye(s);
  if (s.phase != Phase::ending) drop(s);
}

void Endpoint::Impl::on_ack(const Request& request) {
  const auto known = server_keys_.find(request.key);
  if (known != server_keys_.end()) {
    ServerTransaction& tx = server_.at(known->second);
    InviteServer& invite = *tx.invite();
    if (invite.state() != InviteServer::State::accepted) {  // the ACK of a 3xx-6xx
      const bool ended = invite.on_ack(now_) == InviteServer::Act::ended;
      return ended ? close_server(tx.id) : arm(tx);
    }
  }
  const RequestParts& parts = request.parts;
  Session* s = find_dialog(parts.call_id, parts.to_tag, parts.from_tag);
  if (!s) return notice("sip_stray_ack", parts.call_id);
  const auto ok = std::find_if(s->unacked.begin(), s->unacked.end(), [&](const auto& waiting) {
    return waiting.cseq == parts.cseq.number;
  });
  if (ok == s->unacked.end()) return;  // repeated with a repeated 200
  const bool our_offer = ok->our_offer;
  const auto tx = server_.find(ok->transaction);
  if (tx != server_.end()) {
    tx->second.invite()->on_ok_acked();
    arm(tx->second);
  }
  s->unacked.erase(ok);
  s->acked = true;
  move_to_flow(*s, request.flow);
  if (s->bye_wanted) return send_bye(*s);
  std::string answer = our_offer ? sdp_of(request.message) : std::string();
  if (our_offer && answer.empty()) answer = std::exchange(s->prack_answer, {});
  note_remote(*s, answer);
  tell(*s, AckIn{s->id, std::move(answer)});
  try_offer(*s);
}

void Endpoint::Impl::on_in_dialog(Request& request, Session& s) {
  const std::string& method = request.message.method;
  const bool early = s.phase == Phase::outgoing;  // a callee may not end or transfer it: §15
  const bool may_early = method == "UPDATE" || method == "INFO" || method == "OPTIONS";
  if ((s.phase == Phase::ending && method != "BYE") || (early && !may_early)) {
    return respond_stateless(request.message, request.flow, 481);
  }
  if (s.server_transactions >= max_transactions_in_session && method != "BYE") {
    notice("sip_flood", s.call_id);
    return respond_stateless(request.message, request.flow, 503, {{"Retry-After", "5"}});
  }
  Dialog* dialog = dialog_of(s, request.parts.from_tag);
  if (!dialog || !dialog->take_remote_seq(request.parts.cseq.number)) {
    notice("sip_out_of_order", method);
    return respond_stateless(request.message, request.flow, 500);
  }
  move_to_flow(s, request.flow);
  serve_in_dialog(request, s);
}

void Endpoint::Impl::serve_in_dialog(Request& request, Session& s) {
  const std::string& method = request.message.method;
  if (method == "INVITE") return on_reinvite(request, s);
  if (method == "UPDATE") return on_update(request, s);
  if (method == "BYE") return on_bye(request, s);
  if (method == "INFO") return on_info(request, s);
  if (method == "PRACK") return on_prack(request, s);
  if (method == "REFER") return on_refer(request, s);
  if (method == "NOTIFY") return on_notify(request, s);
  respond(open_server(request, s.id), 200,  // OPTIONS
          {{"Allow", allow_}, {"Accept", "application/sdp"}, {"Supported", supported_}});
}

void Endpoint::Impl::on_bye(const Request& request, Session& s) {
  respond(open_server(request, s.id), 200);
  if (s.phase == Phase::incoming) {  // a caller may end its early dialog so, §15
    tell(s, CancelIn{s.id});
    return end_unanswered(s, 487);
  }
  tell(s, ByeIn{s.id, std::string(request.message.header("Reason").value_or(""))});
  drop(s);
}

void Endpoint::Impl::on_info(const Request& request, Session& s) {
  respond(open_server(request, s.id), 200);
  const auto type = request.message.header("Content-Type").value_or("");
  tell(s, InfoIn{s.id, std::string(type), request.message.body});
}

void Endpoint::Impl::hang_up(SessionId id, Time now, const std::string& reason) {
  now_ = now;
  Session* s = find(id);
  if (!s || s->phase == Phase::ending) return;
  s->silent = true;
  s->reason = reason;
  s->next_offer.reset();
  if (s->phase == Phase::incoming) return end_unanswered(*s, 487);
  if (s->phase == Phase::outgoing) return cancel(id, now);
  s->timer.stop();
  if (s->late_ack != 0) ack(id, {}, now);
  if (s->acked) return send_bye(*s);
  s->phase = Phase::ending;  // our 200 has no ACK yet, and without it no BYE: §15
  s->bye_wanted = true;
}

void Endpoint::Impl::send_bye(Session& s) {
  for (const TransactionId open : {s.peer_invite, s.peer_update}) {
    const auto tx = server_.find(open);
    if (tx != server_.end()) respond(tx->second, 487);
  }
  s.peer_invite = s.peer_update = 0;
  if (ServerTransaction* refer = waiting_refer(s)) respond(*refer, 487);
  s.peer_refer = {};
  s.our_refer = {};
  s.timer.stop();
  s.phase = Phase::ending;
  s.silent = true;
  s.bye_wanted = false;
  Message bye = s.dialog.make_request("BYE");
  if (!s.reason.empty()) bye.add("Reason", s.reason);
  send_in_dialog(s, std::move(bye), Purpose::bye);
}

ClientTransaction& Endpoint::Impl::send_in_dialog(Session& s, Message request, Purpose purpose) {
  const Flow flow = next_flow(s.dialog, s.flow, s.behind_nat);
  const bool refreshes = purpose == Purpose::offer || purpose == Purpose::refresh;
  if (refreshes || purpose == Purpose::refer || purpose == Purpose::notify) {
    request.add("Contact", make_contact(advertised(flow.transport), flow.transport, s.secure));
  }
  if (refreshes) {
    request.add("Allow", allow_);
    request.add("Supported", supported_);
    ask_timer(s, request);
  }
  return open_client(std::move(request), flow, purpose, s.id);
}

void Endpoint::Impl::send_info(SessionId id, const std::string& type, const std::string& body,
                               Time now) {
  now_ = now;
  Session* s = find(id);
  if (!s || s->phase != Phase::talking) return;
  Message info = s->dialog.make_request("INFO");
  info.add("Content-Type", type);
  info.body = body;
  send_in_dialog(*s, std::move(info), Purpose::info);
}

/// differs: only 481 ends the session; an INFO that was never answered does not (RFC 3261 §12.2.1.2
///          would end it), for there are telephones that swallow INFO.
void Endpoint::Impl::on_info_final(ClientTransaction& tx, const Message& response) {
  if (response.status < 300) return;
  notice("sip_info_refused", std::to_string(response.status));
  Session* s = find(tx.session);
  if (s && response.status == 481) lose(*s, LostIn::Why::transaction_timeout);
}

}  // namespace daedap::sip
