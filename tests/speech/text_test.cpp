#include <gtest/gtest.h>

#include "base/utf8.hpp"
#include "speech/text/backchannel.hpp"
#include "speech/text/sentences.hpp"
#include "speech/text/spoken_text.hpp"

namespace daedap::speech::test {
namespace {

using namespace std::chrono_literals;

TEST(Backchannel, KoreanAndEnglish) {
  for (const char* t : {"네", "네… 네…", "네네네", "예", "응", "음", "아 네", "그렇군요", "맞아요.", "아, 그렇구나", "네 맞습니다"}) {
    EXPECT_TRUE(is_backchannel(t, "ko")) << t;
  }
  for (const char* t : {"", "네 그런데요", "아니요", "토요일은요", "잠깐만요", "네 예약할게요"}) EXPECT_FALSE(is_backchannel(t, "ko")) << t;
  for (const char* t : {"yeah", "Uh-huh.", "okay", "mm hmm", "right, right", "I see", "oh okay"}) EXPECT_TRUE(is_backchannel(t, "en")) << t;
  for (const char* t : {"", "okay but when", "no", "wait", "right now please"}) EXPECT_FALSE(is_backchannel(t, "en")) << t;
}

TEST(Backchannel, StopWordsAtTheBeginning) {
  for (const char* t : {"잠깐만요", "잠시만요 그게", "어 잠깐만", "아니요", "네 잠깐만요", "그만"}) EXPECT_TRUE(is_stop_word(t, "ko")) << t;
  for (const char* t : {"네", "영업 시간이요", ""}) EXPECT_FALSE(is_stop_word(t, "ko")) << t;
  for (const char* t : {"stop", "Hold on a second", "no", "oh wait", "uh, excuse me"}) EXPECT_TRUE(is_stop_word(t, "en")) << t;
  for (const char* t : {"nothing", "waiter", "yes", "november"}) EXPECT_FALSE(is_stop_word(t, "en")) << t;
}

std::vector<std::string> split(std::string_view text, std::size_t token = 5) {
  Sentences s;
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size(); at += token) {
    s.push(text.substr(at, token));
    while (auto piece = s.take()) out.push_back(*piece);
  }
  s.finish();
  while (auto piece = s.take()) out.push_back(*piece);
  return out;
}
using Pieces = std::vector<std::string>;

TEST(Sentences, KoreanEnds) {
  EXPECT_EQ(split("네. 영업 시간은 아홉 시부터입니다.그리고 주말은 쉽니다! 괜찮으세요?"),
            (Pieces{"네.", "영업 시간은 아홉 시부터입니다.", "그리고 주말은 쉽니다!", "괜찮으세요?"}));
}
TEST(Sentences, KoreanWithoutMarksIsCutAtAnEnding) {
  EXPECT_EQ(split("저희 매장은 평일 오전 아홉 시에 문을 열어요 그리고 주말에는 쉬어요"),
            (Pieces{"저희 매장은 평일 오전 아홉 시에 문을 열어요", "그리고 주말에는 쉬어요"}));
}
TEST(Sentences, EnglishAbbreviationsNumbersAndAddressesStayWhole) {
  EXPECT_EQ(split("Mr. Kim pays 3.5 dollars, e.g. at www.daedap.kr or v1.2. Dr. Lee agrees. Done"),
            (Pieces{"Mr. Kim pays 3.5 dollars,", "e.g. at www.daedap.kr or v1.2.", "Dr. Lee agrees.", "Done"}));
  EXPECT_EQ(split("1. Open\n2. Close"), (Pieces{"1. Open", "2. Close"}));
}
TEST(Sentences, AnyTokenCutGivesTheSamePieces) {
  const std::string text = "안녕하세요, 무엇을 도와드릴까요? 요금은 25,000원이고 3.5%가 붙습니다. 감사합니다!";
  const Pieces whole = split(text, text.size());
  for (std::size_t token = 1; token < 9; ++token) EXPECT_EQ(split(text, token), whole) << token;
}
TEST(Sentences, TheFirstPieceMayEndAtAComma) {
  EXPECT_EQ(split("네, 알겠습니다. 말씀하신 내용을 확인했고, 처리했습니다.")[0], "네, 알겠습니다.");
  EXPECT_EQ(split("말씀하신 내용을 확인했고, 처리했습니다.")[0], "말씀하신 내용을 확인했고,");
}
TEST(Sentences, NothingIsLongerThanTheCapAndNothingIsLost) {
  std::string text;
  for (int i = 0; i < 120; ++i) text += "가나다라마 ";
  std::string joined;
  for (const auto& piece : split(text)) {
    EXPECT_LE(base::utf8_length(piece), Sentences::max_chars);
    joined += piece + " ";
  }
  EXPECT_EQ(joined, text);
  for (const auto& piece : split(std::string(1000, 'x'))) EXPECT_LE(piece.size(), 200u);
}
TEST(Sentences, BrokenUtf8AndARunawayModelAreBounded) {
  Sentences s;
  for (int i = 0; i < 10000; ++i) s.push("\xEC\xFFx");
  s.finish();
  std::size_t bytes = 0;
  while (auto piece = s.take()) bytes += piece->size();
  EXPECT_LE(bytes, 8192u * 2);
}

struct Case {
  const char* language;
  const char* text;
  const char* spoken;
};
TEST(SpokenText, ReadsAsPeopleSay) {
  const Case cases[] = {
      {"ko", "오후 3시 30분에 오세요.", "오후 세 시 삼십 분에 오세요."},
      {"ko", "15:30에 만나요", "오후 세 시 삼십 분에 만나요"},
      {"ko", "3시간 20분 걸려요", "세 시간 이십 분 걸려요"},
      {"ko", "사과 3개와 20명, 21살, 1번째", "사과 세 개와 스무 명, 스물한 살, 첫 번째"},
      {"ko", "3개월 뒤", "3개월 뒤"},
      {"ko", "010-1234-5678로 전화 주세요.", "공일공, 일이삼사, 오육칠팔로 전화 주세요."},
      {"ko", "1588-1234번", "일오팔팔, 일이삼사번"},
      {"ko", "계좌는 110234567890입니다", "계좌는 일일공이삼사오육칠팔구공입니다"},
      {"ko", "25,000원입니다", "25,000원입니다"},
      {"ko", "1번을 누르세요", "1번을 누르세요"},
      {"ko", "6월 3일과 10월 1일", "유월 3일과 시월 1일"},
      {"ko", "2026-01-29까지", "이천이십육년 일월 이십구일까지"},
      {"ko", "이자는 3.5%예요", "이자는 삼 점 오 퍼센트예요"},
      {"ko", "9시~6시", "아홉 시에서 여섯 시"},
      {"ko", "help@daedap.kr로 보내세요", "help 골뱅이 daedap 점 kr 로 보내세요"},
      {"ko", "**중요**: [안내](https://a.kr/b)를 보세요 😀", "중요: 안내를 보세요"},
      {"ko", "# 제목\n- 하나\n- 둘", "제목 하나 둘"},
      {"ko", "😀👍", ""},
      {"en", "Call 555-123-4567 now", "Call five five five, one two three, four five six seven now"},
      {"en", "It costs $25.50 or 10%", "It costs 25 dollars and 50 cents or 10 percent"},
      {"en", "See https://daedap.kr/help, e.g. today", "See daedap dot kr slash help, for example today"},
      {"en", "**Bold** `code` #1", "Bold code number 1"},
      {"en", "I have 1000000 won in 2026", "I have one zero zero zero zero zero zero won in 2026"},
  };
  for (const Case& c : cases) EXPECT_EQ(spoken_text(c.text, c.language), c.spoken) << c.text;
}
TEST(SpokenText, AnyBytesAreBearable) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  for (std::size_t from = 0; from < bytes.size(); from += 3) {
    (void)spoken_text(std::string_view(bytes).substr(from), "ko");
    (void)spoken_text(std::string_view(bytes).substr(from), "en");
  }
  EXPECT_FALSE(spoken_text("+", "ko").size());
}

}  // namespace
}  // namespace daedap::speech::test
