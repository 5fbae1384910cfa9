#include "call/trunk_desk.hpp"

#include <algorithm>

#include "sip/uri.hpp"

namespace daedap::call {
namespace {

using State = sip::Registration::State;

TrunkState::State state_of(State state) {
  switch (state) {
    case State::trying: return TrunkState::State::trying;
    case State::registered: return TrunkState::State::registered;
    case State::refused: return TrunkState::State::refused;
    case State::unreachable: return TrunkState::State::unreachable;
    case State::unregistered: return TrunkState::State::unregistered;
  }
  return TrunkState::State::unregistered;
}

std::string sip_uri(const std::string& user, const std::string& host) {
  sip::Uri uri;
  uri.scheme = "sip";
  uri.user = user;
  uri.host = host;
  return uri.write();
}

}  // namespace

TrunkDesk::TrunkDesk(Settings settings, std::vector<Trunk> trunks, const sip::Hashes& hashes, base::Random& random,
                     sip::RequestPort& port, base::Log log)
    : settings_(std::move(settings)), port_(port), log_(std::move(log)) {
  for (Trunk& trunk : trunks) {
    Line& line = lines_.emplace_back();
    line.trunk = std::move(trunk);
    if (!line.trunk.registers) continue;
    line.registration = std::make_unique<sip::Registration>(
        sip::Registration::Settings{.aor = sip_uri(line.trunk.user, trunk_domain(line.trunk)),
                                    .user = line.trunk.user,
                                    .password = line.trunk.password,
                                    .token = trunk_token(hashes, settings_.token_secret, line.trunk.name),
                                    .call_id = settings_.call_id_prefix + random.hex(32),
                                    .expires = line.trunk.expires},
        random);
  }
}

std::vector<sip::Registration::Target> TrunkDesk::targets_of(const Trunk& trunk) const {
  std::vector<sip::Registration::Target> out;
  for (const std::string& text : trunk.servers) {
    const auto server = TrunkServer::parse(text);
    const auto at = addresses_.find(text);
    if (!server || at == addresses_.end()) continue;
    for (const base::Address& address : at->second) {
      const sip::Flow flow = server->flow_to(address);
      out.push_back({text, sip_uri("", trunk_domain(trunk)), flow, settings_.advertised(flow.transport)});
    }
  }
  return out;
}

void TrunkDesk::set_addresses(const std::string& server, std::vector<base::Address> addresses, base::Time now) {
  addresses_[server] = std::move(addresses);
  for (Line& line : lines_) {
    const auto& servers = line.trunk.servers;
    if (!line.registration || std::find(servers.begin(), servers.end(), server) == servers.end()) continue;
    line.registration->set_targets(targets_of(line.trunk), now);
    drain(line, now);
  }
}

void TrunkDesk::drain(Line& line, base::Time now) {
  if (const auto request = line.registration->take_request()) {
    under_way_[port_.request(*request, now)] = static_cast<std::size_t>(&line - lines_.data());
  }
  log_state(line);
}

void TrunkDesk::log_state(Line& line) {
  const State state = line.registration->state();
  if (state == line.logged) return;
  line.logged = state;
  const std::string server = line.registration->server();
  if (state == State::registered) {
    log_.info("trunk_registered", {{"trunk", line.trunk.name}, {"server", server}});
  } else if (state == State::refused || state == State::unreachable) {
    log_.warn("trunk_failed", {{"trunk", line.trunk.name}, {"server", server}, {"reason", line.registration->text()}});
  }
}

bool TrunkDesk::on_response(const sip::ResponseIn& in, base::Time now) {
  const auto at = under_way_.find(in.request);
  if (at == under_way_.end()) return false;
  Line& line = lines_[at->second];
  under_way_.erase(at);
  line.registration->on_response(in.status, in.response, now);
  drain(line, now);
  return true;
}

void TrunkDesk::on_time(base::Time now) {
  for (Line& line : lines_) {
    if (!line.registration || line.registration->deadline() > now) continue;
    line.registration->on_time(now);
    drain(line, now);
  }
}

base::Time TrunkDesk::deadline() const {
  base::Time first = base::never;
  for (const Line& line : lines_) {
    if (line.registration) first = std::min(first, line.registration->deadline());
  }
  return first;
}

void TrunkDesk::unregister(base::Time now) {
  for (Line& line : lines_) {
    if (!line.registration) continue;
    line.registration->unregister(now);
    drain(line, now);
  }
}

std::vector<TrunkState> TrunkDesk::states() const {
  std::vector<TrunkState> out;
  for (const Line& line : lines_) {
    TrunkState& state = out.emplace_back();
    state.name = line.trunk.name;
    if (line.registration) {
      state.state = state_of(line.registration->state());
      state.detail = line.registration->text();
      state.server = line.registration->server();
    } else if (!line.trunk.servers.empty()) {
      state.server = line.trunk.servers.front();
    }
  }
  return out;
}

}  // namespace daedap::call
