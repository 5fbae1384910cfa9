#include "store/database.hpp"

#include <gtest/gtest.h>

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
