#include "sip/endpoint_impl.hpp"
#include "sip/reply.hpp"
#include "sip/routing.hpp"

namespace daedap::sip {

ServerTransaction& Endpoint::Impl::open_server(const Request& request, SessionId session) {
  const TransactionId id = next_id_++;
  ServerTransaction& tx = server_[id];
  tx.id = id;
  tx.session = session;
  tx.key = request.key;
  tx.flow = request.flow;
  tx.head = reply_head(request.message);
  const bool reliable = is_reliable(request.flow.transport);
  if (request.message.method == "INVITE") {
    tx.machine.emplace<InviteServer>(reliable);
  } else {
    tx.machine.emplace<NonInviteServer>(reliable);
  }
  if (request.message.method == "INVITE" && request.parts.to_tag.empty()) {
    tx.merge_key = merge_key(request.parts);
    merge_keys_.emplace(tx.merge_key, id);
  }
  server_keys_.emplace(tx.key, id);
  if (Session* s = find(session)) {
    tx.to_tag = s->local_tag;
    ++s->server_transactions;
  }
  return tx;
}

void Endpoint::Impl::respond(ServerTransaction& tx, Message response) {
  const Session* s = find(tx.session);
  dress_response(response, tx.flow, s && s->secure);
  const int status = response.status;
  if (InviteServer* invite = tx.invite()) {
    if (invite->state() != InviteServer::State::proceeding) return;
    send(tx.flow, status < 200   ? invite->provisional(response)
                  : status < 300 ? invite->accept(response, now_)
                                 : invite->reject(response, now_));
  } else {
    std::string bytes = std::get<NonInviteServer>(tx.machine).respond(response, now_);
    if (!bytes.empty()) send(tx.flow, std::move(bytes));
  }
  if (status >= 200) tx.head = {};
  arm(tx);
  const auto* other = std::get_if<NonInviteServer>(&tx.machine);
  if (other && other->state() == NonInviteServer::State::terminated) close_server(tx.id);
}

void Endpoint::Impl::respond(ServerTransaction& tx, int status, const std::vector<Header>& extra) {
  Message response = make_response(tx.head, status, status == 100 ? "" : tx.to_tag);
  for (const Header& h : extra) response.add(h.name, h.value);
  respond(tx, std::move(response));
}

/// Keeps nothing: a retransmitted request gets the same answer again, its ACK is a stray one.
/// spec  RFC 3261 §8.2.7
void Endpoint::Impl::respond_stateless(const Message& request, const Flow& flow, int status,
                                       const std::vector<Header>& extra) {
  if (request.method == "ACK") return;
  const std::string seed = std::string(request.header("Via").value_or("")) +
                           std::string(request.header("Call-ID").value_or(""));
  const std::uint64_t tag = std::hash<std::string>()(seed) ^ secret_;
  Message response = make_response(reply_head(request), status, std::to_string(tag));
  for (const Header& h : extra) response.add(h.name, h.value);
  dress_response(response, flow, false);
  send(flow, response.write());
}

/// Adds what each of our responses says of us: Contact, Allow, Supported where they belong.
/// spec  RFC 3261 §20 table 2, §13.3.1
void Endpoint::Impl::dress_response(Message& response, const Flow& flow, bool secure) const {
  const auto seq = response.header("CSeq").value_or("");
  const bool invite = seq.find("INVITE") != seq.npos;
  const bool update = seq.find("UPDATE") != seq.npos;
  const bool tells = response.status > 100 && response.status < 300;
  if (tells && (invite || update) && !response.header("Contact")) {
    response.add("Contact", make_contact(advertised(flow.transport), flow.transport, secure));
  }
  if (response.status / 100 == 2 && (invite || update) && !response.header("Allow")) {
    response.add("Allow", allow_);
    response.add("Supported", "");
  }
  if (response.status > 100) response.add("Server", settings_.user_agent);
}

ClientTransaction& Endpoint::Impl::open_client(Message request, const Flow& flow, Purpose purpose,
                                               SessionId session) {
  const TransactionId id = next_id_++;
  ClientTransaction& tx = client_[id];
  tx.id = id;
  tx.session = session;
  tx.purpose = purpose;
  tx.flow = flow;
  std::string branch;
  if (request.method == "CANCEL") {  // shares the branch of its INVITE, §9.1
    const auto via = Via::parse(request.header("Via").value_or(""));
    if (via) branch = via->branch();
  } else {
    branch = "z9hG4bK" + random_.hex(16);
    Header via{"Via", make_via(advertised(flow.transport), flow.transport, branch)};
    request.headers.insert(request.headers.begin(), std::move(via));
    if (!request.header("User-Agent")) request.add("User-Agent", settings_.user_agent);
  }
  tx.key = branch + '\n' + request.method;
  client_keys_.emplace(tx.key, id);
  const bool reliable = is_reliable(flow.transport);
  if (request.method == "INVITE") {
    tx.machine.emplace<InviteClient>(reliable, now_);
  } else {
    tx.machine.emplace<NonInviteClient>(reliable, now_);
  }
  tx.request = std::move(request);
  tx.bytes = tx.request.write();
  use_flow(flow, id);
  send(flow, tx.bytes);
  arm(tx);
  return tx;
}

void Endpoint::Impl::close_server(TransactionId id) {
  const auto at = server_.find(id);
  if (at == server_.end()) return;
  ServerTransaction& tx = at->second;
  if (Session* s = find(tx.session)) {
    --s->server_transactions;
    if (s->peer_invite == id) s->peer_invite = 0;
    if (s->peer_update == id) s->peer_update = 0;
  }
  server_keys_.erase(tx.key);
  const auto merge = merge_keys_.find(tx.merge_key);
  if (merge != merge_keys_.end() && merge->second == id) merge_keys_.erase(merge);
  server_.erase(at);
}

void Endpoint::Impl::close_client(TransactionId id) {
  const auto at = client_.find(id);
  if (at == client_.end()) return;
  leave_flow(at->second.flow, id);
  client_keys_.erase(at->second.key);
  client_.erase(at);
}

const base::Address& Endpoint::Impl::advertised(Transport transport) const {
  if (transport == Transport::tls && settings_.advertised_tls) return *settings_.advertised_tls;
  const bool own = transport != Transport::udp && settings_.advertised_tcp;
  return own ? *settings_.advertised_tcp : settings_.advertised;
}

/// differs: a request over 1300 bytes stays on UDP (RFC 3261 §18.1.1 would move it to TCP): the
///          peers we know take fragments, and many have no TCP.
void Endpoint::Impl::send(const Flow& flow, std::string bytes) {
  outputs_.emplace_back(Send{flow, std::move(bytes)});
}

void Endpoint::Impl::notice(const char* event, std::string detail) {
  outputs_.emplace_back(Noticed{event, std::move(detail)});
}

}  // namespace daedap::sip
