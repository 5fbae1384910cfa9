#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daedap::call {

enum class OperatorStatus { available, away, busy, offline };
std::string_view name(OperatorStatus status);
std::optional<OperatorStatus> operator_status(std::string_view name);

/// Why an operator who was called did not take the call.
enum class Miss : std::uint8_t { no_answer, busy, declined, unregistered };
inline constexpr std::size_t miss_count = 4;
std::string_view name(Miss miss);

/// What the caller meets then.
enum class Fallback : std::uint8_t { ai, reject, forward };
std::string_view name(Fallback fallback);
std::optional<Fallback> fallback(std::string_view name);

/// One operator as the store keeps it.
struct Operator {
  std::string id;             // user part of the SIP address: "1001"
  std::string name;           // spoken name: "김지원"
  std::string language = "ko";
  std::string voice;          // empty = the engine's default
  OperatorStatus status = OperatorStatus::offline;
  std::string away_message;   // spoken after the greeting
  std::string greeting;       // overrides the configured one; may hold {operator}
  std::string ha1_md5, ha1_sha256;  // secrets of the SIP account (RFC 7616 §3.4.2), never shown; empty = no account
  std::array<std::optional<Fallback>, miss_count> on_miss;  // by Miss; none = as configured
  std::string forward_to;     // number or SIP URI for Fallback::forward
  std::string realm;          // which the secrets were made for

  friend bool operator==(const Operator&, const Operator&) = default;
};

std::optional<Miss> miss(std::string_view name);

/// What somebody wants to be different about an operator; what is not named stays.
struct OperatorChange {
  std::optional<std::string> name, language, voice, greeting, forward_to;
  /// By Miss: set = change it; an inner none = as configured.
  std::array<std::optional<std::optional<Fallback>>, miss_count> on_miss;

  void apply(Operator& to) const;
};

/// The shard's read-only copy of the operators, replaced as a whole when the store changes.
class Operators {
 public:
  void replace(std::vector<Operator> all);
  const Operator* find(std::string_view id) const;
  const std::map<std::string, Operator, std::less<>>& all() const { return all_; }

 private:
  std::map<std::string, Operator, std::less<>> all_;
};

}  // namespace daedap::call
