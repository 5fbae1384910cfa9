#pragma once

#include <optional>
#include <string_view>

namespace daedap::call {

/// The key of an INFO request: `application/dtmf-relay` ("Signal=5\r\nDuration=160") or
/// `application/dtmf` ("5"). nullopt when it is neither or names no key (0-9 * # A-D).
std::optional<char> digit_of_info(std::string_view content_type, std::string_view body);

}  // namespace daedap::call
