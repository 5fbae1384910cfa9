#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "api/backend.hpp"
#include "base/result.hpp"

namespace daedap::api {

using Json = nlohmann::ordered_json;

/// "2026-01-29T12:00:00.000Z". in  milliseconds since 1970, UTC
std::string wall_text(std::int64_t unix_ms);

/// Never the secrets of the account. `current_call` empty = none.
Json json_of(const call::Operator& op, const std::vector<Contact>& contacts, const std::string& current_call);
Json json_of(const SipAccount& account);
Json json_of(const call::TrunkState& trunk);
/// The list's line: without turns.
Json summary_of(const CallEntry& entry);
/// Everything: turns with their latency marks, messages, media figures.
Json json_of(const CallEntry& entry);
/// {"error":{"code","message","detail"}}
Json json_of(const base::Error& error);

/// A JSON object of at most 1 MB and 16 levels. errors  bad_syntax
base::Result<Json> parse_object(std::string_view body);
/// A string member; absent and not required gives "". errors  bad_syntax naming the key
base::Result<std::string> text_member(const Json& object, const char* key, bool required, std::size_t longest);

/// A string member that may be absent: none then. errors  bad_syntax naming the key
base::Result<std::optional<std::string>> maybe_text(const Json& object, const char* key, std::size_t longest);
/// "on_miss": {"busy": "reject", "declined": null}: null = as configured. Also name, language, voice,
/// greeting, forward_to. errors  bad_syntax naming the member, unknown ones too
base::Result<call::OperatorChange> operator_change(const Json& object);

/// The status of an answer that tells `error`.
int http_status(const base::Error& error);

}  // namespace daedap::api
