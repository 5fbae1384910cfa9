#pragma once

#include "api/json.hpp"
#include "server/config.hpp"
#include "server/doctor/finding.hpp"

namespace daedap::server {

/// Calls shorter than this tell nothing about their audio.
inline constexpr std::int64_t shortest_telling_ms = 2'000;

/// Which leg and which direction of these ended calls had no audio, or little, and what to do.
/// in  calls as GET /calls/{id} gives them; what is missing in one is taken as 0
Findings call_findings(const std::vector<api::Json>& calls, const Config& config);

}  // namespace daedap::server
