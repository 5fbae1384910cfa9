#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "call/record.hpp"

namespace daedap::call {

/// How the person with whom the AI connects a caller learns what the call is about.
enum class TransferSummary : std::uint8_t {
  off,
  displayed,  // Subject of the INVITE
  spoken,     // said to him alone before the two are joined
  both,
};
constexpr bool displays(TransferSummary s) { return s == TransferSummary::displayed || s == TransferSummary::both; }
constexpr bool speaks(TransferSummary s) { return s == TransferSummary::spoken || s == TransferSummary::both; }

/// What is known of a caller whom the AI hands over.
struct Handover {
  std::vector<std::string> said;             // by the caller, in order
  std::string summary;                       // the model's own, "" = none; then it stands for `said`
  std::map<std::string, std::string> facts;  // what was asked and given: customer_number -> 1234
};

/// `arguments` of the transfer: "to" is whom it goes to, "summary" the model's words, the others are facts.
Handover handover_of(const std::vector<Turn>& turns, const std::map<std::string, std::string>& arguments);

/// One line for a telephone's display: the caller's latest words, then the facts. At most 200 bytes, no
/// control characters, whatever was said.
std::string shown(const Handover& handover);

/// Two to four short sentences in `language` ("ko", else English). The words that asked for a person are
/// left out when there are others.
std::string spoken(const Handover& handover, std::string_view language);

}  // namespace daedap::call
