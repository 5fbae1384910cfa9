#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "call/cause.hpp"
#include "call/dial_plan.hpp"
#include "call/directory.hpp"
#include "call/operators.hpp"
#include "call/queue.hpp"

namespace daedap::call {

/// Who places a call, as far as it was proven.
struct Caller {
  enum class Kind : std::uint8_t { stranger, op, trunk };
  Kind kind = Kind::stranger;
  std::string operator_id;  // of an authenticated operator
  std::string trunk;
};

/// What becomes of a call.
struct Decision {
  enum class Kind : std::uint8_t { ai, wait, reject, ring, dial, queue };
  Kind kind = Kind::reject;
  const Operator* callee = nullptr;  // null: reject, dial, queue
  bool away = false;                 // the AI answers because the operator is away
  std::optional<Miss> miss;          // ... or because of this
  Cause cause = Cause::not_found;    // of a rejection
  const char* event = nullptr;       // the log event that belongs to it, nullptr = none
  std::string why;                   // for that event
  std::optional<DialResult> dial;
  const Queue* queue = nullptr;
};

/// Who takes a call for `number`. Pure: no state, no time. Pointers are the directory's.
Decision route(const Directory& directory, std::string_view number, const Caller& caller);
/// The operator did not take the call: what was configured for that, an operator's own rule first.
/// `hops` counts forwards; over three the call is refused.
Decision route_miss(const Directory& directory, const Operator& callee, Miss miss, const Caller& caller, int hops = 0);
/// Whether the AI takes a call for `callee` now, must start first, or cannot.
Decision ask_ai(const Directory& directory, const Operator& callee);

}  // namespace daedap::call
