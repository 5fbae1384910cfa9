#include "sip/endpoint.hpp"

#include "sip/endpoint_impl.hpp"
#include "sip/reply.hpp"

namespace daedap::sip {

using base::Time;

Endpoint::Impl::Impl(EndpointSettings settings, base::Random& random)
    : settings_(std::move(settings)),
      random_(random),
      hash_(random.u64(), random.u64()),
      server_keys_(0, hash_),
      client_keys_(0, hash_),
      merge_keys_(0, hash_),
      dialogs_(0, hash_),
      allow_(join(abilities_.methods)),
      supported_(join(abilities_.extensions)) {
  // Theirs we always PRACK, but who is not to get ours must not require it.
  if (!settings_.reliable_provisional) std::erase(abilities_.extensions, "100rel");
}

// @path invite-ai 3/6
void Endpoint::Impl::on_message(std::string_view bytes, const Flow& flow, Time now) {
  now_ = now;
  if (bytes.find_first_not_of("\r\n") == bytes.npos) return;  // keep-alive, RFC 5626 §4.4.1
  auto message = Message::parse(bytes);
  if (!message) {
    on_malformed(bytes, flow, message.error());
  } else if (message->is_request()) {
    on_request(*std::move(message), flow);
  } else {
    on_response(*message, flow);
  }
}

void Endpoint::Impl::on_malformed(std::string_view bytes, const Flow& flow,
                                  const base::Error& error) {
  notice("sip_malformed", error.text);
  auto rest = salvage(bytes);
  if (!rest) return;
  stamp_via(rest->request, flow);
  respond_stateless(rest->request, flow, rest->complaint.status, rest->complaint.headers);
}

void Endpoint::Impl::on_request(Message message, const Flow& flow) {
  stamp_via(message, flow);
  auto parts = parts_of(message);
  if (!parts) {
    notice("sip_malformed", parts.error().text);
    const auto complaint = check_request(message, abilities_);
    if (complaint && message.method != "ACK") {
      respond_stateless(message, flow, complaint->status, complaint->headers);
    }
    return;
  }
  Request request{std::move(message), *std::move(parts), flow, {}};
  const std::string& method = request.message.method;
  request.key = server_key(request.message, request.parts, method == "ACK" ? "INVITE" : method);
  if (method == "ACK") return on_ack(request);
  const auto known = server_keys_.find(request.key);
  if (known != server_keys_.end()) return on_repeat(server_.at(known->second));
  if (const auto complaint = check_request(request.message, abilities_)) {
    notice("sip_refused", complaint->what);
    return respond_stateless(request.message, flow, complaint->status, complaint->headers);
  }
  route_request(request);
}

void Endpoint::Impl::on_repeat(ServerTransaction& tx) {
  notice("sip_retransmission", "request");
  if (const InviteServer* invite = tx.invite()) {
    if (invite->on_invite() == InviteServer::Act::resend) send(tx.flow, invite->response());
    return;
  }
  const auto& other = std::get<NonInviteServer>(tx.machine);
  if (other.on_request() == NonInviteServer::Act::resend) send(tx.flow, other.response());
}

void Endpoint::Impl::route_request(Request& request) {
  const RequestParts& parts = request.parts;
  const std::string& method = request.message.method;
  if (method == "CANCEL") return on_cancel(request);
  if (method == "REGISTER") return on_outside_request(request);
  if (method != "INVITE" && request.message.header("Replaces")) {  // RFC 3891 §3
    return respond_stateless(request.message, request.flow, 400);
  }
  if (!parts.to_tag.empty()) {
    if (Session* s = find_dialog(parts.call_id, parts.to_tag, parts.from_tag)) {
      return on_in_dialog(request, *s);
    }
  } else if (method == "INVITE") {
    return on_invite(request);
  } else if (method == "OPTIONS") {
    return on_options(request);
  } else if (method == "REFER") {  // only who talks to us may have us call somebody
    notice("sip_refused", "REFER outside of a dialog");
    return respond_stateless(request.message, request.flow, 403);
  }
  notice("sip_no_dialog", method);
  respond_stateless(request.message, request.flow, 481);
}

void Endpoint::Impl::on_response(const Message& response, const Flow& flow) {
  if (const auto complaint = check_response(response)) {
    return notice("sip_malformed", complaint->what);
  }
  const auto vias = response.all("Via");
  const auto via = vias.empty() ? base::Result<Via>(Via{}) : Via::parse(vias.front());
  const auto seq = CSeq::parse(response.header("CSeq").value_or(""));
  if (!via || !seq) return notice("sip_malformed", "response without Via or CSeq");
  const auto known = client_keys_.find(std::string(via->branch()) + '\n' + seq->method);
  if (known == client_keys_.end()) return notice("sip_stray_response", seq->method);
  const TransactionId id = known->second;
  ClientTransaction& tx = client_.at(id);
  if (tx.flow.connection == 0 && flow.connection != 0) {  // the connection was made meanwhile
    leave_flow(tx.flow, id);
    tx.flow = flow;
    use_flow(tx.flow, id);
  }
  if (Session* s = find(tx.session); s && flow.connection != 0) move_to_flow(*s, flow);
  if (tx.invite()) return on_invite_response(tx, response);
  auto& machine = std::get<NonInviteClient>(tx.machine);
  const bool pass = machine.on_response(response.status, now_) == NonInviteClient::Act::pass;
  arm(tx);
  if (pass && response.status >= 200) on_final(tx, response);
  const auto after = client_.find(id);
  if (after == client_.end()) return;
  if (std::get<NonInviteClient>(after->second.machine).state() ==
      NonInviteClient::State::terminated) {
    close_client(id);
  }
}

void Endpoint::Impl::on_final(ClientTransaction& tx, const Message& response) {
  tx.bytes.clear();
  const bool challenged = response.status == 401 || response.status == 407;
  if (challenged && retry_with_credentials(tx, response)) return;
  switch (tx.purpose) {
    case Purpose::outside: return on_outside_final(tx, response);
    case Purpose::info: return on_info_final(tx, response);
    case Purpose::refresh: return on_refresh_final(tx, response);
    case Purpose::refer: return on_refer_final(tx, response);
    case Purpose::notify: return on_notify_final(tx, response);
    case Purpose::prack:
      if (response.status >= 300) notice("sip_prack_refused", std::to_string(response.status));
      return;
    case Purpose::bye:
      if (Session* s = find(tx.session)) drop(*s);
      return;
    case Purpose::invite:
    case Purpose::offer:
    case Purpose::cancel: return;
  }
}

std::optional<Output> Endpoint::Impl::take_output() {
  if (outputs_.empty()) return std::nullopt;
  Output out = std::move(outputs_.front());
  outputs_.pop_front();
  return out;
}

std::string Endpoint::Impl::call_id(SessionId id) const {
  const auto at = sessions_.find(static_cast<std::uint64_t>(id));
  return at == sessions_.end() ? std::string() : at->second.call_id;
}

std::string Endpoint::Impl::remote_uri(SessionId id) const {
  const auto at = sessions_.find(static_cast<std::uint64_t>(id));
  if (at == sessions_.end()) return {};
  const Session& s = at->second;
  return s.phase == Phase::outgoing ? s.target : s.dialog.remote_uri();
}

// ---- the outside -----------------------------------------------------------------------------

Endpoint::Endpoint(EndpointSettings settings, base::Random& random)
    : impl_(std::make_unique<Impl>(std::move(settings), random)) {}
Endpoint::~Endpoint() = default;

void Endpoint::on_message(std::string_view bytes, const Flow& flow, Time now) {
  impl_->on_message(bytes, flow, now);
}
void Endpoint::on_flow_failed(const Flow& flow, Time now) { impl_->on_flow_failed(flow, now); }
void Endpoint::on_time(Time now) { impl_->on_time(now); }
Time Endpoint::deadline() const { return impl_->deadline(); }
std::optional<Output> Endpoint::take_output() { return impl_->take_output(); }

void Endpoint::ring(SessionId id, Time now, int status, const std::string& sdp) {
  impl_->ring(id, status, sdp, now);
}
void Endpoint::accept(SessionId id, const std::string& sdp, Time now) {
  impl_->accept(id, sdp, now);
}
void Endpoint::reject(SessionId id, int status, Time now, const std::vector<Header>& extra) {
  impl_->reject(id, status, now, extra);
}
void Endpoint::answer_offer(SessionId id, const std::string& sdp, Time now) {
  impl_->answer_offer(id, sdp, now);
}
void Endpoint::refuse_offer(SessionId id, int status, Time now) {
  impl_->refuse_offer(id, status, now);
}
SessionId Endpoint::invite(const OutgoingInvite& invite, Time now) {
  return impl_->invite(invite, now);
}
void Endpoint::cancel(SessionId id, Time now) { impl_->cancel(id, now); }
void Endpoint::ack(SessionId id, const std::string& sdp, Time now) { impl_->ack(id, sdp, now); }
void Endpoint::offer(SessionId id, const std::string& sdp, Time now) {
  impl_->offer(id, sdp, now);
}
void Endpoint::hang_up(SessionId id, Time now, const std::string& reason) {
  impl_->hang_up(id, now, reason);
}
void Endpoint::send_info(SessionId id, const std::string& content_type, const std::string& body,
                         Time now) {
  impl_->send_info(id, content_type, body, now);
}
void Endpoint::refer(SessionId id, const std::string& target, const std::string& replaces,
                     const std::string& referred_by, Time now) {
  impl_->refer(id, target, replaces, referred_by, now);
}
void Endpoint::accept_refer(SessionId id, Time now) { impl_->accept_refer(id, now); }
void Endpoint::notify_refer(SessionId id, int status, Time now) {
  impl_->notify_refer(id, status, now);
}
void Endpoint::refuse_refer(SessionId id, int status, Time now) {
  impl_->refuse_refer(id, status, now);
}
void Endpoint::respond(RequestId id, int status, Time now, const std::vector<Header>& extra) {
  impl_->respond(id, status, now, extra);
}
RequestId Endpoint::request(const OutgoingRequest& request, Time now) {
  return impl_->request(request, now);
}
void Endpoint::set_draining(bool draining) { impl_->set_draining(draining); }
std::size_t Endpoint::sessions() const { return impl_->sessions(); }
std::size_t Endpoint::transactions() const { return impl_->transactions(); }
std::string Endpoint::call_id(SessionId id) const { return impl_->call_id(id); }
std::optional<SessionId> Endpoint::session_of(const std::string& replaces) { return impl_->session_of(replaces); }
std::string Endpoint::replaces_of(SessionId id) const { return impl_->replaces_of(id); }
std::string Endpoint::remote_uri(SessionId id) const { return impl_->remote_uri(id); }

}  // namespace daedap::sip
