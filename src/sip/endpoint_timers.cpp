#include "sip/endpoint_impl.hpp"
#include "sip/routing.hpp"

namespace daedap::sip {

using base::Time;

void Endpoint::Impl::arm(Owner owner, std::uint64_t id, Time& armed, Time deadline) {
  if (deadline >= armed) return;  // a later one is set when the earlier comes up
  armed = deadline;
  timers_.push(deadline, {owner, id});
}

template <typename Map>
static Time* armed_in(Map& map, std::uint64_t id) {
  const auto at = map.find(id);
  return at == map.end() ? nullptr : &at->second.armed;
}

bool Endpoint::Impl::is_stale(const TimerQueue<TimerKey>::Entry& entry) {
  const std::uint64_t id = entry.key.id;
  const Time* armed = entry.key.owner == Owner::server   ? armed_in(server_, id)
                      : entry.key.owner == Owner::client ? armed_in(client_, id)
                                                         : armed_in(sessions_, id);
  return !armed || *armed != entry.at;
}

Time Endpoint::Impl::deadline() {
  while (const auto* next = timers_.next()) {
    if (!is_stale(*next)) return next->at;
    timers_.pop();
  }
  return base::never;
}

void Endpoint::Impl::on_time(Time now) {
  now_ = now;
  while (const auto entry = timers_.pop_due(now)) {
    if (!is_stale(*entry)) fire(entry->key);
  }
}

void Endpoint::Impl::fire(TimerKey key) {
  const auto wake = [&](auto& map, auto&& act) {
    auto& owner = map.find(key.id)->second;
    owner.armed = base::never;
    if (owner.deadline() <= now_) act(owner);
    const auto left = map.find(key.id);
    if (left != map.end()) arm(left->second);
  };
  switch (key.owner) {
    case Owner::server: return wake(server_, [&](auto& tx) { fire_server(tx); });
    case Owner::client: return wake(client_, [&](auto& tx) { fire_client(tx); });
    case Owner::session: return wake(sessions_, [&](auto& s) { fire_session(s); });
  }
}

void Endpoint::Impl::fire_server(ServerTransaction& tx) {
  InviteServer* invite = tx.invite();
  if (!invite) {
    if (tx.unanswered <= now_) notice("sip_unanswered", "request");
    std::get<NonInviteServer>(tx.machine).on_time(now_);
    return close_server(tx.id);
  }
  switch (invite->on_time(now_)) {
    case InviteServer::Act::resend: return send(tx.flow, invite->response());
    case InviteServer::Act::no_ack: return on_no_ack(tx);
    case InviteServer::Act::ended: return close_server(tx.id);
    case InviteServer::Act::none: return;
  }
}

/// A final response of ours that nobody acknowledged. For a 2xx the session ends with BYE.
/// spec  RFC 3261 §13.3.1.4, §17.2.1 (timer H)
void Endpoint::Impl::on_no_ack(ServerTransaction& tx) {
  const TransactionId id = tx.id;
  Session* s = find(tx.session);
  close_server(id);
  const auto mine = [&](const Session::UnackedOk& ok) { return ok.transaction == id; };
  if (!s || std::erase_if(s->unacked, mine) == 0) return notice("sip_no_ack", "final response");
  s->acked = true;  // the transaction timed out: now a BYE may go out, §15
  if (s->phase == Phase::talking) return lose(*s, LostIn::Why::no_ack);
  if (s->bye_wanted) send_bye(*s);
}

void Endpoint::Impl::fire_client(ClientTransaction& tx) {
  if (InviteClient* invite = tx.invite()) {
    switch (invite->on_time(now_)) {
      case InviteClient::Act::resend: return send(tx.flow, tx.bytes);
      case InviteClient::Act::timed_out: return fail_client(tx.id, 408);
      case InviteClient::Act::stalled: return on_stalled(tx);
      case InviteClient::Act::ended: return on_invite_over(tx);
      default: return;
    }
  }
  switch (std::get<NonInviteClient>(tx.machine).on_time(now_)) {
    case NonInviteClient::Act::resend: return send(tx.flow, tx.bytes);
    case NonInviteClient::Act::timed_out: return fail_client(tx.id, 408);
    case NonInviteClient::Act::ended: return close_client(tx.id);
    default: return;
  }
}

/// A session that still waits got nothing but 2xx that make no dialog.
void Endpoint::Impl::on_invite_over(const ClientTransaction& tx) {
  const Session* s = find(tx.session);
  if (s && s->our_invite == tx.id) return fail_client(tx.id, 408);
  close_client(tx.id);
}

void Endpoint::Impl::fire_session(Session& s) {
  if (s.give_up <= now_) {  // the CANCEL brought no final response, §9.1
    close_client(s.our_invite);
    tell(s, RejectedIn{s.id, 408, "Request Timeout"});
    return drop(s);
  }
  if (s.expires <= now_) {
    tell(s, CancelIn{s.id});
    return end_unanswered(s, 487);
  }
  if (s.ring_again <= now_) {  // proxies forget us after three minutes, §13.3.1.1
    s.ring_again = now_ + std::chrono::minutes(1);
    const auto at = server_.find(s.peer_invite);
    if (at != server_.end()) send(at->second.flow, at->second.invite()->response());
  }
  if (s.reliable && fire_reliable(s)) return;
  if (s.timer.is_expired(now_)) {
    s.timer.stop();
    return lose(s, LostIn::Why::session_timeout);
  }
  fire_refers(s);
  if (s.timer.refresh_due(now_)) refresh(s);
  if (s.offer_at <= now_) {
    s.offer_at = base::never;
    try_offer(s);
  }
}

// ---- connections -----------------------------------------------------------------------------

void Endpoint::Impl::use_flow(const Flow& flow, std::uint64_t id) {
  if (is_reliable(flow.transport)) flow_users_[flow].insert(id);
}

void Endpoint::Impl::leave_flow(const Flow& flow, std::uint64_t id) {
  if (!is_reliable(flow.transport)) return;
  const auto at = flow_users_.find(flow);
  if (at == flow_users_.end()) return;
  at->second.erase(id);
  if (at->second.empty()) flow_users_.erase(at);
}

void Endpoint::Impl::move_to_flow(Session& s, const Flow& flow) {
  if (s.flow == flow) return;
  leave_flow(s.flow, static_cast<std::uint64_t>(s.id));
  s.flow = flow;
  use_flow(flow, static_cast<std::uint64_t>(s.id));
}

/// spec  RFC 3261 §8.1.3.1: a request that cannot be sent counts as answered with 503
void Endpoint::Impl::on_flow_failed(const Flow& flow, Time now) {
  now_ = now;
  const auto at = flow_users_.find(flow);
  if (at == flow_users_.end()) return;
  const std::unordered_set<std::uint64_t> users = std::move(at->second);
  flow_users_.erase(at);
  for (const std::uint64_t id : users) {
    const auto tx = client_.find(id);
    if (tx == client_.end()) continue;
    const bool waits = std::visit(
        [](const auto& m) {
          using State = typename std::decay_t<decltype(m)>::State;
          return m.state() == State::proceeding || m.state() < State::proceeding;
        },
        tx->second.machine);
    if (waits) fail_client(id, 503);
  }
  for (const std::uint64_t id : users) {
    if (Session* s = find(SessionId{id})) on_session_flow_failed(*s);
  }
}

/// A dialog outlives its connection when the peer has an address where it can be called back.
void Endpoint::Impl::on_session_flow_failed(Session& s) {
  if (s.phase == Phase::ending && !s.bye_wanted) return drop(s);
  if (s.phase == Phase::talking && s.flow.connection != 0 && !s.behind_nat) {
    if (const auto flow = flow_to_target(s.dialog, s.flow)) return move_to_flow(s, *flow);
  }
  close_server(s.peer_invite);
  tell(s, LostIn{s.id, LostIn::Why::transport_failed});
  drop(s);
}

}  // namespace daedap::sip
