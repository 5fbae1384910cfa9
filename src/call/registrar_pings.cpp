#include <algorithm>

#include "call/registrar_desk.hpp"
#include "sip/name_addr.hpp"
#include "sip/request_parts.hpp"
#include "sip/routing.hpp"

namespace daedap::call {
namespace {

constexpr int most_misses = 3;

/// The telephone's own address is not the one that we see: something between keeps a path for it, and
/// forgets that path when nobody speaks.
bool is_translated(const sip::Message& request, const std::string& contact, const sip::Flow& flow) {
  const auto parts = sip::parts_of(request);
  return (parts && sip::is_behind_nat(request, parts->via, flow)) || sip::is_behind_nat(contact, flow);
}

}  // namespace

/// Starts pings to the contacts that came by this request over UDP through an address translator.
void RegistrarDesk::watch(const sip::RequestIn& in, const std::string& id, base::Time now) {
  const auto bindings = registrar_.find(id);
  std::erase_if(pings_, [&](const auto& entry) {
    return entry.first.first == id && std::none_of(bindings.begin(), bindings.end(), [&](const sip::Binding& b) {
             return b.contact == entry.first.second;
           });
  });
  for (const sip::Binding& b : bindings) {
    if (b.flow != in.flow || b.updated != now) continue;
    const Place place{id, b.contact};
    if (b.flow.transport != sip::Transport::udp || !is_translated(in.message, b.contact, b.flow)) {
      pings_.erase(place);
      continue;
    }
    const auto [at, fresh] = pings_.try_emplace(place);
    at->second.misses = 0;  // it lives: it has just spoken
    if (!fresh) continue;
    // Spread, so that an office that comes back after a power cut is not pinged in one burst.
    at->second.next = now + settings_.ping_every / 2 + base::Duration(settings_.ping_every) / 2000 * (random_.u32() % 1000);
    next_ping_ = std::min(next_ping_, at->second.next);
  }
}

void RegistrarDesk::send_pings(base::Time now) {
  next_ping_ = base::never;
  for (auto& [place, ping] : pings_) {
    if (ping.under_way) continue;
    if (ping.next <= now) {
      const auto bindings = registrar_.find(place.first);
      const auto at = std::find_if(bindings.begin(), bindings.end(),
                                   [&](const sip::Binding& b) { return b.contact == place.second; });
      if (at == bindings.end()) continue;
      send_ping(place, *at, now);
      ping.under_way = true;
      ping.next = now + settings_.ping_every;
    } else {
      next_ping_ = std::min(next_ping_, ping.next);
    }
  }
}

void RegistrarDesk::send_ping(const Place& place, const sip::Binding& binding, base::Time now) {
  sip::Uri self;
  self.scheme = "sip";
  self.user = "ping";
  self.host = "daedap.invalid";
  sip::OutgoingRequest out{"OPTIONS", binding.contact, '<' + self.write() + '>', '<' + binding.contact + '>', binding.flow};
  pings_out_[port_.request(out, now)] = place;
}

bool RegistrarDesk::on_response(const sip::ResponseIn& in, base::Time now) {
  const auto out = pings_out_.find(in.request);
  if (out == pings_out_.end()) return false;
  const Place place = out->second;
  pings_out_.erase(out);
  const auto at = pings_.find(place);
  if (at == pings_.end() || !at->second.under_way) return true;
  Ping& ping = at->second;
  ping.under_way = false;
  // Any answer of the telephone's own keeps it, "405 Method Not Allowed" too.
  ping.misses = in.response.headers.empty() ? ping.misses + 1 : 0;
  if (ping.misses >= most_misses) {
    drop(registrar_.remove(place.first, place.second), "no answer", now);
    return true;
  }
  ping.next = std::max(ping.next, now);
  next_ping_ = std::min(next_ping_, ping.next);
  return true;
}

}  // namespace daedap::call
