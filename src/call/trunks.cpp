#include "call/trunks.hpp"

#include <algorithm>

#include "call/dial_plan.hpp"
#include "sip/grammar.hpp"
#include "sip/name_addr.hpp"
#include "sip/uri.hpp"

namespace daedap::call {
namespace {

using base::Code;

constexpr std::size_t token_length = 16;

std::optional<sip::Transport> transport_named(std::string_view text) {
  using enum sip::Transport;
  for (const sip::Transport one : {udp, tcp, tls})
    if (sip::same_word(text, sip::name(one))) return one;
  return std::nullopt;
}

/// `"name" <sip:number@domain>`; written by the parts, so that nothing in them breaks out.
std::string address_text(const std::string& name, const std::string& number, const std::string& domain) {
  sip::NameAddr out;
  out.display = name;
  out.uri.scheme = "sip";
  out.uri.user = number;
  out.uri.host = domain;
  return out.write();
}

std::string user_of(std::string_view value) {
  const auto address = sip::NameAddr::parse(value);
  if (!address || address->star) return {};
  return address->uri.user.substr(0, address->uri.user.find(';'));
}

std::string target_text(const TrunkServer& server, const std::string& number) {
  sip::Uri uri;
  uri.scheme = server.secure ? "sips" : "sip";
  uri.user = number;
  uri.host = server.host;
  if (server.port != 0) uri.port = server.port;
  if (server.transport == sip::Transport::tcp) uri.params.add("transport", "tcp");
  if (server.transport == sip::Transport::tls && !server.secure) uri.params.add("transport", "tls");
  return uri.write();
}

}  // namespace

base::Result<TrunkServer> TrunkServer::parse(std::string_view text) {
  const bool has_scheme = text.starts_with("sip:") || text.starts_with("sips:");
  const auto uri = sip::Uri::parse(has_scheme ? std::string(text) : "sip:" + std::string(text));
  if (!uri || uri->host.empty() || !uri->headers.empty()) return base::fail(Code::bad_syntax, "SIP server", std::string(text));
  TrunkServer out{uri->host, uri->port.value_or(0), sip::Transport::udp, uri->scheme == "sips"};
  if (out.secure) out.transport = sip::Transport::tls;
  if (const auto asked = uri->params.value("transport")) {
    const auto transport = transport_named(*asked);
    if (!transport || (out.secure && *transport == sip::Transport::udp))
      return base::fail(Code::bad_syntax, "transport of a SIP server", std::string(text));
    if (!out.secure) out.transport = *transport;
  }
  return out;
}

sip::Flow TrunkServer::flow_to(const base::Address& address) const {
  const std::uint16_t usual = transport == sip::Transport::tls ? 5061 : 5060;
  return {transport, address.port != 0 ? address : address.with_port(usual), 0};
}

base::Result<Network> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  auto base = base::Address::parse_ip(text.substr(0, slash));
  if (!base) return tl::unexpected(std::move(base.error()));
  const unsigned most = base->v6 ? 128 : 32;
  if (slash == std::string_view::npos) return Network{*base, most};
  const auto bits = sip::parse_number(text.substr(slash + 1), most);
  if (!bits) return base::fail(Code::bad_syntax, "length of a network", std::string(text));
  return Network{*base, static_cast<unsigned>(*bits)};
}

bool Network::holds(const base::Address& address) const {
  if (address.v6 != base.v6) return false;
  const std::size_t whole = bits / 8;
  if (!std::equal(base.ip.begin(), base.ip.begin() + static_cast<std::ptrdiff_t>(whole), address.ip.begin())) return false;
  if (bits % 8 == 0) return true;
  const unsigned mask = 0xff00u >> (bits % 8) & 0xff;
  return (base.ip[whole] & mask) == (address.ip[whole] & mask);
}

std::string trunk_token(const sip::Hashes& hashes, std::string_view secret, std::string_view trunk) {
  const auto& hash = hashes.sha256_hex ? hashes.sha256_hex : hashes.md5_hex;
  const std::string key(secret);
  return 't' + hash(key + hash(key + "trunk:" + std::string(trunk))).substr(0, token_length);
}

sdp::SrtpPolicy srtp_of(const Trunk& trunk) {
  if (trunk.srtp == "required") return sdp::SrtpPolicy::required;
  return trunk.srtp == "optional" ? sdp::SrtpPolicy::optional : sdp::SrtpPolicy::off;
}

std::string trunk_domain(const Trunk& trunk) {
  if (!trunk.domain.empty()) return trunk.domain;
  const auto server = trunk.servers.empty() ? base::fail(Code::not_found, "") : TrunkServer::parse(trunk.servers.front());
  return server ? server->host : std::string();
}

void strip_untrusted(sip::Message& request) {
  request.remove("P-Asserted-Identity");
  request.remove("P-Preferred-Identity");
}

Trunks::Trunks(std::vector<Trunk> trunks, const sip::Hashes& hashes, std::string_view secret)
    : trunks_(std::move(trunks)), networks_(trunks_.size()) {
  for (std::size_t i = 0; i < trunks_.size(); ++i) {
    for (const std::string& text : trunks_[i].inbound_from) {
      if (auto network = Network::parse(text)) networks_[i].push_back(*network);
    }
    if (trunks_[i].registers) tokens_[trunk_token(hashes, secret, trunks_[i].name)] = i;
  }
}

void Trunks::set_addresses(const std::string& server, std::vector<base::Address> addresses) {
  addresses_[server] = std::move(addresses);
}

const Trunk* Trunks::find(std::string_view name) const {
  const auto at = std::find_if(trunks_.begin(), trunks_.end(), [&](const Trunk& t) { return t.name == name; });
  return at == trunks_.end() ? nullptr : &*at;
}

const Trunk* Trunks::by_token(const sip::Message& invite) const {
  const auto uri = sip::Uri::parse(invite.request_uri);
  const auto at = uri ? tokens_.find(uri->user) : tokens_.end();
  return at == tokens_.end() ? nullptr : &trunks_[at->second];
}

const Trunk* Trunks::inbound(const sip::Message& invite, const sip::Flow& flow) const {
  if (const Trunk* trunk = by_token(invite)) return trunk;
  const Trunk* found = nullptr;
  unsigned narrowest = 0;
  for (std::size_t i = 0; i < trunks_.size(); ++i) {
    for (const Network& network : networks_[i]) {
      if (!network.holds(flow.remote) || (found != nullptr && network.bits <= narrowest)) continue;
      found = &trunks_[i];
      narrowest = network.bits;
    }
  }
  return found;
}

std::string Trunks::dialled(const sip::Message& invite) const {
  if (by_token(invite) == nullptr) {
    const auto uri = sip::Uri::parse(invite.request_uri);
    return uri ? plain_number(uri->user.substr(0, uri->user.find(';'))) : std::string();
  }
  for (const char* header : {"P-Called-Party-ID", "To"}) {
    const std::string user = user_of(invite.header(header).value_or(""));
    if (!user.empty()) return plain_number(user);
  }
  return {};
}

std::string Trunks::callee(const Trunk& trunk, const std::string& dialled,
                           const std::function<bool(const std::string&)>& known) {
  const Numbers numbers(trunk.country_code);
  const std::string e164 = numbers.e164(dialled);
  for (const std::string& form : {dialled, numbers.national(e164), e164}) {
    if (!form.empty() && known(form)) return form;
  }
  return trunk.inbound_to;
}

std::string Trunks::caller(const Trunk& trunk, const sip::Message& invite) {
  const auto asserted = invite.all("P-Asserted-Identity");
  std::string user;
  for (const auto value : asserted) {
    if (user.empty()) user = user_of(value);
  }
  if (user.empty()) user = user_of(invite.header("From").value_or(""));
  if (sip::same_word(user, "anonymous") || is_private(invite)) return {};
  return Numbers(trunk.country_code).e164(user);
}

bool Trunks::is_private(const sip::Message& invite) {
  // RFC 3323 §4.2: values are separated by semicolons.
  std::string_view rest = invite.header("Privacy").value_or("");
  while (!rest.empty()) {
    const auto end = rest.find(';');
    const auto value = sip::trim(rest.substr(0, end));
    if (sip::same_word(value, "id") || sip::same_word(value, "user") || sip::same_word(value, "header")) return true;
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return false;
}

std::vector<TrunkCall> Trunks::outbound(const Trunk& trunk, const std::string& number, const CallerId& caller) const {
  const std::string domain = trunk_domain(trunk);
  const std::string shown = !caller.number.empty() ? caller.number : trunk.caller_id;
  const std::string identity = address_text(caller.anonymous ? "" : caller.name, shown, domain);
  TrunkCall call;
  call.to = address_text("", number, domain);
  call.from = caller.anonymous ? address_text("Anonymous", "anonymous", "anonymous.invalid") : identity;
  if (!shown.empty()) call.headers.push_back({"P-Asserted-Identity", identity});
  if (caller.anonymous) call.headers.push_back({"Privacy", "id"});
  call.user = trunk.user;
  call.password = trunk.password;
  std::vector<TrunkCall> out;
  for (const std::string& text : trunk.servers) {
    const auto server = TrunkServer::parse(text);
    const auto at = addresses_.find(text);
    if (!server || at == addresses_.end()) continue;
    for (const base::Address& address : at->second) {
      TrunkCall& way = out.emplace_back(call);
      way.target = target_text(*server, number);
      way.flow = server->flow_to(address);
    }
  }
  return out;
}

}  // namespace daedap::call
