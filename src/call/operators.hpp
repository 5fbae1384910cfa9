#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daedap::call {

enum class OperatorStatus { available, away, busy, offline };
std::string_view name(OperatorStatus status);
std::optional<OperatorStatus> operator_status(std::string_view name);

/// What answers when the operator is not away (issue: bridging comes later).
enum class Unavailable { reject, ai };

/// One operator as the store keeps it.
struct Operator {
  std::string id;             // user part of the SIP address: "1001"
  std::string name;           // spoken name: "김지원"
  std::string language = "ko";
  std::string voice;          // empty = the engine's default
  OperatorStatus status = OperatorStatus::offline;
  std::string away_message;   // spoken after the greeting
  std::string greeting;       // overrides the configured one; may hold {operator}
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
