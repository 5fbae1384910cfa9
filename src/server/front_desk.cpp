#include "server/front_desk.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

#include "server/hashes.hpp"
#include "server/wall_clock.hpp"

namespace daedap::server {
namespace {

/// RFC 1123 text of now, for Date.
std::string date_text() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

}  // namespace

FrontDesk::FrontDesk(Parts parts, Outlets outlets, sip::Endpoint& endpoint, base::Random& random)
    : outlets_(std::move(outlets)),
      registrar_({.authentication = {.realm = parts.realm, .secret = parts.secret, .offer = parts.digest}, .date = date_text},
                 openssl_hashes(), random, endpoint, operators_, parts.log),
      trunks_({parts.secret, parts.call_id_prefix, parts.advertised}, std::move(parts.trunks), openssl_hashes(), random,
              endpoint, parts.log) {}

void FrontDesk::on_request(const sip::RequestIn& in, base::Time now) {
  registrar_.on_request(in, now);
  tell(now);
}

void FrontDesk::on_response(const sip::ResponseIn& in, base::Time now) {
  if (!registrar_.on_response(in, now)) trunks_.on_response(in, now);
  tell(now);
}

void FrontDesk::on_flow_failed(const sip::Flow& flow, base::Time now) {
  registrar_.on_flow_failed(flow, now);
  tell(now);
}

void FrontDesk::set_operators(std::vector<call::Operator> operators, base::Time now) {
  operators_.replace(std::move(operators));
  registrar_.on_operators(now);
  tell(now);
}

void FrontDesk::set_trunk_addresses(const std::string& server, std::vector<base::Address> addresses, base::Time now) {
  trunks_.set_addresses(server, std::move(addresses), now);
  tell(now);
}

void FrontDesk::on_time(base::Time now) {
  if (registrar_.deadline() <= now) registrar_.on_time(now);
  if (trunks_.deadline() <= now) trunks_.on_time(now);
  tell(now);
}

base::Time FrontDesk::deadline() const { return std::min(registrar_.deadline(), trunks_.deadline()); }

void FrontDesk::tell(base::Time now) {
  if (auto contacts = registrar_.take_changed(now)) outlets_.on_contacts(std::move(*contacts));
  if (const auto& counts = registrar_.counts(); counts.refused != counted_.refused || counts.banned != counted_.banned) {
    if (counts.banned != counted_.banned) outlets_.on_bans(registrar_.banned_now(now));
    counted_ = counts;
    outlets_.on_counts(counts);
  }
  const auto same = [](const call::TrunkState& a, const call::TrunkState& b) {
    return a.name == b.name && a.state == b.state && a.detail == b.detail && a.server == b.server;
  };
  auto states = trunks_.states();
  if (std::ranges::equal(states, told_, same)) return;
  told_ = states;
  outlets_.on_trunks(std::move(states));
}

}  // namespace daedap::server
