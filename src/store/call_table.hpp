#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "call/switchboard.hpp"

namespace daedap::store {

class Database;

/// The wall clock, in milliseconds since 1970 (UTC).
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// A call on disk. `cursor` orders calls by their start; it is what pages are asked by.
struct StoredCall {
  call::Record record;
  WallTime started;
  std::optional<WallTime> ended;  // none while it runs
  std::int64_t cursor = 0;
};

/// Calls, their turns and messages. thread  the database's
class CallTable {
 public:
  explicit CallTable(Database& db) : db_(db) {}
  base::Result<void> start(const call::Record& record, WallTime now);
  base::Result<void> answer(const call::CallAnswered& answered);
  base::Result<void> add_turn(std::string_view call_id, const call::Turn& turn);
  /// Closes the row with what the record says; turns that are missing on disk are added.
  base::Result<void> end(const call::Record& record, WallTime now);
  /// Newest first, at most `limit`, older than the cursor `before` if given. Without turns.
  base::Result<std::vector<StoredCall>> page(std::size_t limit, std::optional<std::int64_t> before);
  /// With turns and messages. errors  Code::not_found
  base::Result<StoredCall> find(std::string_view call_id);
  /// Closes the rows that a crash left open with the cause `killed`; gives them, with turns.
  base::Result<std::vector<StoredCall>> close_open(WallTime now);

 private:
  base::Result<void> read_turns(StoredCall& call);
  base::Result<void> read_messages(StoredCall& call);
  Database& db_;
};

}  // namespace daedap::store
