#include "call/greeting.hpp"

#include <gtest/gtest.h>

namespace daedap::call {
namespace {

Operator kim() {
  return {.id = "1001", .name = "김지원", .language = "ko", .status = OperatorStatus::away};
}

TEST(Greeting, NamesTheOperatorInKorean) {
  EXPECT_EQ(greeting_for(kim(), {}), "안녕하세요, 김지원의 AI 비서입니다. 무엇을 도와드릴까요?");
}

TEST(Greeting, IsEnglishForAnEnglishOperator) {
  Operator one = kim();
  one.language = "en";
  one.name = "Kim";
  EXPECT_EQ(greeting_for(one, {}), "Hello, this is Kim's AI assistant. How can I help you?");
}

TEST(Greeting, OverrideOfTheOperatorWinsAndIsFilledInEverywhere) {
  Operator one = kim();
  one.greeting = "{operator}! {operator}?";
  EXPECT_EQ(greeting_for(one, {}), "김지원! 김지원?");
}

TEST(Greeting, NameThatHoldsThePlaceholderEndsTheFilling) {
  Operator one = kim();
  one.name = "{operator}";
  one.greeting = "Hi {operator}";
  EXPECT_EQ(greeting_for(one, {}), "Hi {operator}");
}

TEST(Greeting, AwayMessageIsASentenceOfItsOwn) {
  Operator one = kim();
  one.greeting = "안녕하세요";
  one.away_message = "세 시에 돌아옵니다 \n";
  EXPECT_EQ(greeting_for(one, {}), "안녕하세요. 세 시에 돌아옵니다.");
  one.status = OperatorStatus::busy;
  EXPECT_EQ(greeting_for(one, {}), "안녕하세요");
}

TEST(Greeting, OperatorWithoutNameIsCalledByNumber) {
  Operator one = kim();
  one.name.clear();
  EXPECT_NE(greeting_for(one, {}).find("1001의"), std::string::npos);
}

TEST(ConversationFor, FillsInWhatIsTheOperatorsAndKeepsTheTemplate) {
  Settings settings;
  settings.debug_calls = true;
  settings.conversation.voice = "default";
  settings.conversation.max_call = std::chrono::seconds(77);
  Operator one = kim();
  speech::Settings s = conversation_for(one, settings, "id");
  EXPECT_EQ(s.call_id, "id");
  EXPECT_EQ(s.operator_name, "김지원");
  EXPECT_EQ(s.voice, "default");
  EXPECT_EQ(s.max_call, std::chrono::seconds(77));
  EXPECT_TRUE(s.debug);
  one.voice = "mine";
  EXPECT_EQ(conversation_for(one, settings, "id").voice, "mine");
}

}  // namespace
}  // namespace daedap::call
