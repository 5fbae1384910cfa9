#include "engines/assistant/script.hpp"

#include <algorithm>

namespace daedap::engines::assistant {
namespace {

void add_phrases(const Script& script, const State& state, const std::string& language,
                 Grammar& grammar) {
  for (const auto& id : state.expects) {
    const auto& phrases = script.intents.at(id).phrases;
    const auto found = phrases.find(language);
    if (found == phrases.end()) continue;
    for (const auto& phrase : found->second) {
      if (std::ranges::find(grammar.phrases, phrase) == grammar.phrases.end()) {
        grammar.phrases.push_back(phrase);
      }
    }
  }
  if (state.digits) grammar.digits = std::max(grammar.digits, state.digits->count);
}

}  // namespace

Grammars grammars_of(const Script& script, const std::string& language) {
  Grammars out;
  Grammar& all = out[everything];
  for (const auto& [id, state] : script.states) {
    Grammar grammar;
    add_phrases(script, state, language, grammar);
    add_phrases(script, state, language, all);
    if (!grammar.phrases.empty() || grammar.digits > 0) out[id] = std::move(grammar);
  }
  return out;
}

const std::string& in_language(const Text& text, const std::string& language) {
  static const std::string none;
  const auto found = text.find(language);
  if (found != text.end()) return found->second;
  return text.empty() ? none : text.begin()->second;
}

std::vector<std::string> slots_in(std::string_view text) {
  std::vector<std::string> out;
  for (auto open = text.find('{'); open != text.npos; open = text.find('{', open + 1)) {
    const auto close = text.find('}', open);
    if (close == text.npos) break;
    out.emplace_back(text.substr(open + 1, close - open - 1));
  }
  return out;
}

}  // namespace daedap::engines::assistant
