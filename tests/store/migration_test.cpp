#include <gtest/gtest.h>
#include <sqlite3.h>

#include "store/call_table.hpp"
#include "store/database.hpp"
#include "store/operator_table.hpp"
#include "store/schema.hpp"
#include "store/temp_folder.hpp"

namespace daedap::store {
namespace {

// The tables of version 1 as they were released, with one operator and two calls in them.
constexpr char version_1[] = R"(CREATE TABLE operators (
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

INSERT INTO operators VALUES ('1001', '김지원', 'ko', 'ko+f3', 'away', '회의 중입니다.', '');
INSERT INTO users VALUES ('admin', 'hash', 'admin');
INSERT INTO calls VALUES (1, 'a', 'sip-a', 0, '+821012345678', '', '1001', '1001', 'ko', 'ai', 1769688000000,
  1769688060000, 40, 60000, 'goodbye', 200, '["1"]', '{"packets_sent":3000}', 1);
INSERT INTO calls VALUES (2, 'b', 'sip-b', 0, '', '', '1001', '1001', 'ko', '', 1769688000000,
  NULL, NULL, 0, NULL, 0, '[]', '{}', 0);
INSERT INTO turns VALUES (1, 0, 'agent', '안녕하세요', '', 0, 900, '', 1.0, 0, '{}', NULL, NULL);
PRAGMA user_version=1;
)";

class Migration : public testing::Test {
 protected:
  void SetUp() override {
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &raw), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(raw, version_1, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(raw);
    sqlite3_close(raw);
  }
  test::TempFolder folder;
  std::filesystem::path file = folder / "daedap.db";
};

TEST_F(Migration, KeepsOperatorsOfVersionOneWithoutAnAccount) {
  auto db = Database::open(file);
  ASSERT_TRUE(db) << db.error().message();
  const auto one = OperatorTable(*db).find("1001");
  ASSERT_TRUE(one) << one.error().message();
  EXPECT_EQ(one->name, "김지원");
  EXPECT_EQ(one->voice, "ko+f3");
  EXPECT_EQ(one->status, call::OperatorStatus::away);
  EXPECT_EQ(one->away_message, "회의 중입니다.");
  EXPECT_EQ(one->ha1_md5 + one->ha1_sha256 + one->realm + one->forward_to, "");
  for (const auto& policy : one->on_miss) EXPECT_FALSE(policy);
}

TEST_F(Migration, KeepsCallsOfVersionOneWithTheirTurns) {
  auto db = Database::open(file);
  ASSERT_TRUE(db) << db.error().message();
  const auto call = CallTable(*db).find("a");
  ASSERT_TRUE(call) << call.error().message();
  EXPECT_EQ(call->record.answered_by, "ai");
  EXPECT_EQ(call->record.media.packets_sent, 3000U);
  EXPECT_EQ(call->record.digits, std::vector<std::string>{"1"});
  EXPECT_EQ(call->record.turns.size(), 1U);
  EXPECT_TRUE(call->record.path.empty());
  EXPECT_TRUE(call->record.legs.empty());
}

TEST_F(Migration, ClosesACallThatVersionOneLeftOpen) {
  auto db = Database::open(file);
  ASSERT_TRUE(db) << db.error().message();
  const auto closed = CallTable(*db).close_open(WallTime{std::chrono::milliseconds{1'769'700'000'000}});
  ASSERT_TRUE(closed) << closed.error().message();
  ASSERT_EQ(closed->size(), 1U);
  EXPECT_EQ(closed->front().record.call_id, "b");
}

TEST_F(Migration, IsDoneOnceAndStampedWithTheVersion) {
  ASSERT_TRUE(Database::open(file));
  auto db = Database::open(file);
  ASSERT_TRUE(db) << db.error().message();
  Query version(*db, "PRAGMA user_version");
  ASSERT_TRUE(version.step());
  EXPECT_EQ(version.integer(0), schema_version());
  EXPECT_GE(schema_version(), 2);
}

TEST_F(Migration, TablesAreTheSameAsThoseOfANewFile) {
  const auto columns = [](Database& db, const std::string& table) {
    std::vector<std::string> names;
    const std::string sql = "SELECT name || ' ' || type || ' ' || \"notnull\" FROM pragma_table_info('" + table + "')";
    Query q(db, sql.c_str());
    while (q.step()) names.push_back(q.text(0));
    return names;
  };
  auto old_file = Database::open(file);
  auto new_file = Database::open(folder / "new.db");
  ASSERT_TRUE(old_file && new_file);
  for (const char* table : {"operators", "calls", "turns", "messages", "users", "tokens"}) {
    EXPECT_EQ(columns(*old_file, table), columns(*new_file, table)) << table;
    EXPECT_FALSE(columns(*new_file, table).empty()) << table;
  }
}

}  // namespace
}  // namespace daedap::store
