#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/grammar.hpp"
#include "speech/llm.hpp"

namespace daedap::engines::assistant {

/// A text per language ("ko", "en"). May hold slots: "{opening_hours}".
using Text = std::map<std::string, std::string>;
using Phrases = std::map<std::string, std::vector<std::string>>;

/// Something that callers want, and what is said and done about it.
struct Intent {
  std::string id;
  Phrases phrases;   // whole utterances; the English ones are the recogniser's grammar
  Phrases keywords;  // parts that give it away in free text
  Text what;         // for "Did you want {what}?"
  Text answer;
  std::optional<speech::LlmAction::Kind> action;
  std::map<std::string, std::string> arguments;  // of the action
  std::string next;                              // state afterwards
};

/// Digits that the caller is to say or key in.
struct DigitSlot {
  std::string slot;
  unsigned count = 4;
  std::string then;  // the intent that follows once they are there
};

/// A point of the dialogue: what may be said or keyed here.
struct State {
  std::string id;
  Text prompt;                            // asks for it, where speech is understood
  Text menu;                              // asks for it, where only keys are
  std::vector<std::string> expects;       // intents
  std::map<std::string, std::string> on;  // intent heard -> intent meant ("yes" -> "leave_message")
  std::map<char, std::string> keys;       // key -> intent
  std::optional<DigitSlot> digits;
};

/// A whole dialogue, checked: every name in it stands for something.
struct Script {
  std::vector<std::string> languages;
  double sure = 0.8, unsure = 0.4;  // confidence bands: act, confirm, ask again
  unsigned max_misunderstandings = 2;
  std::string give_up;                 // intent after so many misunderstandings
  std::map<std::string, Text> slots;   // fixed values
  std::map<std::string, Text> texts;   // see `text_names`
  std::map<std::string, Intent> intents;
  std::map<std::string, State> states;  // "main" and "confirm" are always there
};

/// The texts a script must have: the question for the middle band; what is said when nothing was
/// understood; before giving up; when somebody speaks and no recogniser is there; after silence;
/// after a key without meaning; when digits are missing.
inline constexpr const char* text_names[] = {"confirm", "not_understood", "give_up", "no_speech",
                                             "silence", "wrong_key",      "digits_missing"};

/// What the recogniser of `language` should expect in each state, and in any.
Grammars grammars_of(const Script& script, const std::string& language);
/// `text` in `language`, or in the script's first language.
const std::string& in_language(const Text& text, const std::string& language);
/// Names in braces, in order.
std::vector<std::string> slots_in(std::string_view text);

}  // namespace daedap::engines::assistant
