#include "store/database.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "store/schema.hpp"
#include "store/temp_folder.hpp"

namespace daedap::store {
namespace {

using test::TempFolder;

TEST(Database, CreatesItsTablesAndOpensAgain) {
  TempFolder folder;
  ASSERT_TRUE(Database::open(folder / "a.db"));
  auto db = Database::open(folder / "a.db");
  ASSERT_TRUE(db) << db.error().message();
  Query version(*db, "PRAGMA user_version");
  ASSERT_TRUE(version.step());
  EXPECT_EQ(version.integer(0), schema_version());
}

TEST(Database, SaysClearlyThatAFileIsDamaged) {
  TempFolder folder;
  test::write_file(folder / "a.db", std::string(4096, 'x'));
  const auto db = Database::open(folder / "a.db");
  ASSERT_FALSE(db);
  EXPECT_EQ(db.error().code, base::Code::bad_syntax);
  EXPECT_NE(db.error().message().find("a.db"), std::string::npos);
  EXPECT_NE(db.error().message().find("damaged"), std::string::npos);
}

TEST(Database, RefusesTheFileOfANewerVersion) {
  TempFolder folder;
  {
    auto db = Database::open(folder / "a.db");
    ASSERT_TRUE(db->exec("PRAGMA user_version=999"));
  }
  const auto db = Database::open(folder / "a.db");
  ASSERT_FALSE(db);
  EXPECT_EQ(db.error().code, base::Code::unsupported);
}

TEST(Database, SaysWhereItCannotOpen) {
  const auto db = Database::open("/nowhere/at/all.db");
  ASSERT_FALSE(db);
  EXPECT_EQ(db.error().code, base::Code::io);
}

// Statements are kept: the next query of the same words must know nothing of the one before.
TEST(Query, BeginsAnewWhereTheSameWordsWereUsed) {
  TempFolder folder;
  auto db = Database::open(folder / "a.db");
  const auto ask = [&](std::optional<int> value) {
    Query q(*db, "SELECT ?1, ?2", value);
    EXPECT_TRUE(q.step());
    EXPECT_TRUE(q.is_null(1));
    return q.maybe_integer(0);
  };
  EXPECT_EQ(ask(7), 7);
  EXPECT_EQ(ask(std::nullopt), std::nullopt);
  EXPECT_EQ(ask(8), 8);
}

TEST(Query, MayRunInsideOneOfTheSameWords) {
  TempFolder folder;
  auto db = Database::open(folder / "a.db");
  const char* sql = "SELECT value FROM (SELECT 1 AS value UNION SELECT 2) ORDER BY value";
  std::vector<std::int64_t> seen;
  Query outer(*db, sql);
  while (outer.step()) {
    Query inner(*db, sql);
    while (inner.step()) seen.push_back(10 * outer.integer(0) + inner.integer(0));
  }
  EXPECT_EQ(seen, (std::vector<std::int64_t>{11, 12, 21, 22}));
}

TEST(Query, WorksAgainAfterItFailed) {
  TempFolder folder;
  auto db = Database::open(folder / "a.db");
  ASSERT_TRUE(db->exec("CREATE TABLE one (value INTEGER PRIMARY KEY)"));
  const auto insert = [&](int value) { return Query(*db, "INSERT INTO one VALUES (?)", value).run(); };
  EXPECT_TRUE(insert(1));
  EXPECT_FALSE(insert(1));
  EXPECT_TRUE(insert(2));
  EXPECT_FALSE(Query(*db, "SELECT nonsense FROM nowhere").run());
  EXPECT_FALSE(Query(*db, "SELECT nonsense FROM nowhere").run());
}

TEST(Query, SeesATableThatWasChangedSinceItWasRead) {
  TempFolder folder;
  auto db = Database::open(folder / "a.db");
  auto other = Database::open(folder / "a.db");
  ASSERT_TRUE(db->exec("CREATE TABLE one (value INTEGER)"));
  EXPECT_TRUE(Query(*db, "INSERT INTO one VALUES (1)").run());
  ASSERT_TRUE(other->exec("DROP TABLE one; CREATE TABLE one (value INTEGER, more INTEGER)"));
  EXPECT_FALSE(Query(*db, "INSERT INTO one VALUES (1)").run()) << "two columns now";
  EXPECT_TRUE(Query(*db, "INSERT INTO one VALUES (1, 2)").run());
}

TEST(Database, ClosesWithMoreStatementsThanItKeeps) {
  TempFolder folder;
  {
    auto db = Database::open(folder / "a.db");
    for (int i = 0; i < 200; ++i) EXPECT_TRUE(Query(*db, ("SELECT " + std::to_string(i)).c_str()).run());
    Database moved = std::move(*db);
    EXPECT_TRUE(Query(moved, "SELECT 1").run());
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "a.db-wal")) << "the last connection takes it with it";
}

TEST(Query, KeepsNullsRealsAndKoreanAndRepairsBadUtf8) {
  TempFolder folder;
  auto db = Database::open(folder / "a.db");
  Query q(*db, "SELECT ?, ?, ?, ?, ?", 7, 0.5, "안녕", std::optional<double>{}, std::string("a\xff"));
  ASSERT_TRUE(q.step());
  EXPECT_EQ(q.integer(0), 7);
  EXPECT_EQ(q.real(1), 0.5);
  EXPECT_EQ(q.text(2), "안녕");
  EXPECT_FALSE(q.maybe_real(3));
  EXPECT_EQ(q.text(4), "a\xEF\xBF\xBD");
}

TEST(Query, KeepsItsErrorAndGivesNoRows) {
  TempFolder folder;
  auto db = Database::open(folder / "a.db");
  Query q(*db, "SELECT * FROM no_such_table");
  EXPECT_FALSE(q.step());
  EXPECT_FALSE(q.result());
}

TEST(Transaction, IsUndoneUnlessCommitted) {
  TempFolder folder;
  auto db = Database::open(folder / "a.db");
  {
    Transaction transaction(*db);
    ASSERT_TRUE(Query(*db, "INSERT INTO users VALUES ('a', 'b', 'admin')").run());
  }
  Query q(*db, "SELECT count(*) FROM users");
  ASSERT_TRUE(q.step());
  EXPECT_EQ(q.integer(0), 0);
}

}  // namespace
}  // namespace daedap::store
