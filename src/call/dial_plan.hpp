#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "call/trunk.hpp"

namespace daedap::call {

/// Writes telephone numbers in one form. For country codes whose trunk prefix is 0 (Korea, Japan, most
/// of Europe); others can be dialled in international form.
/// spec  ITU-T E.164 (at most 15 digits), RFC 3966 (visual separators)
class Numbers {
 public:
  /// "82"; empty = numbers stay as they are dialled.
  explicit Numbers(std::string country_code) : country_code_(std::move(country_code)) {}

  /// "010-1234-5678", "+82 10 1234 5678", "0082...", "tel:..." -> "+821012345678". Short internal numbers
  /// (no 0 or + in front, or fewer than seven digits) and what is no number come back without separators.
  std::string e164(std::string_view dialled) const;
  /// "+821012345678" -> "01012345678"; other countries as "00" and the number; what is not E.164 as it is.
  std::string national(std::string_view number) const;

 private:
  std::string country_code_;
};

/// A number without "tel:", "sip:", parameters, and the separators that people write; other text stays.
std::string plain_number(std::string_view dialled);

/// Whether a pattern as in DialRule takes the whole number.
bool dial_pattern_matches(std::string_view pattern, std::string_view number);
/// What is wrong with a pattern, nullptr when nothing is.
const char* dial_pattern_fault(std::string_view pattern);

/// Where a dialled number goes.
struct DialResult {
  const Trunk* trunk = nullptr;
  std::string number;     // after strip and prefix: goes into the request URI
  std::string caller_id;  // shown as the caller
};

/// The dial rules with their trunks.
class DialPlan {
 public:
  DialPlan() = default;
  DialPlan(std::vector<DialRule> rules, std::vector<Trunk> trunks);

  /// The rule with the most specific pattern that takes the number; among equals the first in the file.
  /// More specific = more literal digits, then more digits in all, then no open end. A rule may be written
  /// for the number as dialled, or in its E.164 or national form: the first form that any rule takes counts.
  std::optional<DialResult> find(std::string_view dialled, std::string_view operator_id) const;
  const std::vector<Trunk>& trunks() const { return trunks_; }

 private:
  /// The best rule whose trunk is there; `by` is that trunk.
  const DialRule* best(std::string_view number, const Trunk*& by) const;
  const Trunk* trunk(std::string_view name) const;

  std::vector<DialRule> rules_;
  std::vector<Trunk> trunks_;
};

}  // namespace daedap::call
