#pragma once

#include "base/result.hpp"

namespace daedap::store {

class Database;

/// The version of the tables that this program writes (SQLite's user_version).
int schema_version();
/// Brings the tables to `schema_version`, step by step, in one transaction.
/// errors  Code::unsupported: written by a newer version; Code::bad_syntax: damaged, or not ours
base::Result<void> migrate(Database& db);

}  // namespace daedap::store
