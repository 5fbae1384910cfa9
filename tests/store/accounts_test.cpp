#include "store/accounts.hpp"

#include <gtest/gtest.h>

#include "store/database.hpp"
#include "store/temp_folder.hpp"

namespace daedap::store {
namespace {

class AccountsTest : public testing::Test {
 protected:
  test::TempFolder folder;
  Database db = std::move(*Database::open(folder / "a.db"));
};

TEST(Password, MatchesOnlyItself) {
  const auto hash = hash_password("correct horse");
  ASSERT_TRUE(hash);
  EXPECT_TRUE(hash->starts_with("$argon2id$"));
  EXPECT_TRUE(password_matches(*hash, "correct horse"));
  EXPECT_FALSE(password_matches(*hash, "correct hors"));
  EXPECT_FALSE(password_matches("no hash at all", "x"));
  EXPECT_FALSE(password_matches(nobodys_hash(), ""));
}

TEST(Password, RefusesTooShortAndTooLong) {
  EXPECT_EQ(hash_password("1234567").error().code, base::Code::bad_syntax);
  EXPECT_EQ(hash_password(std::string(1025, 'a')).error().code, base::Code::bad_syntax);
}

TEST_F(AccountsTest, KeepsUsers) {
  UserTable users(db);
  ASSERT_TRUE(users.add("admin", "h1", "admin"));
  EXPECT_EQ(users.add("admin", "h2", "admin").error().code, base::Code::bad_state);
  EXPECT_EQ(users.add("x", "h", "root").error().code, base::Code::bad_syntax);
  EXPECT_EQ(users.add("a:b", "h", "admin").error().code, base::Code::bad_syntax);
  EXPECT_EQ(users.find("admin")->password_hash, "h1");
  ASSERT_TRUE(users.set_password("admin", "h3"));
  EXPECT_EQ(users.find("admin")->password_hash, "h3");
  EXPECT_EQ(users.list()->size(), 1U);
  ASSERT_TRUE(users.remove("admin"));
  EXPECT_EQ(users.find("admin").error().code, base::Code::not_found);
}

TEST_F(AccountsTest, KeepsOnlyAHashOfEachToken) {
  TokenTable tokens(db);
  const auto token = tokens.add("ci", "viewer");
  ASSERT_TRUE(token);
  const auto account = tokens.find(*token);
  ASSERT_TRUE(account);
  EXPECT_EQ(account->name, "ci");
  EXPECT_EQ(account->role, "viewer");
  EXPECT_EQ(tokens.find(*token + "x").error().code, base::Code::denied);
  EXPECT_NE(*tokens.add("other", "viewer"), *token);
  ASSERT_TRUE(db.exec("PRAGMA wal_checkpoint(TRUNCATE)"));
  EXPECT_EQ(test::read_file(folder / "a.db").find(token->substr(7)), std::string::npos);
  ASSERT_TRUE(tokens.remove("ci"));
  EXPECT_EQ(tokens.find(*token).error().code, base::Code::denied);
}

}  // namespace
}  // namespace daedap::store
