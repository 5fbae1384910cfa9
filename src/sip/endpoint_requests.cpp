#include <algorithm>

#include "sip/cseq.hpp"
#include "sip/endpoint_impl.hpp"
#include "sip/name_addr.hpp"
#include "sip/reply.hpp"
#include "sip/routing.hpp"

namespace daedap::sip {

using base::Time;

// ---- theirs ----------------------------------------------------------------------------------

/// A REGISTER waits for the application; who it came from gives up after 64*T1, and so do we.
/// spec  RFC 3261 §10.3, §17.2.2
void Endpoint::Impl::on_outside_request(Request& request) {
  if (is_overloaded()) {
    notice("sip_flood", request.parts.call_id);
    return respond_stateless(request.message, request.flow, 503, {{"Retry-After", "10"}});
  }
  ServerTransaction& tx = open_server(request, SessionId{});
  tx.to_tag = random_.hex(16);
  tx.unanswered = now_ + timers::transaction;
  arm(tx);
  outputs_.emplace_back(RequestIn{RequestId{tx.id}, std::move(request.message), request.flow});
}

void Endpoint::Impl::respond(RequestId id, int status, Time now, const std::vector<Header>& extra) {
  now_ = now;
  const auto at = server_.find(static_cast<TransactionId>(id));
  if (at == server_.end() || at->second.unanswered == base::never) return;
  if (status >= 200) at->second.unanswered = base::never;
  respond(at->second, std::clamp(status, 100, 699), extra);
}

// ---- ours ------------------------------------------------------------------------------------

RequestId Endpoint::Impl::request(const OutgoingRequest& out, Time now) {
  now_ = now;
  const bool registers = out.method == "REGISTER";
  Message request;
  request.method = out.method;
  request.request_uri = out.target;
  request.add("Max-Forwards", "70");
  request.add("From", with_tag(out.from, random_.hex(16)));
  request.add("To", !out.to.empty() ? out.to : registers ? out.from : '<' + out.target + '>');
  request.add("Call-ID",
              out.call_id.empty() ? settings_.call_id_prefix + random_.hex(32) : out.call_id);
  request.add("CSeq", CSeq{out.cseq == 0 ? 1 : out.cseq, out.method}.write());
  for (const Header& h : out.headers) request.add(h.name, h.value);
  if (!request.header("Contact")) request.add("Contact", contact_of(out));
  if (!registers && !request.header("Accept")) request.add("Accept", "application/sdp");
  const RequestId id{next_id_++};
  ClientTransaction& tx =
      open_client(std::move(request), out.flow, Purpose::outside, SessionId{});
  tx.outside = std::make_unique<ClientTransaction::Outside>(id, out.user, out.password);
  return id;
}

/// Our Contact with the user of From: what a provider puts into the INVITEs that it sends us.
std::string Endpoint::Impl::contact_of(const OutgoingRequest& out) const {
  const bool secure = out.target.starts_with("sips:");
  const std::string plain = make_contact(advertised(out.flow.transport), out.flow.transport, secure);
  const auto from = NameAddr::parse(out.from);
  auto contact = NameAddr::parse(plain);
  if (!from || !contact || from->uri.user.empty()) return plain;
  contact->uri.user = from->uri.user;
  return contact->write();
}

void Endpoint::Impl::on_outside_final(ClientTransaction& tx, const Message& response) {
  if (!tx.outside) return;
  outputs_.emplace_back(ResponseIn{tx.outside->id, response.status, response});
}

}  // namespace daedap::sip
