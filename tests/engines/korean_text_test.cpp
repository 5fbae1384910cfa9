#include "engines/espeak/korean_text.hpp"

#include <gtest/gtest.h>

namespace daedap::engines::espeak {
namespace {

TEST(KoreanText, SaysHoursWithNativeNumerals) {
  EXPECT_EQ(readable_korean("오전 9시부터 오후 6시까지"), "오전 아홉 시부터 오후 여섯 시까지");
  EXPECT_EQ(readable_korean("3시 30분"), "세 시 30분");
  EXPECT_EQ(readable_korean("12시에"), "열두 시에");
  EXPECT_EQ(readable_korean("18시"), "18시");
  EXPECT_EQ(readable_korean("2시간"), "두 시간");
  EXPECT_EQ(readable_korean("24시간"), "24시간");
}

TEST(KoreanText, CountsThingsAndPeople) {
  EXPECT_EQ(readable_korean("2명, 20개, 21 번째"), "두 명, 스무 개, 스물한 번째");
  EXPECT_EQ(readable_korean("3개월"), "3개월");
}

TEST(KoreanText, SpellsTelephoneNumbers) {
  EXPECT_EQ(readable_korean("010-1234-5678로"), "공일공, 일이삼사, 오육칠팔로");
  EXPECT_EQ(readable_korean("1588-1234"), "일오팔팔, 일이삼사");
  EXPECT_EQ(readable_korean("0212345678"), "공이일이삼사오육칠팔");
}

TEST(KoreanText, LeavesAmountsDatesAndKeysAlone) {
  for (const char* text : {"25,000원", "9월 17일", "1번", "2024-01-05", "9-18", "1,000개", "0개", ""}) {
    EXPECT_EQ(readable_korean(text), text);
  }
}

TEST(KoreanText, SurvivesBrokenUtf8AndNumbersAtTheEnd) {
  EXPECT_EQ(readable_korean("7"), "7");
  EXPECT_EQ(readable_korean("1-"), "1-");
  EXPECT_NO_FATAL_FAILURE(readable_korean("\xff\xfe 3시"));
}

}  // namespace
}  // namespace daedap::engines::espeak
