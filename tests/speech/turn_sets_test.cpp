#include <gtest/gtest.h>

#include "speech/turn_scene.hpp"

namespace daedap::speech::turn::test {
namespace {

Score score_of(const std::string& language, const std::string& set) {
  Score out;
  const auto lines = parse_labelled(file_text("tests/speech/data/turns_" + language + "_" + set + ".tsv"));
  for (const LabelledLine& line : lines) {
    const Verdict v = judge(packaged(language), line.text, context_of(packaged(language), line));
    out.add(line.complete, v.state == State::complete);
  }
  return out;
}

TEST(TurnSets, LabelledLinesAreRead) {
  const auto lines = parse_labelled("a\tcomplete\tef\tx; ctx 어느 것; y\r\n\nb\tmaybe\nc\tincomplete\n");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_TRUE(lines[0].complete);
  EXPECT_EQ(lines[0].asked, "어느 것");
  EXPECT_EQ(lines[1].text, "c");
}

TEST(TurnSets, RatesAreShares) {
  Score s;
  s.add(true, true), s.add(true, false), s.add(false, true), s.add(false, false);
  EXPECT_DOUBLE_EQ(s.accuracy(), 0.5);
  EXPECT_DOUBLE_EQ(s.true_positive_rate(), 0.5);
  EXPECT_DOUBLE_EQ(s.false_positive_rate(), 0.5);
  EXPECT_DOUBLE_EQ(Score{}.accuracy(), 0);
}

TEST(TurnSets, SentencesThatTheRulesWereMendedOn) {
  const Score ko = score_of("ko", "own"), en = score_of("en", "own");
  EXPECT_GE(ko.lines(), 800);
  EXPECT_GE(ko.accuracy(), 0.98);
  EXPECT_GE(en.lines(), 170);
  EXPECT_GE(en.accuracy(), 0.97);
}

TEST(TurnSets, SentencesWrittenAfterTheRules) {
  const Score ko = score_of("ko", "held_out"), en = score_of("en", "held_out");
  EXPECT_GE(ko.lines(), 100);
  EXPECT_GE(ko.accuracy(), 0.90);
  EXPECT_LE(ko.false_positive_rate(), 0.05);
  EXPECT_GE(en.lines(), 60);
  EXPECT_GE(en.accuracy(), 0.82);
}

}  // namespace
}  // namespace daedap::speech::turn::test
