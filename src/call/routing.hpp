#pragma once

#include <string>
#include <string_view>

#include "call/cause.hpp"
#include "call/operators.hpp"
#include "call/switchboard.hpp"

namespace daedap::call {

/// What becomes of an INVITE.
struct Decision {
  enum class Kind { ai, wait, reject };
  Kind kind = Kind::reject;
  const Operator* callee = nullptr;  // null only when there is no such operator
  bool away = false;                 // the AI answers because the operator is away
  Cause cause = Cause::not_found;    // of a rejection
  const char* event = nullptr;       // the log event that belongs to it, nullptr = none
  std::string why;                   // for that event
};

/// All that a decision looks at.
struct Question {
  std::string_view callee;      // user part of the request URI
  const Operators& operators;
  const Settings& settings;
  const AiState& ai;
  std::size_t running = 0;      // calls that the AI holds now
};

/// Who answers this call. Pure: no state, no time.
Decision route(const Question& question);

/// Whether the AI takes a call for `callee` now, must start first, or cannot.
Decision ask_ai(const Question& question, const Operator& callee);

}  // namespace daedap::call
