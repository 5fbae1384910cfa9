// From a SIP event or a command to the call that it concerns.
#include <algorithm>
#include <utility>

#include "call/party.hpp"
#include "call/switchboard_impl.hpp"

namespace daedap::call {

void Switchboard::Impl::on(sip::InviteIn& in, base::Time now) {
  now_ = now;
  const auto caller = identify(in, now);
  if (!caller) return;
  if (in.replaces) {
    if (!replaces(in, *caller, now)) around_.sip.reject(in.session, 481, now);
    return sweep_all();
  }
  auto made = std::make_unique<Call>(Place{directory_, around_, events_, sessions_, over_}, in, *caller, called(in, *caller),
                                     emptiest_phase(), now);
  Call& call = *made;
  calls_.insert_or_assign(call.id(), std::move(made));
  phases_[call.phase()].push_back(&call);
  const Decision decision = route(directory_, call.callee(), *caller);
  call.follow(decision, now);
  if (decision.kind == Decision::Kind::queue) serve_queues(now);
  sweep_all();
}

/// A trunk is known by its address or our registration with it; who says to be an operator proves it.
std::optional<Caller> Switchboard::Impl::identify(const sip::InviteIn& in, base::Time now) {
  Caller caller;
  if (const Trunk* trunk = directory_.trunks.inbound(in.request, in.flow)) {
    caller.kind = Caller::Kind::trunk;
    caller.trunk = trunk->name;
    return caller;
  }
  if (around_.authenticator == nullptr) return caller;
  const std::string user = sip::Authenticator::user_of(in.request, true, around_.authenticator->realm());
  const std::string claimed = user.empty() ? party_of(in.request.header("From").value_or("")).number : user;
  const Operator* op = directory_.operators.find(claimed);
  if (user.empty() && (op == nullptr || op->ha1_md5.empty())) return caller;
  const sip::DigestSecret secret = op == nullptr ? sip::DigestSecret{} : sip::DigestSecret{op->ha1_md5, op->ha1_sha256};
  const auto verdict = around_.authenticator->check(in.request, true, op == nullptr ? nullptr : &secret, now);
  if (verdict == sip::Authenticator::Verdict::ok) {
    caller.kind = Caller::Kind::op;
    caller.operator_id = op->id;
    return caller;
  }
  const bool wrong = verdict == sip::Authenticator::Verdict::wrong;
  if (wrong) {
    around_.log.warn("sip_auth_failed", {{"method", "INVITE"}, {"source", in.flow.remote.ip_text()}});
    events_.push_back(AuthFailed{in.flow.remote});
  }
  const bool stale = verdict == sip::Authenticator::Verdict::stale;
  const std::string_view agent = in.request.header("User-Agent").value_or("");
  around_.sip.reject(in.session, 407, now, around_.authenticator->challenge(true, stale, agent, now));
  return std::nullopt;
}

/// The number that is called: of the request URI, or what a trunk's own rules make of it.
std::string Switchboard::Impl::called(const sip::InviteIn& in, const Caller& caller) const {
  const std::string number = party_of(in.request.request_uri).number;
  const Trunk* trunk = caller.kind == Caller::Kind::trunk ? directory_.trunks.find(caller.trunk) : nullptr;
  if (trunk == nullptr) return number;
  const std::string dialled = directory_.trunks.dialled(in.request);
  const std::string callee = Trunks::callee(*trunk, dialled, [this](const std::string& n) { return directory_.knows(n); });
  return callee.empty() ? dialled : callee;
}

bool Switchboard::Impl::replaces(const sip::InviteIn& in, const Caller& caller, base::Time now) {
  // Only people of ours may take a call's place: anybody else would listen in.
  if (caller.kind != Caller::Kind::op) return false;
  Call* call = find(*in.replaces);
  return call != nullptr && call->replace(*in.replaces, in, caller.operator_id, now);
}

void Switchboard::Impl::on(sip::OfferIn& in, base::Time now) {
  now_ = now;
  if (Call* call = find(in.session)) return call->on(in, now);
  around_.sip.refuse_offer(in.session, 481, now);
}

void Switchboard::Impl::on(sip::ReferIn& in, base::Time now) {
  now_ = now;
  Call* call = find(in.session);
  if (call == nullptr) return around_.sip.refuse_refer(in.session, 481, now);
  call->on(in, now);
  sweep_all();
}

void Switchboard::Impl::on(sip::Noticed& in, base::Time) { around_.log.debug(in.event, {{"detail", in.detail}}); }

bool Switchboard::Impl::hang_up(const std::string& call_id, Cause cause, base::Time now) {
  Call* call = find(call_id);
  if (call == nullptr || !call->running()) return false;
  call->end(cause, now);
  sweep_all();
  return true;
}

bool Switchboard::Impl::say(const std::string& call_id, const std::string& text, base::Time now) {
  Call* call = find(call_id);
  return call != nullptr && call->say(text, now);
}

base::Result<void> Switchboard::Impl::transfer(const std::string& call_id, const std::string& to, base::Time now) {
  Call* call = find(call_id);
  if (call == nullptr) return base::fail(base::Code::not_found, no_such_call, call_id);
  auto done = call->transfer(to, now);
  sweep_all();
  return done;
}

base::Result<void> Switchboard::Impl::takeover(const std::string& call_id, const std::string& operator_id, base::Time now) {
  Call* call = find(call_id);
  if (call == nullptr) return base::fail(base::Code::not_found, no_such_call, call_id);
  auto done = call->takeover(operator_id, now);
  sweep_all();
  return done;
}

void Switchboard::Impl::end_all(Cause cause, base::Time now) {
  for (auto& [id, call] : calls_) call->end(cause, now);
  sweep_all();
}

std::vector<Record> Switchboard::Impl::running() const {
  std::vector<Record> all;
  for (const auto& [id, call] : calls_)
    if (call->running()) all.push_back(call->record(now_));
  return all;
}

Call* Switchboard::Impl::find(sip::SessionId session) {
  const auto it = sessions_.find(session);
  return it == sessions_.end() ? nullptr : it->second;
}

Call* Switchboard::Impl::find(const std::string& call_id) {
  const auto it = calls_.find(call_id);
  return it == calls_.end() ? nullptr : it->second.get();
}

std::size_t Switchboard::Impl::held_by_ai() const {
  return static_cast<std::size_t>(std::ranges::count_if(calls_, [](const auto& one) { return one.second->with_ai(); }));
}

unsigned Switchboard::Impl::emptiest_phase() const {
  const auto least = std::ranges::min_element(phases_, {}, &std::vector<Call*>::size);
  return static_cast<unsigned>(least - phases_.begin());
}

void Switchboard::Impl::sweep_all() {
  for (Call* call : std::exchange(over_, {})) {
    std::erase(phases_[call->phase()], call);
    calls_.erase(std::string(call->id()));
  }
}

}  // namespace daedap::call
