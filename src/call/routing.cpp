#include "call/routing.hpp"

#include <utility>

namespace daedap::call {
namespace {

constexpr int most_hops = 3;

Decision reject(const Operator* callee, Cause cause, const char* event = nullptr, std::string why = {}) {
  return {.callee = callee, .cause = cause, .event = event, .why = std::move(why)};
}

Cause cause_of(Miss miss) {
  switch (miss) {
    case Miss::no_answer: return Cause::operator_no_answer;
    case Miss::busy: return Cause::operator_busy;
    case Miss::declined: return Cause::operator_declined;
    case Miss::unregistered: return Cause::operator_unavailable;
  }
  return Cause::operator_unavailable;
}

Decision route_operator(const Directory& d, const Operator& callee, const Caller& caller, int hops) {
  switch (callee.status) {
    case OperatorStatus::away: return ask_ai(d, callee);
    case OperatorStatus::busy: return route_miss(d, callee, Miss::busy, caller, hops);
    case OperatorStatus::offline: return route_miss(d, callee, Miss::unregistered, caller, hops);
    case OperatorStatus::available: break;
  }
  if (!d.contacts.registered(callee.id)) return route_miss(d, callee, Miss::unregistered, caller, hops);
  return {.kind = Decision::Kind::ring, .callee = &callee};
}

/// `may_dial`: a call may leave by a trunk for an operator of ours, or because one forwards it there.
Decision route_number(const Directory& d, std::string_view number, const Caller& caller, int hops, bool may_dial,
                      std::string_view on_behalf_of) {
  if (const Operator* callee = d.operators.find(number)) return route_operator(d, *callee, caller, hops);
  if (const Queue* queue = d.queue(number)) return {.kind = Decision::Kind::queue, .queue = queue};
  auto dial = d.dial_plan.find(number, on_behalf_of);
  if (!dial) return reject(nullptr, Cause::not_found);
  if (!may_dial) return reject(nullptr, Cause::forbidden, "call_refused", "only operators may call out");
  return {.kind = Decision::Kind::dial, .dial = std::move(dial)};
}

}  // namespace

Decision route(const Directory& d, std::string_view number, const Caller& caller) {
  return route_number(d, number, caller, 0, caller.kind == Caller::Kind::op, caller.operator_id);
}

Decision route_miss(const Directory& d, const Operator& callee, Miss miss, const Caller& caller, int hops) {
  const auto index = static_cast<std::size_t>(miss);
  const Fallback rule = callee.on_miss[index].value_or(d.settings.on_miss[index]);
  Decision decision = reject(&callee, cause_of(miss));
  if (rule == Fallback::ai) decision = ask_ai(d, callee);
  if (rule == Fallback::forward && !callee.forward_to.empty()) {
    if (hops >= most_hops) return reject(&callee, Cause::loop);
    decision = route_number(d, callee.forward_to, caller, hops + 1, true, callee.id);
  }
  decision.miss = miss;
  return decision;
}

Decision ask_ai(const Directory& d, const Operator& callee) {
  const auto unavailable = [&](std::string why) {
    return reject(&callee, Cause::ai_unavailable, "ai_orchestrator_not_available", std::move(why));
  };
  const std::string& why = d.ai.why;
  if (d.ai.state == AiState::State::absent)
    return reject(&callee, Cause::ai_unavailable, "ai_orchestrator_not_provided", why.empty() ? "no engines are configured" : why);
  if (d.ai.state == AiState::State::failed) return unavailable(why.empty() ? "engines failed" : why);
  const std::size_t held = d.ai_calls();
  if (held >= d.ai.max_calls) return unavailable("full: " + std::to_string(held) + " calls");
  Decision decision{.kind = Decision::Kind::ai, .callee = &callee, .away = callee.status == OperatorStatus::away};
  if (d.ai.state == AiState::State::ready) return decision;
  if (d.settings.ai_wait <= d.settings.ai_wait.zero()) return unavailable(why.empty() ? "engines are starting" : why);
  decision.kind = Decision::Kind::wait;
  decision.event = "waiting_for_ai_initialization";
  decision.why = why;
  return decision;
}

}  // namespace daedap::call
