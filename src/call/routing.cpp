#include "call/routing.hpp"

namespace daedap::call {
namespace {

Decision reject(const Operator* callee, Cause cause, const char* event = nullptr, std::string why = {}) {
  return {Decision::Kind::reject, callee, false, cause, event, std::move(why)};
}

bool ai_stands_in(const Operator& callee, const Settings& settings) {
  switch (callee.status) {
    case OperatorStatus::away: return true;
    case OperatorStatus::available: return settings.when_available == Unavailable::ai;
    case OperatorStatus::busy: return settings.when_busy == Unavailable::ai;
    case OperatorStatus::offline: return settings.when_offline == Unavailable::ai;
  }
  return false;
}

}  // namespace

Decision route(const Question& q) {
  const Operator* callee = q.operators.find(q.callee);
  if (callee == nullptr) return reject(nullptr, Cause::not_found);
  if (!ai_stands_in(*callee, q.settings)) return reject(callee, Cause::operator_unavailable);
  return ask_ai(q, *callee);
}

Decision ask_ai(const Question& q, const Operator& callee) {
  const auto unavailable = [&](std::string why) {
    return reject(&callee, Cause::ai_unavailable, "ai_orchestrator_not_available", std::move(why));
  };
  const std::string& why = q.ai.why;
  if (q.ai.state == AiState::State::absent)
    return reject(&callee, Cause::ai_unavailable, "ai_orchestrator_not_provided", why.empty() ? "no engines are configured" : why);
  if (q.ai.state == AiState::State::failed) return unavailable(why.empty() ? "engines failed" : why);
  if (q.running >= q.ai.max_calls) return unavailable("full: " + std::to_string(q.running) + " calls");
  Decision decision{.kind = Decision::Kind::ai, .callee = &callee, .away = callee.status == OperatorStatus::away};
  if (q.ai.state == AiState::State::ready) return decision;
  if (q.settings.ai_wait <= q.settings.ai_wait.zero()) return unavailable(why.empty() ? "engines are starting" : why);
  decision.kind = Decision::Kind::wait;
  decision.event = "waiting_for_ai_initialization";
  decision.why = why;
  return decision;
}

}  // namespace daedap::call
