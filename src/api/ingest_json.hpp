#pragma once

#include "api/json.hpp"

namespace daedap::api {

/// {"call_id","customer_number","agent_id","language","customer":{"address","port","ssrc"},"agent":{...}},
/// all of it optional. errors  bad_syntax naming the member, unknown ones too
base::Result<call::IngestOrder> ingest_order(const Json& object);
Json json_of(const IngestState& state);
/// What became of the packets, by the name of the metric's label.
std::vector<std::pair<const char*, std::uint64_t>> packet_counts(const IngestFigures& figures);

}  // namespace daedap::api
