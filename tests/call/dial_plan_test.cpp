#include "call/dial_plan.hpp"

#include <gtest/gtest.h>

namespace daedap::call {
namespace {

// ---- numbers -------------------------------------------------------------------------------------

TEST(Numbers, WritesKoreanNumbersInOneForm) {
  const Numbers korea("82");
  for (const char* text : {"01012345678", "010-1234-5678", "+82 10 1234 5678", "0082 10-1234-5678", "tel:+82-10-1234-5678",
                           "tel:010-1234-5678;phone-context=+82", "+82 (0)10 1234 5678", "(010) 1234.5678",
                           "sip:01012345678@host;user=phone", "sip:+821012345678;isub=1@host"})
    EXPECT_EQ(korea.e164(text), "+821012345678") << text;
  EXPECT_EQ(korea.e164("02-123-4567"), "+8221234567");
  EXPECT_EQ(korea.e164("+1 212 555 0100"), "+12125550100");
  EXPECT_EQ(korea.e164("0012125550100"), "+12125550100");
}

TEST(Numbers, LeavesShortNumbersAndNamesAlone) {
  const Numbers korea("82");
  for (const char* text : {"1001", "112", "114", "0", "01", "012345", "alice", "*21#", "15881234", "", "+", "+0123456789"})
    EXPECT_EQ(korea.e164(text), text) << text;
  EXPECT_EQ(korea.e164("1588-1234"), "15881234");
}

TEST(Numbers, DoesNotMakeNumbersLongerThanE164) {
  const Numbers korea("82");
  EXPECT_EQ(korea.e164("0123456789012345"), "0123456789012345");
  EXPECT_EQ(korea.e164("+1234567890123456"), "+1234567890123456");
  EXPECT_EQ(korea.e164("+123456789012345"), "+123456789012345");
}

TEST(Numbers, GoesBackToTheNationalForm) {
  const Numbers korea("82");
  EXPECT_EQ(korea.national("+821012345678"), "01012345678");
  EXPECT_EQ(korea.national("+8221234567"), "021234567");
  EXPECT_EQ(korea.national("+12125550100"), "0012125550100");
  EXPECT_EQ(korea.national("1001"), "1001");
  EXPECT_EQ(korea.national("+"), "+");
  EXPECT_EQ(korea.national("alice"), "alice");
}

TEST(Numbers, ThereAndBackIsTheSameForOtherCountriesToo) {
  for (const auto& [country, national] : {std::pair{"82", "0212345678"}, {"81", "0312345678"}, {"49", "03012345678"}, {"44", "02079460000"}}) {
    const Numbers numbers(country);
    EXPECT_EQ(numbers.e164(national), '+' + std::string(country) + std::string(national).substr(1));
    EXPECT_EQ(numbers.national(numbers.e164(national)), national);
  }
}

TEST(Numbers, WithoutCountryNumbersStayAsTheyAreDialled) {
  const Numbers none("");
  EXPECT_EQ(none.e164("010-1234-5678"), "01012345678");
  EXPECT_EQ(none.e164("+82 10 1234 5678"), "+821012345678");
  EXPECT_EQ(none.national("+821012345678"), "+821012345678");
}

TEST(Numbers, BoundsWhatItLooksAt) {
  const Numbers korea("82");
  EXPECT_LE(korea.e164(std::string(100'000, '1')).size(), 128u);
  EXPECT_EQ(plain_number(std::string(3, '-') + "1"), "1");
}

// ---- patterns ------------------------------------------------------------------------------------

TEST(DialPattern, TakesDigitsAndClasses) {
  EXPECT_TRUE(dial_pattern_matches("112", "112"));
  EXPECT_FALSE(dial_pattern_matches("112", "1120"));
  EXPECT_TRUE(dial_pattern_matches("0XXXX", "09999"));
  EXPECT_FALSE(dial_pattern_matches("0XXXX", "0999a"));
  EXPECT_TRUE(dial_pattern_matches("ZN", "12"));
  EXPECT_FALSE(dial_pattern_matches("ZN", "02"));
  EXPECT_FALSE(dial_pattern_matches("ZN", "11"));
}

TEST(DialPattern, OpenEndsTakeOneOrZeroAndMore) {
  EXPECT_FALSE(dial_pattern_matches("9.", "9"));
  EXPECT_TRUE(dial_pattern_matches("9.", "91"));
  EXPECT_TRUE(dial_pattern_matches("9!", "9"));
  EXPECT_TRUE(dial_pattern_matches("9!", "912345"));
  EXPECT_TRUE(dial_pattern_matches(".", "5"));
  EXPECT_FALSE(dial_pattern_matches(".", ""));
  EXPECT_FALSE(dial_pattern_matches(".", "alice"));
  EXPECT_FALSE(dial_pattern_matches("9.", "9+1"));
}

TEST(DialPattern, SaysWhatIsWrong) {
  for (const char* good : {"0.", "+82X.", "NXXXXXX", "*21!", ".", "112"}) EXPECT_EQ(dial_pattern_fault(good), nullptr) << good;
  for (const char* bad : {"", "0..", "abc", "1.2", "1+2", "_9X."}) EXPECT_NE(dial_pattern_fault(bad), nullptr) << bad;
}

// ---- rules ---------------------------------------------------------------------------------------

DialPlan plan(std::vector<DialRule> rules) {
  return {std::move(rules), {{.name = "a", .caller_id = "+827012345678"}, {.name = "b"}}};
}

TEST(DialPlan, TakesTheMostSpecificRule) {
  const auto p = plan({{"0.", "a"}, {"010XXXXXXXX", "b"}, {"010.", "a"}, {"119", "b"}});
  EXPECT_EQ(p.find("01012345678", "1001")->trunk->name, "b");
  EXPECT_EQ(p.find("0101234567", "1001")->trunk->name, "a");
  EXPECT_EQ(p.find("119", "1001")->trunk->name, "b");
  EXPECT_FALSE(p.find("118", "1001"));
  EXPECT_FALSE(p.find("alice", "1001"));
}

TEST(DialPlan, TakesTheFirstInTheFileAmongEquals) {
  EXPECT_EQ(plan({{"02X.", "b"}, {"02N.", "a"}}).find("0223456789", "1")->trunk->name, "b");
  EXPECT_EQ(plan({{"02N.", "a"}, {"02X.", "b"}}).find("0223456789", "1")->trunk->name, "a");
}

TEST(DialPlan, StripsThenPutsInFront) {
  const auto result = plan({{"9.", "a", 1, "82"}}).find("9 02-123-4567", "1001");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->number, "82021234567");
  EXPECT_FALSE(plan({{"9.", "a", 10, ""}}).find("912", "1001")) << "nothing is left to dial";
}

TEST(DialPlan, FindsARuleForAnyFormOfANumber) {
  const auto national = plan({{"0X.", "a"}});
  EXPECT_EQ(national.find("+82 10-1234-5678", "1001")->number, "01012345678");
  const auto international = plan({{"+82.", "a"}});
  EXPECT_EQ(international.find("010-1234-5678", "1001")->number, "+821012345678");
}

TEST(DialPlan, ShowsTheTrunksNumberOrTheOperators) {
  const auto p = plan({{"1.", "a"}, {"2.", "b"}});
  EXPECT_EQ(p.find("15", "1001")->caller_id, "+827012345678");
  EXPECT_EQ(p.find("25", "1001")->caller_id, "1001");
}

TEST(DialPlan, SkipsRulesWithoutTrunkOrSense) {
  EXPECT_FALSE(plan({{"1.", "c"}, {"a.", "a"}}).find("15", "1001"));
  EXPECT_EQ(plan({{"15", "gone"}, {"1.", "a"}}).find("15", "1001")->trunk->name, "a");
  EXPECT_FALSE(DialPlan().find("15", "1001"));
}

}  // namespace
}  // namespace daedap::call
