#include <gtest/gtest.h>

#include "speech/turn_scene.hpp"

namespace daedap::speech::turn::test {
namespace {

Verdict ko(std::string_view text, const Context& context = {}) { return judge(packaged("ko"), text, context); }
bool complete(std::string_view text, const Context& context = {}) { return ko(text, context).state == State::complete; }
Context asked(std::string_view question) {
  Context out;
  out.question = question_of(packaged("ko"), question);
  return out;
}

TEST(TurnKorean, OneSyllableDecides) {
  EXPECT_FALSE(complete("여권을 잃어버렸는데"));
  EXPECT_TRUE(complete("여권을 잃어버렸는데요"));
  EXPECT_FALSE(complete("여권을 잃어버렸")) << "the last syllable has not arrived";
  EXPECT_TRUE(complete("여권을 잃어버렸어요"));
}

TEST(TurnKorean, RecognisersSpellAndSpaceAsTheyLike) {
  for (const char* t : {"그건 안되요", "내일 갈께요", "제 거에요", "아직 안 왔 어요", "취소할거예요", "취소 할 거 예요",
                        "카드를잃어버렸어요", "어떻게하면되나요", "바꿔 주세 요", "온다고 하던대요"}) {
    EXPECT_TRUE(complete(t)) << t;
  }
  for (const char* t : {"카드를잃어버렸 는데", "비밀번호를바꾸고", "택배가 안 오 니까"}) EXPECT_FALSE(complete(t)) << t;
}

TEST(TurnKorean, MarksHelpButAreNotNeeded) {
  EXPECT_GT(ko("언제 와요?").p, ko("언제 와요").p);
  EXPECT_LT(ko("여기가 어디,").p, ko("여기가 어디").p);
  EXPECT_FALSE(complete("그 물건을?"));
}

TEST(TurnKorean, NounsThatLookLikeEndingsAreNone) {
  for (const char* t : {"저희 아파트 베란다", "앞집 남자", "어느 동네", "병원까지", "이 페이지", "그 전화 상대", "운전하는 언니"}) {
    EXPECT_FALSE(complete(t)) << t;
  }
}

TEST(TurnKorean, YoHoldsTheFloorAfterASubject) {
  EXPECT_FALSE(complete("제가요"));
  EXPECT_FALSE(complete("근데요"));
  EXPECT_TRUE(complete("제가요", asked("누가 받으시나요?"))) << "unless it was asked for";
  EXPECT_TRUE(complete("주말은요"));
}

TEST(TurnKorean, WhatIsAddedToAVerbLeavesItComplete) {
  EXPECT_TRUE(complete("안 왔어요 어제까지"));
  EXPECT_EQ(ko("어디 있어요 영수증이").id, "P");
  EXPECT_FALSE(complete("안 왔어요 그리고"));
  EXPECT_FALSE(complete("안녕하세요 저희 집이")) << "a greeting is no such verb";
}

TEST(TurnKorean, NumbersFillTheirSlot) {
  EXPECT_FALSE(complete("010 2345"));
  EXPECT_TRUE(complete("010 2345 6789"));
  EXPECT_FALSE(complete("공일공 이삼사오"));
  EXPECT_TRUE(complete("공일공에 이삼사오에 육칠팔구"));
  EXPECT_EQ(ko("010 2345 67890").filling, Filling::overfull);
  EXPECT_TRUE(complete("1544 1234"));
  EXPECT_FALSE(complete("유월"));
  EXPECT_TRUE(complete("유월 삼일"));
  EXPECT_TRUE(complete("두 시 반"));
  EXPECT_TRUE(complete("12만 원"));
  EXPECT_FALSE(complete("제가 어제 오만 원")) << "inside a sentence";
  EXPECT_FALSE(complete("카드 번호는 1234 5678"));
  EXPECT_TRUE(complete("카드 번호는 1234 5678 9012 3456"));
  EXPECT_TRUE(complete("321412", asked("인증번호 여섯 자리 불러 주세요")));
  EXPECT_FALSE(complete("3214", asked("인증번호 여섯 자리 불러 주세요")));
  EXPECT_FALSE(complete("이메일은 지수 골뱅이"));
  EXPECT_TRUE(complete("지수 골뱅이 네이버 닷컴"));
  EXPECT_TRUE(complete("십이 가 삼사오육"));
}

TEST(TurnKorean, TheQuestionTellsWhatABareNounIs) {
  EXPECT_FALSE(complete("파란 우산"));
  EXPECT_TRUE(complete("파란 우산", asked("어떤 물건을 두고 내리셨나요?")));
  EXPECT_FALSE(complete("파란 우산을", asked("어떤 물건을 두고 내리셨나요?")));
}

TEST(TurnKorean, AskingToWaitIsAStateOfItsOwn) {
  for (const char* t : {"잠시만요", "네 잠깐만요", "잠깐만 기다려 주세요", "지금 찾아볼게요"}) {
    EXPECT_EQ(ko(t).state, State::wait) << t;
  }
  EXPECT_TRUE(complete("어 잠깐만요 아 여기 있네요"));
}

TEST(TurnKorean, TheFirstTurnYieldsWithAConnective) {
  EXPECT_GT(ko("주차 때문에 전화드렸는데요", {.opener = true}).p, ko("주차 때문에 전화드렸는데요").p);
}

TEST(TurnKorean, APoliteSpeakersFamiliarFormIsALink) {
  EXPECT_LT(ko("저 그거 봐", {.polite = 4}).p, ko("저 그거 봐").p);
}

TEST(TurnKorean, ABareYesAfterAStatementMayGoOn) {
  EXPECT_LT(ko("네", asked("그 상품은 품절되었습니다.")).p, ko("네", asked("본인 맞으세요?")).p);
  EXPECT_TRUE(ko("네").short_answer);
}

TEST(TurnKorean, QuestionsAreToldApart) {
  const Rules& rules = packaged("ko");
  EXPECT_EQ(question_of(rules, "본인 맞으세요?").kind, SlotKind::yes_no);
  EXPECT_EQ(question_of(rules, "무엇을 도와드릴까요?").kind, SlotKind::open);
  EXPECT_EQ(question_of(rules, "성함이 어떻게 되세요? 주소를 말씀해 주세요.").kind, SlotKind::address);
  EXPECT_EQ(question_of(rules, "어느 지점으로 가세요?").kind, SlotKind::noun);
  EXPECT_FALSE(question_of(rules, "처리되었습니다.").asks);
  EXPECT_FALSE(question_of(rules, "").said);
}

TEST(TurnKorean, AnyBytesAreBearable) {
  std::string bytes;
  for (int i = 0; i < 1024; ++i) bytes += static_cast<char>(i * 37);
  for (std::size_t from = 0; from < bytes.size(); from += 13) {
    for (const char* language : {"ko", "en"}) {
      const Verdict v = judge(packaged(language), std::string_view(bytes).substr(from), {});
      EXPECT_GE(v.p, 0);
      EXPECT_LE(v.p, 1);
    }
  }
  std::string many;
  for (int i = 0; i < 400; ++i) many += "예약 ";
  (void)ko(many);
  EXPECT_EQ(ko("").id, "none");
}

}  // namespace
}  // namespace daedap::speech::turn::test
