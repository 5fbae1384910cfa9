#include <gtest/gtest.h>

#include <random>

#include "base/utf8.hpp"
#include "speech/turn/rules.hpp"
#include "speech/turn_scene.hpp"

namespace daedap::speech::turn::test {
namespace {

std::vector<Symbol> symbols(std::string_view text) { return symbols_of(base::to_utf32(text)); }

// All weights, so that a test writes only what it is about.
std::string with_weights(const std::string& rest) {
  std::string out = "turns 1 ko\n";
  for (const char* name :
       {"prior", "unknown_word", "one_word", "long_sentence", "post_share", "post_per_word", "post_floor", "opener",
        "mark_final", "mark_interim", "comma", "slot_full", "slot_partial", "slot_overfull", "slot_noun",
        "answer_polite", "statement", "question", "imperative", "open_end", "soft_end", "hold_shape", "hold_scale",
        "longest_wait", "number_scale", "longest_number_wait"}) {
    out += std::string("weight ") + name + " 1\n";
  }
  return out + rest;
}

TEST(TurnSymbols, ASyllableIsItsLetters) {
  EXPECT_EQ(symbols("가").size(), 2u);
  EXPECT_EQ(symbols("갔").size(), 3u);
  EXPECT_EQ(symbols("갔").back(), symbols("ㅆ").front()) << "a consonant letter is a final one";
  EXPECT_EQ(symbols("가").back(), symbols("ㅏ").front());
  EXPECT_EQ(symbols("ㄸ").front(), other_symbol) << "never final";
  EXPECT_EQ(symbols("a9 !").size(), 4u);
}

TEST(TurnTrie, FindsEveryEndingShortestFirst) {
  SuffixTrie trie;
  trie.insert(symbols("다"), 1);
  trie.insert(symbols("ㅂ니다"), 2);
  trie.insert(symbols("ㅂ니다"), 3);
  const auto hits = trie.find(symbols("갑니다"));
  ASSERT_EQ(hits.size(), 2u);
  EXPECT_EQ(hits[0].values[0], 1);
  EXPECT_EQ(hits[1].length, 5u);
  EXPECT_EQ(hits[1].values.size(), 2u);
  EXPECT_TRUE(trie.matches(symbols("바다")));
  EXPECT_FALSE(trie.matches(symbols("바닥")));
  EXPECT_TRUE(trie.find({}).empty());
}

TEST(TurnRules, ReadsClassesListsMapsAndSlots) {
  const auto rules = Rules::parse(with_weights("class C1 end 4.5 formal host if stem more\n  ㅂ니다 (가|나)_다\n"
                                               "list wh\n  뭐 몇_시\nmap digit\n  공=0\nmap unit\n  원=amount\n"
                                               "slot phone digits 10 11\n  전화_번호\nreplace\n  되요=돼요\n"));
  ASSERT_TRUE(rules) << rules.error().message();
  EXPECT_EQ(rules->language(), "ko");
  ASSERT_EQ(rules->classes().size(), 1u);
  EXPECT_TRUE(rules->classes()[0].host);
  EXPECT_EQ(rules->classes()[0].conditions, if_stem | if_more);
  EXPECT_TRUE(rules->in(ListId::wh, "몇 시"));
  EXPECT_EQ(rules->map(MapId::unit).at("원"), static_cast<int>(Unit::amount));
  EXPECT_EQ(rules->slots()[0].lengths, (std::vector<int>{10, 11}));
  EXPECT_TRUE(rules->endings().matches(symbols("가 다")));
  EXPECT_TRUE(rules->endings().matches(symbols("나다")));
}

TEST(TurnRules, NamesTheLineThatIsWrong) {
  const std::pair<const char*, const char*> wrong[] = {
      {"nonsense\n", "no such section"},   {"class C1 end x formal\n", "no number"},
      {"class C1 fish 1 formal\n", "no such kind"}, {"class C1 end 1 formal if fish\n", "no such option"},
      {"class C1 end 1 formal\n  (가\n", "no ending"}, {"class C1 end 1 f\n  (((((가)))))\n", "no ending"},
      {"list fish\n", "no such list"},     {"map digit\n  공\n", "a pair is"},
      {"map unit\n  원=fish\n", "no such unit"}, {"slot a digits 99\n", "no length"},
      {"weight fish 1\n", "no such weight"}, {"  stray\n", "belongs to no section"},
  };
  for (const auto& [text, why] : wrong) {
    const auto rules = Rules::parse("turns 1 ko\n" + std::string(text));
    ASSERT_FALSE(rules) << text;
    EXPECT_NE(rules.error().detail.find(why), std::string::npos) << text << rules.error().message();
    const int line = std::string_view(text).find("\n  ") == std::string_view::npos ? 2 : 3;
    EXPECT_TRUE(rules.error().detail.starts_with("line " + std::to_string(line) + ":")) << rules.error().message();
  }
}

TEST(TurnRules, WantsALanguageAndEveryWeight) {
  EXPECT_FALSE(Rules::parse(""));
  const auto rules = Rules::parse("turns 1 ko\nweight prior 0\n");
  ASSERT_FALSE(rules);
  EXPECT_EQ(rules.error().detail, "unknown_word");
}

TEST(TurnRules, IsBounded) {
  EXPECT_EQ(Rules::parse(std::string(Rules::most_bytes + 1, 'x')).error().code, base::Code::too_large);
  // A pattern that stands for millions of endings.
  std::string bomb = "class C1 end 1 f\n  ";
  for (int i = 0; i < 12; ++i) bomb += "(가|나|다|라)";
  EXPECT_FALSE(Rules::parse("turns 1 ko\n" + bomb + "\n"));
}

TEST(TurnRules, MutatedFilesAreReadOrRefused) {
  std::mt19937 random(7);
  const std::string good = rules_text("ko").substr(0, 9000);
  for (int round = 0; round < 300; ++round) {
    std::string bad = good;
    for (int i = 0; i < 4; ++i) {
      const std::size_t at = random() % bad.size();
      switch (random() % 3) {
        case 0: bad[at] = static_cast<char>(random() % 256); break;
        case 1: bad.erase(at, random() % 20); break;
        default: bad.insert(at, bad.substr(random() % bad.size(), 10)); break;
      }
    }
    (void)Rules::parse(bad);
  }
}

TEST(TurnRules, ThePackagedFilesAreGood) {
  for (const char* language : {"ko", "en"}) {
    const auto rules = Rules::parse(rules_text(language));
    ASSERT_TRUE(rules) << rules.error().message();
    EXPECT_EQ(rules->language(), language);
  }
}

}  // namespace
}  // namespace daedap::speech::turn::test
