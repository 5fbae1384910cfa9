#include <gtest/gtest.h>

#include "speech/turn/english_clause.hpp"
#include "speech/turn_scene.hpp"

namespace daedap::speech::turn::test {
namespace {

Verdict en(std::string_view text) { return judge(packaged("en"), text, {}); }
std::string_view cls(std::string_view text) { return en(text).id; }

TEST(TurnEnglish, TheLastWordSpeaksFirst) {
  EXPECT_EQ(cls("I would like to"), "AX");
  EXPECT_EQ(cls("it's the"), "DT");
  EXPECT_EQ(cls("it was fine but"), "CJ");
  EXPECT_EQ(cls("we live across from"), "PR");
  EXPECT_EQ(cls("and then they"), "PN");
  EXPECT_EQ(cls("my name is um"), "F");
  EXPECT_EQ(cls("the clerk told me"), "RP");
  EXPECT_EQ(cls("is there a bigger"), "AD");
  EXPECT_EQ(cls("I need a different"), "AD");
  EXPECT_EQ(cls("my neighbour's"), "DT");
}

TEST(TurnEnglish, ANounIsNoSentence) {
  EXPECT_EQ(cls("my old telephone"), "NP");
  EXPECT_EQ(cls("the lamp that I bought"), "RC");
  EXPECT_EQ(cls("the lamp that I bought broke"), "S");
  EXPECT_EQ(cls("if the lamp breaks"), "SB");
  EXPECT_EQ(cls("if the lamp breaks I will return it"), "S");
}

TEST(TurnEnglish, QuestionsCommandsAndAnswers) {
  EXPECT_EQ(cls("do you sell lamps"), "Q");
  EXPECT_EQ(cls("where does it come from"), "PS");
  EXPECT_EQ(cls("send me a new one"), "I");
  EXPECT_EQ(cls("yes"), "B'");
  EXPECT_EQ(cls("oh okay thank you"), "B'");
  EXPECT_EQ(cls("a lamp please"), "B'");
  EXPECT_EQ(en("hold on").state, State::wait);
}

TEST(TurnEnglish, ParticlesBelongToTheirVerb) {
  EXPECT_EQ(cls("the light came on"), "S");
  EXPECT_EQ(cls("the paper is stuck on"), "PR");
}

TEST(TurnEnglish, NumbersFillTheirSlot) {
  EXPECT_EQ(en("five five five one two").filling, Filling::partial);
  EXPECT_EQ(en("555 123 4567").filling, Filling::full);
  EXPECT_EQ(en("my zip code is nine oh two one oh").filling, Filling::full);
  EXPECT_EQ(en("my zip code is nine oh two").filling, Filling::partial);
  EXPECT_EQ(en("june twenty").filling, Filling::partial);
  EXPECT_EQ(en("june twenty second").filling, Filling::full);
  EXPECT_EQ(en("at ten am").filling, Filling::full);
}

TEST(TurnEnglish, VerbsAreFoundInAnyForm) {
  const Rules& rules = packaged("en");
  for (const auto& [form, base] : {std::pair{"carries", "carry"}, {"stopped", "stop"}, {"making", "make"},
                                   {"watches", "watch"}, {"charged", "charge"}, {"walk", "walk"}}) {
    EXPECT_EQ(verb_base(rules, form), base);
  }
  EXPECT_TRUE(verb_base(rules, "lamp").empty());
  EXPECT_TRUE(verb_base(rules, "").empty());
}

}  // namespace
}  // namespace daedap::speech::turn::test
