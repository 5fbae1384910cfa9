#include "call/handover.hpp"

#include <gtest/gtest.h>

#include "base/utf8.hpp"

namespace daedap::call {
namespace {

Turn says(std::string text, speech::Said::Speaker who = speech::Said::Speaker::caller) {
  Turn turn;
  turn.speaker = who;
  turn.text = std::move(text);
  return turn;
}
const auto ai = speech::Said::Speaker::assistant;

TEST(Handover, KeepsTheCallersWordsAndTheFactsAlone) {
  const auto h = handover_of({says("Hello", ai), says("my parcel"), says(""), says("a person")},
                             {{"to", "1004"}, {"customer_number", "1234"}, {"empty", ""}});
  EXPECT_EQ(h.said, (std::vector<std::string>{"my parcel", "a person"}));
  EXPECT_EQ(h.facts, (std::map<std::string, std::string>{{"customer_number", "1234"}}));
  EXPECT_TRUE(h.summary.empty());
}

TEST(Handover, ShowsTheLatestWordsAndTheFacts) {
  EXPECT_EQ(shown({.said = {"my parcel", "a person"}, .summary = "", .facts = {{"customer_number", "1234"}}}),
            "my parcel / a person | customer number: 1234");
  EXPECT_EQ(shown({}), "");
}

TEST(Handover, ShownLineIsShortValidAndHasNoControlCharacters) {
  Handover h{.said = {std::string(500, 'x'), "배송\r\nX-Evil: 1"}};
  for (int i = 0; i < 90; ++i) h.said.emplace_back("배송이 늦어요");
  h.said.push_back("한" + std::string(400, '\n') + "글");
  const std::string line = shown(h);
  EXPECT_LE(line.size(), 200U);
  EXPECT_EQ(line, base::valid_utf8(line));
  for (const unsigned char c : line) EXPECT_GE(c, 0x20);
}

TEST(Handover, SpeaksEnglish) {
  EXPECT_EQ(spoken({.said = {"where is my parcel?", "a person"}, .summary = "", .facts = {{"customer_number", "1234"}}}, "en"),
            "A call from the assistant. The caller said: where is my parcel? customer number: 1234. Connecting now.");
}

TEST(Handover, SpeaksKorean) {
  EXPECT_EQ(spoken({.said = {"배송이 늦어요", "상담원 바꿔 주세요"}, .summary = "", .facts = {{"customer_number", "1234"}}}, "ko"),
            "AI 비서가 받은 전화입니다. 고객 말씀입니다. 배송이 늦어요. 받아 둔 내용은 1234입니다. 연결하겠습니다.");
}

TEST(Handover, SaysTheOnlyWordsThereAre) {
  EXPECT_EQ(spoken({.said = {"a person"}}, "en"), "A call from the assistant. The caller said: a person. Connecting now.");
  EXPECT_EQ(spoken({}, "en"), "A call from the assistant. Connecting now.");
}

TEST(Handover, ModelsOwnSummaryCountsFirst) {
  const auto h = handover_of({says("blah")}, {{"summary", "wants a refund"}});
  EXPECT_EQ(shown(h), "wants a refund");
  EXPECT_EQ(spoken(h, "en"), "A call from the assistant. The caller said: wants a refund. Connecting now.");
}

TEST(Handover, LongStoriesAreCutToTheLatest) {
  Handover h;
  for (int i = 0; i < 50; ++i) h.said.push_back("sentence number " + std::to_string(i));
  const std::string text = spoken(h, "en");
  EXPECT_LT(text.size(), 260U);
  EXPECT_NE(text.find("number 48."), std::string::npos);
  EXPECT_EQ(text.find("number 1."), std::string::npos);
}

TEST(Handover, FactsAreBounded) {
  std::map<std::string, std::string> many;
  for (int i = 0; i < 100; ++i) many["slot_" + std::to_string(i)] = std::string(1000, '7');
  const auto h = handover_of({}, many);
  EXPECT_LE(h.facts.size(), 4U);
  EXPECT_LE(shown(h).size(), 200U);
}

}  // namespace
}  // namespace daedap::call
