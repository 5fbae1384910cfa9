#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "call/operators.hpp"

namespace daedap::store {

class Database;

/// The operators on disk. Also used directly by the command line, beside a running server.
/// thread  the database's
class OperatorTable {
 public:
  explicit OperatorTable(Database& db) : db_(db) {}
  /// By id.
  base::Result<std::vector<call::Operator>> list();
  /// errors  Code::not_found
  base::Result<call::Operator> find(std::string_view id);
  /// errors  Code::bad_state: exists already; Code::bad_syntax: the id is no user part
  base::Result<void> add(const call::Operator& one);
  /// errors  Code::not_found
  base::Result<void> remove(std::string_view id);
  /// Without `away_message` the one before stays. errors  Code::not_found
  base::Result<void> set_status(std::string_view id, call::OperatorStatus status,
                                const std::optional<std::string>& away_message);

 private:
  Database& db_;
};

}  // namespace daedap::store
