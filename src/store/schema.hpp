#pragma once

#include <span>

#include "base/result.hpp"

namespace daedap::store {

class Database;

/// How a file's tables came to be: step i brings version i (SQLite's user_version) to i + 1.
using Steps = std::span<const char* const>;

/// Of the main file: operators, users, calls.
Steps main_steps();
/// The version of the main file's tables that this program writes.
int schema_version();
/// Brings the tables to the version after the last step, in one transaction.
/// errors  Code::unsupported: written by a newer version; Code::bad_syntax: damaged, or not ours
base::Result<void> migrate(Database& db, Steps steps);

}  // namespace daedap::store
