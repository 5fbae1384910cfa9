#include "store/schema.hpp"

#include <array>
#include <string>

#include "store/database.hpp"

namespace daedap::store {

namespace {

// Step i brings version i to i + 1. A step that was released is never changed.
constexpr std::array<const char*, 3> main_schema = {
    R"(
CREATE TABLE operators (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, language TEXT NOT NULL, voice TEXT NOT NULL,
  status TEXT NOT NULL, away_message TEXT NOT NULL, greeting TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE users (
  name TEXT PRIMARY KEY, password_hash TEXT NOT NULL, role TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT, label TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, role TEXT NOT NULL
);
CREATE TABLE calls (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, call_id TEXT NOT NULL UNIQUE, sip_call_id TEXT NOT NULL,
  shard INTEGER NOT NULL, caller TEXT NOT NULL, caller_name TEXT NOT NULL, callee TEXT NOT NULL,
  operator_id TEXT NOT NULL, language TEXT NOT NULL, answered_by TEXT NOT NULL,
  started_ms INTEGER NOT NULL, ended_ms INTEGER, setup_ms INTEGER, duration_ms INTEGER NOT NULL,
  cause TEXT, status INTEGER NOT NULL, digits TEXT NOT NULL, media TEXT NOT NULL, recorded INTEGER NOT NULL
);
CREATE INDEX calls_open ON calls (ended_ms) WHERE ended_ms IS NULL;
CREATE TABLE turns (
  call_seq INTEGER NOT NULL REFERENCES calls (seq) ON DELETE CASCADE, position INTEGER NOT NULL,
  speaker TEXT NOT NULL, text TEXT NOT NULL, planned TEXT NOT NULL, start_ms INTEGER NOT NULL,
  end_ms INTEGER NOT NULL, intent TEXT NOT NULL, confidence REAL NOT NULL, interrupted INTEGER NOT NULL,
  marks TEXT NOT NULL, response_ms REAL, own_ms REAL, PRIMARY KEY (call_seq, position)
) WITHOUT ROWID;
CREATE TABLE messages (
  call_seq INTEGER NOT NULL REFERENCES calls (seq) ON DELETE CASCADE, position INTEGER NOT NULL,
  start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, ended_by TEXT NOT NULL,
  PRIMARY KEY (call_seq, position)
) WITHOUT ROWID;
)",
    // SIP accounts, what happens when nobody takes a call, and who was tried.
    R"(
ALTER TABLE operators ADD COLUMN realm TEXT NOT NULL DEFAULT '';
ALTER TABLE operators ADD COLUMN ha1_md5 TEXT NOT NULL DEFAULT '';
ALTER TABLE operators ADD COLUMN ha1_sha256 TEXT NOT NULL DEFAULT '';
ALTER TABLE operators ADD COLUMN on_no_answer TEXT;
ALTER TABLE operators ADD COLUMN on_busy TEXT;
ALTER TABLE operators ADD COLUMN on_declined TEXT;
ALTER TABLE operators ADD COLUMN on_unregistered TEXT;
ALTER TABLE operators ADD COLUMN forward_to TEXT NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN path TEXT NOT NULL DEFAULT '[]';
ALTER TABLE calls ADD COLUMN legs TEXT NOT NULL DEFAULT '[]';
)",
    // Who talked how much.
    R"(
ALTER TABLE calls ADD COLUMN conversation TEXT NOT NULL DEFAULT '{}';
)",
};

base::Result<int> version_of(Database& db) {
  Query query(db, "PRAGMA user_version");
  const int version = query.step() ? static_cast<int>(query.integer(0)) : 0;
  if (auto read = query.result(); !read) return tl::unexpected(std::move(read.error()));
  return version;
}

}  // namespace

Steps main_steps() { return main_schema; }
int schema_version() { return static_cast<int>(main_schema.size()); }

base::Result<void> migrate(Database& db, Steps steps) {
  const int newest = static_cast<int>(steps.size());
  auto version = version_of(db);
  if (!version) return tl::unexpected(std::move(version.error()));
  if (*version == newest) return {};
  // Another process may be doing the same: ask again once we hold the lock.
  Transaction transaction(db);
  version = version_of(db);
  if (!version) return tl::unexpected(std::move(version.error()));
  if (*version > newest) {
    return base::fail(base::Code::unsupported, "the database was written by a newer version",
                      "its tables have version " + std::to_string(*version));
  }
  for (int i = *version; i < newest; ++i) {
    if (auto done = db.exec(steps[static_cast<std::size_t>(i)]); !done) return done;
  }
  const std::string stamp = "PRAGMA user_version=" + std::to_string(newest);
  if (auto done = db.exec(stamp.c_str()); !done) return done;
  return transaction.commit();
}

}  // namespace daedap::store
