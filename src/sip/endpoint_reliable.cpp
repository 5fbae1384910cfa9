#include <algorithm>

#include "sip/cseq.hpp"
#include "sip/endpoint_impl.hpp"
#include "sip/grammar.hpp"
#include "sip/reply.hpp"
#include "sip/routing.hpp"

namespace daedap::sip {

using base::Time;

namespace {

constexpr std::size_t max_early = 16;

/// RSeq; 0 when it is absent or broken, which no response may have. spec  RFC 3262 §7.1
std::uint32_t rseq_of(const Message& response) {
  const auto value = response.header("RSeq");
  return value ? static_cast<std::uint32_t>(parse_number(trim(*value), 0xffffffff).value_or(0)) : 0;
}

struct RAck {
  std::uint32_t rseq = 0;
  CSeq cseq;
};

/// spec  RFC 3262 §7.2
std::optional<RAck> rack_of(const Message& prack) {
  const auto value = trim(prack.header("RAck").value_or(""));
  const auto gap = value.find_first_of(" \t");
  if (gap == value.npos) return std::nullopt;
  const auto number = parse_number(value.substr(0, gap), 0xffffffff);
  auto cseq = CSeq::parse(value.substr(gap));
  if (!number || !cseq) return std::nullopt;
  return RAck{static_cast<std::uint32_t>(*number), *std::move(cseq)};
}

}  // namespace

// ---- theirs: early dialogs of our INVITE -----------------------------------------------------

/// Each callee of a forked INVITE makes an early dialog of its own. spec  RFC 3261 §12.1, §13.2.2.1
EarlyDialog* Endpoint::Impl::early_dialog(ClientTransaction& tx, Session& s,
                                          const Message& response) {
  auto dialog = Dialog::from_response(tx.request, response);
  if (!dialog) return nullptr;
  for (EarlyDialog& early : s.early) {
    if (early.dialog.remote_tag() != dialog->remote_tag()) continue;
    early.dialog.refresh_target(response);
    return &early;
  }
  if (s.early.size() >= max_early) return nullptr;
  s.early.push_back({*std::move(dialog), 0, {}, false});
  return &s.early.back();
}

void Endpoint::Impl::on_progress(ClientTransaction& tx, Session& s, const Message& response) {
  if (response.status == 100) return s.cancel_wanted ? send_cancel(s) : void();
  std::string sdp = sdp_of(response);
  learn_methods(s, response);
  EarlyDialog* early = early_dialog(tx, s, response);
  if (early && requires_100rel(response)) {
    if (!take_reliable(s, *early, response)) return;
    early->answered = early->answered || (s.invite_had_offer && !sdp.empty());
  }
  if (early && early->answer.empty()) early->answer = sdp;
  if (s.cancel_wanted) return send_cancel(s);
  tell(s, ProgressIn{s.id, response.status, std::move(sdp)});
}

/// PRACKs a response that comes in order; a repeated or early one is dropped. spec  RFC 3262 §4
bool Endpoint::Impl::take_reliable(Session& s, EarlyDialog& early, const Message& response) {
  const std::uint32_t number = rseq_of(response);
  if (number == 0 || (early.rseq != 0 && number != early.rseq + 1)) {
    notice("sip_retransmission", "reliable response");
    return false;
  }
  early.rseq = number;
  const bool their_offer = !s.invite_had_offer && !early.answered && !sdp_of(response).empty();
  if (their_offer && !s.cancel_wanted) {
    s.late_prack = early.dialog.remote_tag();
  } else {
    send_prack(s, early, {});
  }
  return true;
}

void Endpoint::Impl::send_prack(Session& s, EarlyDialog& early, const std::string& sdp) {
  Message prack = early.dialog.make_request("PRACK");
  prack.add("RAck", std::to_string(early.rseq) + ' ' + CSeq{s.our_invite_seq, "INVITE"}.write());
  set_sdp(prack, sdp);
  const Flow flow = next_flow(early.dialog, s.flow, s.behind_nat);
  open_client(std::move(prack), flow, Purpose::prack, s.id);
}

/// Our answer to an offer that came in a reliable response. spec  RFC 3262 §5
void Endpoint::Impl::answer_in_prack(Session& s, const std::string& sdp) {
  const std::string tag = std::exchange(s.late_prack, {});
  for (EarlyDialog& early : s.early) {
    if (early.dialog.remote_tag() != tag) continue;
    early.answered = true;
    s.local_sdp = sdp;
    return send_prack(s, early, sdp);
  }
}

// ---- ours ------------------------------------------------------------------------------------

/// differs: when the INVITE had no SDP the first response should hold our offer (RFC 3262 §5); a 180
///          without one goes out all the same, for what matters is that the caller hears of it.
void Endpoint::Impl::send_reliable(Session& s, Message response) {
  ProvisionalResender& reliable = *s.reliable;
  if (reliable.is_open()) return reliable.wait(std::move(response));
  const auto tx = server_.find(s.peer_invite);
  if (tx == server_.end()) return;
  const bool holds_sdp = !response.body.empty();
  response.add("Require", "100rel");
  response.add("RSeq", std::to_string(reliable.next_number()));
  respond(tx->second, std::move(response));
  reliable.on_sent(tx->second.invite()->response(), holds_sdp, now_);
  arm(s);
}

/// spec  RFC 3262 §3, §5
void Endpoint::Impl::on_prack(const Request& request, Session& s) {
  const auto rack = rack_of(request.message);
  if (!rack) return respond(open_server(request, s.id), 400);
  const bool known = s.reliable && rack->cseq.method == "INVITE" &&
                     rack->cseq.number == s.peer_invite_seq && s.reliable->on_prack(rack->rseq);
  if (!known) {
    notice("sip_stray_prack", s.call_id);
    return respond(open_server(request, s.id), 481);
  }
  const bool held_sdp = s.reliable->holds_sdp();
  std::string sdp = sdp_of(request.message);
  ServerTransaction& tx = open_server(request, s.id);
  if (held_sdp && !s.peer_invite_offers && !s.early_answered) {
    s.prack_answer = std::move(sdp);
    sdp.clear();
  }
  s.early_answered = s.early_answered || held_sdp;
  if (sdp.empty()) {
    respond(tx, 200);
  } else if (!s.early_answered || s.peer_update != 0) {
    respond(tx, 488);
  } else {
    s.peer_update = tx.id;
    note_remote(s, sdp);
    tell(s, OfferIn{s.id, std::move(sdp)});
  }
  go_on_reliably(s);
}

/// The way is free: the next provisional response, or the 2xx that had to wait.
void Endpoint::Impl::go_on_reliably(Session& s) {
  if (s.phase != Phase::incoming || s.reliable->is_open()) return;
  if (s.late_accept) {
    const std::string sdp = *std::exchange(s.late_accept, std::nullopt);
    return send_ok(s, sdp);
  }
  if (auto next = s.reliable->take_waiting()) send_reliable(s, *std::move(next));
}

/// True when the session is gone.
bool Endpoint::Impl::fire_reliable(Session& s) {
  switch (s.reliable->on_time(now_)) {
    case ProvisionalResender::Act::none: return false;
    case ProvisionalResender::Act::resend: {
      const auto tx = server_.find(s.peer_invite);
      if (tx != server_.end()) send(tx->second.flow, s.reliable->bytes());
      return false;
    }
    case ProvisionalResender::Act::give_up: break;
  }
  if (s.phase != Phase::incoming) return false;
  notice("sip_no_prack", s.call_id);
  tell(s, LostIn{s.id, LostIn::Why::no_ack});
  end_unanswered(s, 504);
  return true;
}

}  // namespace daedap::sip
