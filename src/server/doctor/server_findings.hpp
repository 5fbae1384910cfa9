#pragma once

#include <string_view>

#include "api/json.hpp"
#include "call/operators.hpp"
#include "server/config.hpp"
#include "server/doctor/finding.hpp"
#include "server/doctor/http_get.hpp"

namespace daedap::server {

/// From GET /readyz.
Finding ready_finding(const HttpAnswer& readyz);
/// From GET /api/v1/trunks and the configuration.
Findings trunk_findings(const HttpAnswer& trunks, const Config& config);
/// From GET /api/v1/operators: whose phones are there, and who stands in a queue without being anybody.
Findings registration_findings(const HttpAnswer& operators, const Config& config);
/// From the database: passwords that were made for another realm.
Findings account_findings(const std::vector<call::Operator>& operators, const Config& config);
/// From GET /metrics: whether the consumers of events are there and what waits for them.
Findings consumer_findings(std::string_view metrics, const Config& config);
/// From GET /metrics: banned addresses, stalls, recordings that were hurt.
Findings metric_findings(std::string_view metrics);
/// Sum of all samples of a metric in Prometheus text; 0 when there is none.
double metric(std::string_view text, std::string_view name);

}  // namespace daedap::server
