#include <algorithm>

#include "sip/cseq.hpp"
#include "sip/endpoint_impl.hpp"
#include "sip/grammar.hpp"
#include "sip/name_addr.hpp"
#include "sip/reply.hpp"

namespace daedap::sip {

using base::Time;

namespace {

/// How long a transfer may take; phones ring for two or three minutes at most.
constexpr std::chrono::seconds transfer_time{180};

/// Refer-Sub: false. spec  RFC 4488 §4
bool wants_no_reports(const Message& message) {
  const auto value = message.header("Refer-Sub").value_or("true");
  return same_word(trim(value.substr(0, value.find(';'))), "false");
}

/// The status in the first line of a message/sipfrag; 0 when there is none. spec  RFC 3420
int sipfrag_status(const Message& notify) {
  constexpr std::string_view version = "SIP/2.0 ";
  const std::string_view body = notify.body;
  if (body.size() < version.size() + 3 || !same_word(body.substr(0, version.size()), version)) {
    return 0;
  }
  const auto status = parse_number(body.substr(version.size(), 3), 699).value_or(0);
  return status < 100 ? 0 : static_cast<int>(status);
}

struct Event {
  std::string package;
  std::optional<std::string> id;
};

Event event_of(const Message& message) {
  Scanner in(message.header("Event").value_or(""));
  Event out;
  out.package = lower(in.take_token());
  const auto params = Params::parse(in);
  if (params && params->has("id")) out.id = std::string(params->value("id").value_or(""));
  return out;
}

/// Whom to call: the URI without what only serves to make the request.
struct Target {
  std::string uri, replaces;
};

/// errors  bad_syntax, unsupported (a method other than INVITE, a scheme that cannot be called)
base::Result<Target> target_of(const Message& refer) {
  const auto values = refer.all("Refer-To");
  if (values.size() != 1) return base::fail(base::Code::bad_syntax, "Refer-To");
  auto to = NameAddr::parse(values.front());
  if (!to || to->star) return base::fail(base::Code::bad_syntax, "Refer-To");
  Uri& uri = to->uri;
  if (!uri.is_sip() && !uri.is_tel()) return base::fail(base::Code::unsupported, "scheme");
  if (!same_word(uri.params.value("method").value_or("INVITE"), "INVITE")) {
    return base::fail(base::Code::unsupported, "method");
  }
  Target out;
  for (const Param& header : uri.headers.list()) {
    if (same_word(header.name, "Replaces")) out.replaces = header.value.value_or("");
  }
  uri.headers = {};
  uri.params.remove("method");
  out.uri = uri.write();
  return out;
}

}  // namespace

// ---- the peer asks us ------------------------------------------------------------------------

/// spec  RFC 3515 §2.4.2
void Endpoint::Impl::on_refer(const Request& request, Session& s) {
  ServerTransaction& tx = open_server(request, s.id);
  if (s.phase != Phase::talking) return respond(tx, 403);
  if (s.peer_refer.waiting != 0 || s.peer_refer.open) return respond(tx, 491);
  const auto target = target_of(request.message);
  if (!target) {
    notice("sip_refused", target.error().text);
    return respond(tx, target.error().code == base::Code::unsupported ? 403 : 400);
  }
  PeerRefer& refer = s.peer_refer;
  refer.numbered = refer.cseq != 0;  // §2.4.6: all but the first must be named
  refer.waiting = tx.id;
  refer.cseq = request.parts.cseq.number;
  refer.quiet = wants_no_reports(request.message);
  tx.unanswered = now_ + timers::transaction;
  arm(tx);
  const auto by = request.message.header("Referred-By").value_or("");
  tell(s, ReferIn{s.id, target->uri, target->replaces, std::string(by)});
}

ServerTransaction* Endpoint::Impl::waiting_refer(Session& s) {
  const auto tx = server_.find(std::exchange(s.peer_refer.waiting, 0));
  if (tx == server_.end()) return nullptr;
  tx->second.unanswered = base::never;
  return &tx->second;
}

void Endpoint::Impl::accept_refer(SessionId id, Time now) {
  now_ = now;
  Session* s = find(id);
  if (!s || s->phase != Phase::talking) return;
  ServerTransaction* tx = waiting_refer(*s);
  if (!tx) return;
  if (s->peer_refer.quiet) return respond(*tx, 202, {{"Refer-Sub", "false"}});
  respond(*tx, 202);
  s->peer_refer.open = true;
  s->peer_refer.until = now + transfer_time;
  arm(*s);
  send_refer_notify(*s, 100);
}

void Endpoint::Impl::refuse_refer(SessionId id, int status, Time now) {
  now_ = now;
  Session* s = find(id);
  if (!s) return;
  if (ServerTransaction* tx = waiting_refer(*s)) respond(*tx, std::clamp(status, 300, 699));
}

void Endpoint::Impl::notify_refer(SessionId id, int status, Time now) {
  now_ = now;
  Session* s = find(id);
  if (s && s->phase == Phase::talking) send_refer_notify(*s, std::clamp(status, 100, 699));
}

/// spec  RFC 3515 §2.4.4, §2.4.5
void Endpoint::Impl::send_refer_notify(Session& s, int status) {
  PeerRefer& refer = s.peer_refer;
  if (!refer.open) return;
  Message notify = s.dialog.make_request("NOTIFY");
  notify.add("Event", refer.numbered ? "refer;id=" + std::to_string(refer.cseq) : "refer");
  if (status >= 200) {
    refer.open = false;
    refer.until = base::never;
    notify.add("Subscription-State", "terminated;reason=noresource");
  } else {
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(refer.until - now_);
    notify.add("Subscription-State", "active;expires=" + std::to_string(left.count()));
  }
  notify.add("Content-Type", "message/sipfrag;version=2.0");
  notify.body = "SIP/2.0 " + std::to_string(status) + ' ' + reason_phrase(status) + "\r\n";
  send_in_dialog(s, std::move(notify), Purpose::notify);
}

void Endpoint::Impl::on_notify_final(ClientTransaction& tx, const Message& response) {
  if (response.status < 300) return;
  notice("sip_notify_refused", std::to_string(response.status));
  Session* s = find(tx.session);
  if (!s) return;
  s->peer_refer.open = false;  // nobody listens: RFC 6665 §4.2.2
  s->peer_refer.until = base::never;
}

// ---- we ask the peer -------------------------------------------------------------------------

void Endpoint::Impl::refer(SessionId id, const std::string& target, const std::string& replaces,
                           const std::string& referred_by, Time now) {
  now_ = now;
  Session* s = find(id);
  if (!s || s->phase != Phase::talking || s->silent) return;
  auto uri = Uri::parse(target);
  if (!uri || s->our_refer.open) return tell(*s, ReferStatusIn{id, uri ? 491 : 400, true});
  if (!replaces.empty()) uri->headers.add("Replaces", replaces);
  Message refer = s->dialog.make_request("REFER");
  refer.add("Refer-To", '<' + uri->write() + '>');
  if (!referred_by.empty()) refer.add("Referred-By", referred_by);
  refer.add("Supported", supported_);
  s->our_refer = {s->dialog.local_seq(), true, now + transfer_time};
  arm(*s);
  send_in_dialog(*s, std::move(refer), Purpose::refer);
}

void Endpoint::Impl::on_refer_final(ClientTransaction& tx, const Message& response) {
  Session* s = find(tx.session);
  if (!s) return;
  if (response.status >= 300) return tell_refer_status(*s, response.status, true);
  if (wants_no_reports(response)) tell_refer_status(*s, response.status, true);  // RFC 4488 §4
}

void Endpoint::Impl::tell_refer_status(Session& s, int status, bool final) {
  if (!s.our_refer.open) return;
  if (final) {
    s.our_refer.open = false;
    s.our_refer.until = base::never;
  }
  tell(s, ReferStatusIn{s.id, status, final});
}

/// spec  RFC 3515 §2.4.4, RFC 6665 §4.1.3
void Endpoint::Impl::on_notify(const Request& request, Session& s) {
  ServerTransaction& tx = open_server(request, s.id);
  const Event event = event_of(request.message);
  if (event.package != "refer") return respond(tx, 489, {{"Allow-Events", "refer"}});
  const bool ours = s.our_refer.cseq != 0 &&
                    (!event.id || *event.id == std::to_string(s.our_refer.cseq));
  if (!ours) return respond(tx, 481);
  respond(tx, 200);
  const std::string state = lower(request.message.header("Subscription-State").value_or(""));
  const bool over = trim(state).starts_with("terminated");
  const int status = sipfrag_status(request.message);
  if (status == 0 && !over) return;
  tell_refer_status(s, over && status < 200 ? 408 : status, over || status >= 200);
}

/// A transfer that takes too long is over for who asked for it.
void Endpoint::Impl::fire_refers(Session& s) {
  if (s.peer_refer.until <= now_) send_refer_notify(s, 408);
  if (s.our_refer.until <= now_) tell_refer_status(s, 408, true);
}

}  // namespace daedap::sip
