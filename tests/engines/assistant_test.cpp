#include "engines/assistant/assistant.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "engines/assistant/dialogue.hpp"
#include "engines/assistant/loader.hpp"
#include "home_loop.hpp"

namespace daedap::engines::assistant {
namespace {

using Kind = speech::LlmInput::Kind;
using Act = speech::LlmAction::Kind;

const Script& default_script() {
  static const LoadedScript script = load_script(DAEDAP_SOURCE_DIR "/share/assistants/default.yaml");
  if (!script) {
    for (const auto& error : script.error()) ADD_FAILURE() << error.message();
  }
  return *script;
}

speech::LlmParams params(const std::string& language, bool speech = true) {
  return {.call_id = "c", .language = language, .operator_name = "Kim", .speech_understood = speech};
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct English : ::testing::Test {
  Dialogue dialogue{default_script(), params("en")};
  Answer say(const std::string& text, double confidence = 1.0) {
    return dialogue.on_input({Kind::speech, text, confidence});
  }
  Answer press(const std::string& keys) { return dialogue.on_input({Kind::digits, keys, 1.0}); }
  Answer unclear() { return dialogue.on_input({Kind::unclear, "", 0.0}); }
};

struct KoreanKeys : ::testing::Test {
  Dialogue dialogue{default_script(), params("ko", false)};
  Answer press(const std::string& keys) { return dialogue.on_input({Kind::digits, keys, 1.0}); }
  Answer speak() { return dialogue.on_input({Kind::unclear, "", 0.0}); }
};

struct KoreanSpeech : ::testing::Test {
  Dialogue dialogue{default_script(), params("ko")};
  Answer say(const std::string& text, double confidence = 1.0) {
    return dialogue.on_input({Kind::speech, text, confidence});
  }
};

TEST_F(English, OpensWithWhatCanBeAsked) {
  EXPECT_TRUE(holds(dialogue.opening(), "opening hours"));
  EXPECT_EQ(dialogue.grammar(), "main");
}

TEST_F(English, AnswersAndAsksForMore) {
  const auto answer = say("what are your opening hours");
  EXPECT_EQ(answer.intent, "opening_hours");
  EXPECT_TRUE(holds(answer.text, "Monday to Friday"));
  EXPECT_TRUE(holds(answer.text, "anything else"));
  EXPECT_EQ(answer.grammar, "anything_else");
  EXPECT_FALSE(answer.action);
}

TEST_F(English, EndsAfterNoThankYou) {
  say("where are you located");
  const auto answer = say("no thank you");
  EXPECT_EQ(answer.intent, "goodbye");
  ASSERT_TRUE(answer.action);
  EXPECT_EQ(answer.action->kind, Act::hang_up);
}

TEST_F(English, AsksBackInTheMiddleBandAndActsOnYes) {
  const auto question = say("billing", 0.6);
  EXPECT_EQ(question.text, "Did you want help with a bill? Please say yes or no.");
  EXPECT_EQ(question.grammar, "confirm");
  EXPECT_EQ(question.intent, "");
  const auto answer = say("yes", 0.6);  // a yes is not asked back
  EXPECT_EQ(answer.intent, "billing");
  EXPECT_EQ(answer.grammar, "customer_number");
}

TEST_F(English, AsksAgainAfterNo) {
  say("goodbye", 0.5);
  const auto answer = say("no");
  EXPECT_FALSE(answer.action);
  EXPECT_EQ(answer.grammar, "main");
  EXPECT_TRUE(holds(answer.text, "Sorry"));
}

TEST_F(English, ConfirmsWithKeysToo) {
  say("leave a message", 0.5);
  const auto answer = press("1");
  EXPECT_EQ(answer.intent, "leave_message");
  ASSERT_TRUE(answer.action);
  EXPECT_EQ(answer.action->kind, Act::take_message);
}

TEST_F(English, RepeatsTheQuestionWhileConfirming) {
  say("my bill is wrong", 0.5);
  EXPECT_TRUE(holds(say("say that again").text, "Did you want help with a bill?"));
  EXPECT_EQ(say("yes").intent, "billing");
}

TEST_F(English, TakesFourSpokenDigitsIntoTheMessage) {
  say("i was charged twice");
  const auto answer = say("one two oh four");
  EXPECT_EQ(answer.intent, "billing_message");
  EXPECT_TRUE(holds(answer.text, "1204"));
  ASSERT_TRUE(answer.action);
  EXPECT_EQ(answer.action->arguments.at("customer_number"), "1204");
  EXPECT_EQ(answer.action->arguments.at("topic"), "billing");
}

TEST_F(English, CollectsDigitsKeyedOneByOneOrAtOnce) {
  press("4");
  EXPECT_EQ(press("9").text, "9.");  // each key is heard back
  EXPECT_EQ(press("9").text, "9.");
  EXPECT_EQ(press("0").text, "0.");
  EXPECT_TRUE(holds(press("1").text, "9901"));
  Dialogue other(default_script(), params("en"));
  other.on_input({Kind::digits, "4", 1.0});
  EXPECT_TRUE(holds(other.on_input({Kind::digits, "5678", 1.0}).text, "5678"));
}

TEST_F(English, AsksAgainForTooFewDigits) {
  say("billing");
  EXPECT_TRUE(holds(say("one two three").text, "4 digits"));
  press("12");
  EXPECT_TRUE(holds(press("#").text, "4 digits"));
  EXPECT_TRUE(holds(say("five six seven eight").text, "5678"));
}

TEST_F(English, OffersAMessageToWhoWantsAPerson) {
  const auto offer = say("can i talk to a real person");
  EXPECT_TRUE(holds(offer.text, "Kim cannot take calls"));
  EXPECT_EQ(offer.grammar, "offer_message");
  const auto answer = say("yes please");
  EXPECT_EQ(answer.intent, "leave_message");
  EXPECT_EQ(answer.action->kind, Act::take_message);
}

TEST_F(English, GivesUpIntoAMessageAfterTwoMisunderstandings) {
  EXPECT_TRUE(holds(unclear().text, "Sorry, I did not understand"));
  const auto answer = say("rhubarb rhubarb");
  EXPECT_TRUE(holds(answer.text, "I still did not understand"));
  EXPECT_TRUE(holds(answer.text, "take a message"));
  ASSERT_TRUE(answer.action);
  EXPECT_EQ(answer.action->kind, Act::take_message);
}

TEST_F(English, CountsMisunderstandingsInARowOnly) {
  unclear();
  say("opening hours");
  EXPECT_FALSE(unclear().action);
}

TEST_F(English, LowConfidenceIsAMisunderstanding) {
  EXPECT_TRUE(holds(say("goodbye", 0.39).text, "Sorry"));
}

TEST_F(English, RepeatsWhatItSaidLast) {
  const auto first = say("opening hours");
  EXPECT_TRUE(holds(say("can you repeat that").text, first.text));
  EXPECT_TRUE(holds(say("pardon").text, first.text));
}

TEST_F(English, UnderstandsFreeTextByKeywordsAndSharedWords) {
  EXPECT_EQ(say("um hello I would like to know about your opening hours please").intent,
            "opening_hours");
  EXPECT_EQ(say("Could you tell me where you're located?").intent, "address");
  EXPECT_TRUE(holds(say("problem with a bill").text + "customer number", "customer number"));
}

TEST_F(English, AsksAfterSilenceAndAboutWrongKeys) {
  EXPECT_TRUE(holds(dialogue.on_input({Kind::silence, "", 1.0}).text, "still there"));
  EXPECT_TRUE(holds(press("8").text, "not on the menu"));
}

TEST_F(English, SurvivesHostileInput) {
  for (const auto& text : {std::string(100'000, 'a'), std::string("\xff\xfe\x00", 3), std::string(),
                           std::string("{what}{operator}{")}) {
    EXPECT_FALSE(say(text).text.empty());
  }
  EXPECT_NO_FATAL_FAILURE(press(std::string(10'000, '9')));
  EXPECT_NO_FATAL_FAILURE(press("ABC\n"));
  EXPECT_NO_FATAL_FAILURE(press(""));
}

TEST_F(KoreanKeys, OffersTheMenuAndFollowsKeys) {
  EXPECT_TRUE(holds(dialogue.opening(), "영업 시간은 1번, 메시지 남기기는 2번, 상담원 연결은 3번"));
  const auto hours = press("1");
  EXPECT_TRUE(holds(hours.text, "오전 9시부터 오후 6시까지"));
  EXPECT_TRUE(holds(hours.text, "번호를 눌러 주세요"));
  const auto person = press("3");
  EXPECT_TRUE(holds(person.text, "Kim 님이 전화를 받으실 수 없습니다"));
  const auto message = press("1");
  ASSERT_TRUE(message.action);
  EXPECT_EQ(message.action->kind, Act::take_message);
  EXPECT_EQ(press("0").action->kind, Act::hang_up);
}

TEST_F(KoreanKeys, SaysOnceThatSpeechIsNotUnderstood) {
  EXPECT_EQ(speak().text, "음성 인식이 설정되어 있지 않습니다. 번호를 눌러 주세요.");
  const auto again = speak();
  EXPECT_FALSE(holds(again.text, "음성 인식"));
  EXPECT_TRUE(holds(again.text, "2번"));
  EXPECT_EQ(speak().action->kind, Act::take_message);
}

TEST_F(KoreanSpeech, UnderstandsKeywordsWhereverTheSpacesAre) {
  EXPECT_EQ(say("저기 영업시간좀 알려주세요").intent, "opening_hours");
  EXPECT_EQ(say("네 맞아요").grammar, "main");
  EXPECT_EQ(say("상담원 좀 바꿔 주세요").intent, "person");
  EXPECT_EQ(say("아니요 괜찮습니다").grammar, "main");
  EXPECT_EQ(say("이번 달 청구 금액이 얼마인가요").intent, "billing");
  EXPECT_TRUE(holds(say("공 일 이 삼").text, "0123"));
}

TEST_F(KoreanSpeech, AsksBackInTheMiddleBand) {
  EXPECT_TRUE(holds(say("예약하고 싶은데요", 0.5).text, "예약 말씀이신가요?"));
  EXPECT_EQ(say("네").intent, "appointment");
}

TEST(Digits, AreReadInBothLanguages) {
  EXPECT_EQ(digits_in("one two oh nine", "en"), "1209");
  EXPECT_EQ(digits_in("12 34", "en"), "1234");
  EXPECT_EQ(digits_in("one apple", "en"), "");
  EXPECT_EQ(digits_in("공 일 공 일이삼사", "ko"), "0101234");
  EXPECT_EQ(digits_in("일요일", "ko"), "");
}

TEST(DefaultScript, FeedsTheRecogniserWhatItCanAnswer) {
  const auto grammars = grammars_of(default_script(), "en");
  ASSERT_TRUE(grammars.contains(everything));
  EXPECT_GE(grammars.at(everything).phrases.size(), 60u);
  EXPECT_EQ(grammars.at("customer_number").digits, 4u);
  EXPECT_EQ(grammars.at("main").digits, 0u);
  // Every phrase that can be heard in a state leads somewhere there.
  for (const auto& [state, grammar] : grammars) {
    if (state == everything || state == "confirm") continue;
    for (const auto& phrase : grammar.phrases) {
      std::vector<const Intent*> expected;
      for (const auto& id : default_script().states.at(state).expects) {
        expected.push_back(&default_script().intents.at(id));
      }
      const auto match = best_match(expected, phrase, "en");
      ASSERT_NE(match.intent, nullptr) << phrase;
      EXPECT_EQ(match.score, 1.0) << phrase;
      EXPECT_TRUE(std::ranges::count(match.intent->phrases.at("en"), phrase)) << phrase;
    }
  }
}

class AssistantLlm : public ::testing::Test {
 protected:
  HomeLoop home_;
  Admission admission_{2};
  Assistant assistant_{default_script(), admission_, home_};
};

TEST_F(AssistantLlm, StreamsWordsThenActionThenDone) {
  auto session = assistant_.open(params("en")).value();
  std::string text;
  std::vector<std::size_t> order;
  auto reply = session->ask({Kind::speech, "goodbye", 1.0}, {}, [&](speech::LlmEvent event) {
    if (auto* token = std::get_if<speech::LlmToken>(&event)) text += token->text;
    order.push_back(event.index());
  });
  EXPECT_TRUE(order.empty());  // never from inside `ask`
  home_.drain();
  EXPECT_EQ(text, "Thank you for calling. Have a nice day. Goodbye.");
  ASSERT_EQ(order.size(), 11u);
  EXPECT_EQ(order[9], 1u);
  EXPECT_EQ(order[10], 2u);
}

TEST_F(AssistantLlm, IsSilentOnceTheReplyIsDestroyed) {
  auto session = assistant_.open(params("ko", false)).value();
  std::unique_ptr<speech::LlmReply> reply;
  int tokens = 0;
  reply = session->ask({Kind::digits, "1", 1.0}, {}, [&](speech::LlmEvent) {
                   if (++tokens == 3) reply.reset();
                 }).value();
  home_.drain();
  EXPECT_EQ(tokens, 3);
}

TEST_F(AssistantLlm, WhatIsAskedAheadChangesNothingUntilItIsKept) {
  auto session = assistant_.open(params("en")).value();
  const auto answer = [&](const speech::LlmInput& input) {
    std::string text;
    auto reply = session->ask(input, {}, [&](speech::LlmEvent event) {
      if (auto* token = std::get_if<speech::LlmToken>(&event)) text += token->text;
    });
    home_.drain();
    return text;
  };
  const speech::LlmInput ahead{Kind::speech, "i was charged twice", 1.0, true};
  const speech::LlmInput meant{Kind::speech, "I was charged twice.", 0.9};
  const std::string first = answer(ahead);
  EXPECT_FALSE(first.empty());
  EXPECT_EQ(session->opening_grammar(), "main");
  EXPECT_EQ(answer(ahead), first) << "as if nothing had been said";
  EXPECT_TRUE(session->keep(meant));
  EXPECT_EQ(session->opening_grammar(), "customer_number");
  EXPECT_FALSE(session->keep(meant)) << "once only";
}

TEST_F(AssistantLlm, KeepsNoAnswerThatDoubtsAboutTheWordsWouldChange) {
  auto session = assistant_.open(params("en")).value();
  auto reply = session->ask({Kind::speech, "i was charged twice", 1.0, true}, {}, [](speech::LlmEvent) {});
  EXPECT_FALSE(session->keep({Kind::speech, "i was charged twice", 0.5}));  // it would ask back
  EXPECT_EQ(session->opening_grammar(), "main");
  reply = session->ask({Kind::speech, "i was charged twice", 1.0, true}, {}, [](speech::LlmEvent) {});
  reply = session->ask({Kind::digits, "9", 1.0}, {}, [](speech::LlmEvent) {});
  EXPECT_FALSE(session->keep({Kind::speech, "i was charged twice", 1.0})) << "something else came between";
}

TEST_F(AssistantLlm, AdmitsOnlySoManySessionsAndKnownLanguages) {
  auto a = assistant_.open(params("en"));
  auto b = assistant_.open(params("ko"));
  const auto c = assistant_.open(params("en"));
  ASSERT_FALSE(c);
  EXPECT_EQ(c.error().code, base::Code::engine_full);
  a->reset();
  EXPECT_EQ(assistant_.open(params("fr")).error().code, base::Code::unsupported);
  EXPECT_TRUE(assistant_.open(params("en")));
}

}  // namespace
}  // namespace daedap::engines::assistant
