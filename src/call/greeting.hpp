#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "call/operators.hpp"
#include "call/switchboard.hpp"

namespace daedap::call {

/// What a caller of `callee` hears first: the operator's own greeting or the configured one of the
/// operator's language, `{operator}` filled in, then the away message as a sentence of its own.
std::string greeting_for(const Operator& callee, const Settings& settings);

/// Said when the assistant wants to connect the caller and nobody can be connected.
std::string_view transfer_refusal(std::string_view language);

/// Says a waiting caller's place in the line, counted from 1.
std::string queue_position(std::size_t position, std::string_view language);
/// Places that are said as a number; behind them only that many wait.
inline constexpr std::size_t last_position_said = 9;

/// The template of the settings with everything that is this operator's and this call's filled in.
speech::Settings conversation_for(const Operator& callee, const Settings& settings, const std::string& call_id);

}  // namespace daedap::call
