#include "sip/routing.hpp"

#include "sip/grammar.hpp"

namespace daedap::sip {
namespace {

std::uint16_t default_port(Transport transport) {
  return transport == Transport::tls || transport == Transport::wss ? 5061 : 5060;
}

Transport transport_of(const Uri& uri, Transport used) {
  const auto asked = uri.params.value("transport");
  if (used != Transport::udp || !asked) return used;
  return same_word(*asked, "tcp") ? Transport::tcp : used;
}

}  // namespace

bool is_private(const base::Address& a) {
  const auto& ip = a.ip;
  if (a.is_any()) return true;
  if (a.v6) {
    static constexpr std::array<std::uint8_t, 16> loopback{0, 0, 0, 0, 0, 0, 0, 0,
                                                           0, 0, 0, 0, 0, 0, 0, 1};
    return (ip[0] & 0xfe) == 0xfc || (ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80) || ip == loopback;
  }
  return ip[0] == 10 || ip[0] == 127 || (ip[0] == 172 && (ip[1] & 0xf0) == 16) ||
         (ip[0] == 192 && ip[1] == 168) || (ip[0] == 169 && ip[1] == 254) ||
         (ip[0] == 100 && (ip[1] & 0xc0) == 64);
}

bool is_behind_nat(const Message& request, const Via& top, const Flow& flow) {
  if (request.all("Via").size() != 1) return false;  // a proxy stands between, on public ground
  const auto own = base::Address::parse_ip(top.host, top.port.value_or(5060));
  if (!own) return false;
  if (!own->same_ip(flow.remote)) return true;
  return !is_reliable(flow.transport) && top.params.has("rport") && own->port != flow.remote.port;
}

bool is_behind_nat(std::string_view contact, const Flow& flow) {
  const auto uri = Uri::parse(contact);
  if (!uri || !uri->is_sip()) return false;
  const auto own = base::Address::parse_ip(uri->host, uri->port.value_or(default_port(flow.transport)));
  if (!own) return false;
  return !own->same_ip(flow.remote) || (!is_reliable(flow.transport) && own->port != flow.remote.port);
}

std::optional<Flow> flow_to_target(const Dialog& dialog, const Flow& flow) {
  if (flow.transport == Transport::ws || flow.transport == Transport::wss) return std::nullopt;
  const auto hop = dialog.next_hop();
  if (!hop || !hop->is_sip()) return std::nullopt;
  const Transport transport = transport_of(*hop, flow.transport);
  const std::string host(hop->params.value("maddr").value_or(hop->host));
  const auto address = base::Address::parse_ip(host, hop->port.value_or(default_port(transport)));
  if (!address || address->port == 0 || address->is_any()) return std::nullopt;
  if (is_private(*address) && !is_private(flow.remote)) return std::nullopt;
  return Flow{transport, *address, 0};
}

Flow next_flow(const Dialog& dialog, const Flow& flow, bool behind_nat) {
  if (flow.connection != 0 || behind_nat) return flow;
  return flow_to_target(dialog, flow).value_or(flow);
}

std::string make_via(const base::Address& advertised, Transport transport,
                     std::string_view branch) {
  std::string via = "SIP/2.0/";
  via.append(name(transport)).append(1, ' ').append(advertised.text());
  return via.append(";branch=").append(branch).append(";rport");
}

std::string make_contact(const base::Address& advertised, Transport transport, bool secure) {
  std::string contact = secure ? "<sips:" : "<sip:";
  contact.append(advertised.text());
  if (transport != Transport::udp) contact.append(";transport=").append(lower(name(transport)));
  return contact.append(1, '>');
}

}  // namespace daedap::sip
