#include "call/operators.hpp"

namespace daedap::call {

std::string_view name(OperatorStatus status) {
  switch (status) {
    case OperatorStatus::available: return "available";
    case OperatorStatus::away: return "away";
    case OperatorStatus::busy: return "busy";
    case OperatorStatus::offline: return "offline";
  }
  return "offline";
}

std::optional<OperatorStatus> operator_status(std::string_view text) {
  using enum OperatorStatus;
  for (const OperatorStatus status : {available, away, busy, offline})
    if (name(status) == text) return status;
  return std::nullopt;
}

std::string_view name(Miss miss) {
  switch (miss) {
    case Miss::no_answer: return "no_answer";
    case Miss::busy: return "busy";
    case Miss::declined: return "declined";
    case Miss::unregistered: return "unregistered";
  }
  return "no_answer";
}

std::string_view name(Fallback fallback) {
  switch (fallback) {
    case Fallback::ai: return "ai";
    case Fallback::reject: return "reject";
    case Fallback::forward: return "forward";
  }
  return "reject";
}

std::optional<Fallback> fallback(std::string_view text) {
  using enum Fallback;
  for (const Fallback one : {ai, reject, forward})
    if (name(one) == text) return one;
  return std::nullopt;
}

std::optional<Miss> miss(std::string_view text) {
  using enum Miss;
  for (const Miss one : {no_answer, busy, declined, unregistered})
    if (name(one) == text) return one;
  return std::nullopt;
}

void OperatorChange::apply(Operator& to) const {
  const auto put = [](const auto& from, auto& place) {
    if (from) place = *from;
  };
  put(name, to.name);
  put(language, to.language);
  put(voice, to.voice);
  put(greeting, to.greeting);
  put(forward_to, to.forward_to);
  for (std::size_t i = 0; i < miss_count; ++i) put(on_miss[i], to.on_miss[i]);
}

void Operators::replace(std::vector<Operator> all) {
  all_.clear();
  for (Operator& one : all) {
    std::string id = one.id;
    all_.insert_or_assign(std::move(id), std::move(one));
  }
}

const Operator* Operators::find(std::string_view id) const {
  const auto it = all_.find(id);
  return it == all_.end() ? nullptr : &it->second;
}

}  // namespace daedap::call
