#include "engines/assistant/loader.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace daedap::engines::assistant {
namespace {

const std::string good = R"(languages: [en]
give_up: bye
slots:
  place: {en: "here"}
texts:
  confirm: {en: "Did you want {what}?"}
  not_understood: {en: "Sorry."}
  give_up: {en: "Sorry again."}
  no_speech: {en: "Keys only."}
  silence: {en: "Hello?"}
  wrong_key: {en: "No such key."}
  digits_missing: {en: "{count} digits, please."}
states:
  main:
    prompt: {en: "Yes?"}
    expects: [bye]
    keys: {"0": bye}
  confirm:
    expects: ["yes", "no"]
intents:
  bye:
    answer: {en: "Bye from {place}, {operator}."}
    action: hang_up
    phrases: {en: [bye]}
  "yes": {phrases: {en: ["yes"]}}
  "no": {phrases: {en: ["no"]}}
)";

std::string with(const std::string& from, const std::string& to) {
  std::string out = good;
  const auto at = out.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return out.replace(at, from.size(), to);
}

/// The messages for `yaml`, one per line.
std::string errors(const std::string& yaml) {
  const auto script = parse_script(yaml);
  std::string out;
  if (script) return out;
  for (const auto& error : script.error()) out += error.message() + "\n";
  return out;
}

TEST(ScriptLoader, TakesASmallGoodScript) {
  EXPECT_EQ(errors(good), "");
  const auto script = parse_script(good);
  ASSERT_TRUE(script);
  EXPECT_EQ(script->intents.at("bye").action, speech::LlmAction::Kind::hang_up);
  EXPECT_EQ(script->states.at("main").keys.at('0'), "bye");
}

TEST(ScriptLoader, ReportsEveryMistakeWithItsLine) {
  auto yaml = with("expects: [bye]", "expects: [buy]\n    keyz: {}");
  yaml.replace(yaml.find("hang_up"), 7, "explode");
  yaml.replace(yaml.find("{place}"), 7, "{plaice}");
  const auto found = errors(yaml);
  EXPECT_NE(found.find("line 16: states.main.expects[0]: no intent 'buy'"), std::string::npos) << found;
  EXPECT_NE(found.find("line 17: states.main.keyz: unknown key"), std::string::npos) << found;
  EXPECT_NE(found.find("line 23: intents.bye.answer.en: no slot 'plaice'"), std::string::npos) << found;
  EXPECT_NE(found.find("line 24: intents.bye.action: must be hang_up"), std::string::npos) << found;
  EXPECT_EQ(std::ranges::count(found, '\n'), 4);
}

TEST(ScriptLoader, RefusesPhrasesThatCannotBeHeard) {
  EXPECT_NE(errors(with("{en: [bye]}", "{en: [Bye 2]}")).find("line 24: intents.bye.phrases.en[0]"),
            std::string::npos);
}

TEST(ScriptLoader, WantsEveryTextInEveryLanguage) {
  const auto found = errors(with("languages: [en]", "languages: [en, ko]"));
  EXPECT_NE(found.find("texts.confirm: has no text in 'ko'"), std::string::npos) << found;
  EXPECT_NE(errors(with("  silence: {en: \"Hello?\"}\n", "")).find("texts.silence: is missing"),
            std::string::npos);
}

TEST(ScriptLoader, WantsTheStatesAndIntentsThatTheDialogueNeeds) {
  EXPECT_NE(errors(with("  confirm:\n    expects", "  other:\n    expects")).find("no state 'confirm'"),
            std::string::npos);
  EXPECT_NE(errors(with("  \"no\": {phrases: {en: [\"no\"]}}\n", "")).find("no intent 'no'"),
            std::string::npos);
}

TEST(ScriptLoader, FindsDoubleKeysBadKeysAndBadNumbers) {
  EXPECT_NE(errors(with("\"0\": bye", "\"A\": bye")).find("is no telephone key"), std::string::npos);
  EXPECT_NE(errors(with("give_up: bye", "give_up: bye\nmax_misunderstandings: 99"))
                .find("line 3: max_misunderstandings: must be a number from 1 to 10"),
            std::string::npos);
  EXPECT_NE(errors(with("    action: hang_up", "    action: hang_up\n    next: nowhere"))
                .find("line 24: intents.bye.next: no state 'nowhere'"),
            std::string::npos);
  EXPECT_NE(errors(good + "  bye: {}\n").find("is there twice"), std::string::npos);
}

TEST(ScriptLoader, SurvivesWhatIsNoScript) {
  for (const std::string yaml : {"", "[]", "a: [", "&a [*a]", "languages: {a: b}\nintents: 7",
                                 "- - - -", "\xff\xfe", "? [a]\n: b", "a: &x {b: *x}"}) {
    EXPECT_NE(errors(yaml), "") << yaml;
  }
  EXPECT_NE(errors(std::string(300'000, ' ')), "");
  EXPECT_NE(errors(std::string(100'000, '[')), "");
}

TEST(ScriptLoader, BoundsListsAndTexts) {
  std::string many = "{en: [bye";
  for (int i = 0; i < 200; ++i) many += ", bye";
  EXPECT_NE(errors(with("{en: [bye]", many + "]")).find("more than 100"), std::string::npos);
  EXPECT_NE(errors(with("\"Yes?\"", "\"" + std::string(1001, 'x') + "\"")).find("longer than 1000"),
            std::string::npos);
}

TEST(ScriptLoader, NamesTheFileThatCannotBeRead) {
  const auto script = load_script("/nonexistent.yaml");
  ASSERT_FALSE(script);
  EXPECT_NE(script.error().front().message().find("/nonexistent.yaml"), std::string::npos);
}

}  // namespace
}  // namespace daedap::engines::assistant
