#include "store/operator_table.hpp"

#include <gtest/gtest.h>

#include "store/database.hpp"
#include "store/temp_folder.hpp"

namespace daedap::store {
namespace {

class OperatorTableTest : public testing::Test {
 protected:
  test::TempFolder folder;
  Database db = std::move(*Database::open(folder / "a.db"));
  OperatorTable table{db};
  call::Operator jiwon{.id = "1001", .name = "김지원", .status = call::OperatorStatus::available};
};

TEST_F(OperatorTableTest, KeepsEveryField) {
  jiwon.language = "en";
  jiwon.voice = "v";
  jiwon.away_message = "회의 중입니다.";
  jiwon.greeting = "Hi {operator}";
  ASSERT_TRUE(table.add(jiwon));
  const auto found = table.find("1001");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "김지원");
  EXPECT_EQ(found->language, "en");
  EXPECT_EQ(found->voice, "v");
  EXPECT_EQ(found->status, call::OperatorStatus::available);
  EXPECT_EQ(found->away_message, "회의 중입니다.");
  EXPECT_EQ(found->greeting, "Hi {operator}");
}

TEST_F(OperatorTableTest, KeepsTheAccountAndWhatHappensToMissedCalls) {
  jiwon.realm = "daedap", jiwon.ha1_md5 = "md5", jiwon.ha1_sha256 = "sha256";
  jiwon.on_miss = {call::Fallback::forward, call::Fallback::reject, std::nullopt, call::Fallback::ai};
  jiwon.forward_to = "+82-2-1234-5678";
  ASSERT_TRUE(table.add(jiwon));
  EXPECT_EQ(*table.find("1001"), jiwon);
  EXPECT_EQ(table.list()->front(), jiwon);
}

TEST_F(OperatorTableTest, ReplacesTheSecretAndNothingElse) {
  ASSERT_TRUE(table.add(jiwon));
  ASSERT_TRUE(table.set_secret("1001", {"daedap", "a", "b"}));
  jiwon.realm = "daedap", jiwon.ha1_md5 = "a", jiwon.ha1_sha256 = "b";
  EXPECT_EQ(*table.find("1001"), jiwon);
  EXPECT_EQ(table.set_secret("9", {}).error().code, base::Code::not_found);
}

TEST_F(OperatorTableTest, ChangesWhatIsNamedAndKeepsTheRest) {
  jiwon.on_miss = {call::Fallback::reject, call::Fallback::reject, {}, {}};
  ASSERT_TRUE(table.add(jiwon));
  call::OperatorChange change;
  change.voice = "ko+f3";
  change.forward_to = "sip:desk@example.com";
  change.on_miss[0] = call::Fallback::forward;
  change.on_miss[1] = std::optional<call::Fallback>{};  // as configured again
  const auto now = table.change("1001", change);
  ASSERT_TRUE(now) << now.error().message();
  jiwon.voice = "ko+f3", jiwon.forward_to = "sip:desk@example.com";
  jiwon.on_miss = {call::Fallback::forward, std::nullopt, std::nullopt, std::nullopt};
  EXPECT_EQ(*now, jiwon);
  EXPECT_EQ(*table.find("1001"), jiwon);
  EXPECT_EQ(table.change("9", change).error().code, base::Code::not_found);
}

TEST_F(OperatorTableTest, ForwardingNeedsAPlaceAndLeavesTheRowWhenItHasNone) {
  ASSERT_TRUE(table.add(jiwon));
  call::OperatorChange change;
  change.name = "someone";
  change.on_miss[2] = call::Fallback::forward;
  EXPECT_EQ(table.change("1001", change).error().code, base::Code::bad_syntax);
  EXPECT_EQ(*table.find("1001"), jiwon);
  jiwon.id = "1002", jiwon.on_miss[0] = call::Fallback::forward;
  EXPECT_EQ(table.add(jiwon).error().code, base::Code::bad_syntax);
}

TEST(ForwardTarget, IsANumberOrASipUri) {
  for (const char* good : {"1002", "+82212345678", "sip:a@example.com;transport=tcp", "sips:a@b"}) EXPECT_TRUE(is_forward_target(good)) << good;
  for (const char* bad : {"", "a b", "sip:a@b\r\nVia: x", "sip:<a@b>", "tel:1", "a@b", "김"}) EXPECT_FALSE(is_forward_target(bad)) << bad;
  EXPECT_FALSE(is_forward_target("sip:" + std::string(300, 'a')));
}

TEST_F(OperatorTableTest, ListsById) {
  ASSERT_TRUE(table.add({.id = "2"}));
  ASSERT_TRUE(table.add({.id = "1"}));
  const auto all = table.list();
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ(all->front().id, "1");
}

TEST_F(OperatorTableTest, RefusesTheSameIdTwice) {
  ASSERT_TRUE(table.add(jiwon));
  EXPECT_EQ(table.add(jiwon).error().code, base::Code::bad_state);
}

TEST_F(OperatorTableTest, RefusesIdsThatAreNoUserPart) {
  for (const char* id : {"", "a b", "a@b", "../x", "김", "a/b", "a;b", "a%41", "ai"})
    EXPECT_EQ(table.add({.id = id}).error().code, base::Code::bad_syntax) << id;
  EXPECT_EQ(table.add({.id = std::string(65, 'a')}).error().code, base::Code::bad_syntax);
}

TEST_F(OperatorTableTest, ChangesTheStatusAndKeepsTheMessageUnlessGiven) {
  ASSERT_TRUE(table.add(jiwon));
  ASSERT_TRUE(table.set_status("1001", call::OperatorStatus::away, "회의"));
  ASSERT_TRUE(table.set_status("1001", call::OperatorStatus::busy, std::nullopt));
  EXPECT_EQ(table.find("1001")->status, call::OperatorStatus::busy);
  EXPECT_EQ(table.find("1001")->away_message, "회의");
  ASSERT_TRUE(table.set_status("1001", call::OperatorStatus::away, ""));
  EXPECT_EQ(table.find("1001")->away_message, "");
}

TEST_F(OperatorTableTest, SaysNotFoundForWhoIsNotThere) {
  EXPECT_EQ(table.find("9").error().code, base::Code::not_found);
  EXPECT_EQ(table.remove("9").error().code, base::Code::not_found);
  EXPECT_EQ(table.set_status("9", call::OperatorStatus::away, {}).error().code, base::Code::not_found);
}

}  // namespace
}  // namespace daedap::store
