#include "engines/assistant/loader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "engines/assistant/yaml_reader.hpp"

namespace daedap::engines::assistant {
namespace {

constexpr std::size_t max_file = 256 * 1024;
constexpr std::size_t max_intents = 100, max_states = 40;
using Kind = speech::LlmAction::Kind;
const std::map<std::string, Kind> action_names{{"hang_up", Kind::hang_up},
                                               {"transfer", Kind::transfer},
                                               {"take_message", Kind::take_message},
                                               {"repeat", Kind::repeat}};

/// Builds the script and remembers where it names intents and states, to check them at the end.
class Loader {
 public:
  Script load(const YAML::Node& root);
  std::vector<ScriptError>& errors() { return yaml_.errors(); }

 private:
  void limits(const YAML::Node& root);
  void intent(const std::string& id, const YAML::Node& node);
  void state(const std::string& id, const YAML::Node& node);
  void digits(const YAML::Node& node, const std::string& key, State& state);
  void keys(const YAML::Node& node, const std::string& key, State& state);
  std::string intent_name(const YAML::Node& node, const std::string& key);
  Text spoken(const YAML::Node& node, const std::string& key);
  void english(const YAML::Node& node, const std::string& key, const Intent& intent);
  void check_names();

  YamlReader yaml_;
  Script script_;
  std::vector<YamlReader::Use> intents_used_, states_used_, slots_used_;
};

Script Loader::load(const YAML::Node& root) {
  if (!root.IsMap()) return yaml_.note(root, "", "must be a mapping"), script_;
  yaml_.only(root, "", {"languages", "bands", "max_misunderstandings", "give_up", "slots", "texts",
                        "states", "intents"});
  script_.languages = yaml_.list(root["languages"], "languages", 2);
  yaml_.set_languages(script_.languages);
  limits(root);
  yaml_.mapping(root["slots"], "slots", [&](const std::string& name, const YAML::Node& value) {
    if (!is_name(name)) yaml_.note(value, "slots." + name, "must be named like opening_hours");
    script_.slots[name] = yaml_.per_language(value, "slots." + name);
  });
  const auto texts = root["texts"];
  yaml_.mapping(texts, "texts", [&](const std::string& name, const YAML::Node& value) {
    const bool known = std::ranges::any_of(text_names, [&](auto* n) { return name == n; });
    if (!known) return yaml_.note(value, "texts." + name, "unknown key");
    script_.texts[name] = spoken(value, "texts." + name);
  });
  for (const char* name : text_names) {
    if (script_.texts.contains(name)) continue;
    yaml_.note(texts, std::string("texts.") + name, "is missing");
  }
  yaml_.mapping(root["intents"], "intents",
                [&](const auto& id, const YAML::Node& value) { intent(id, value); }, max_intents);
  yaml_.mapping(root["states"], "states",
                [&](const auto& id, const YAML::Node& value) { state(id, value); }, max_states);
  check_names();
  return script_;
}

void Loader::limits(const YAML::Node& root) {
  if (const auto bands = root["bands"]) {
    yaml_.only(bands, "bands", {"sure", "unsure"});
    if (bands["sure"]) script_.sure = yaml_.number(bands["sure"], "bands.sure", 0, 1);
    if (bands["unsure"]) script_.unsure = yaml_.number(bands["unsure"], "bands.unsure", 0, 1);
    if (script_.unsure > script_.sure) yaml_.note(bands, "bands", "unsure must not be over sure");
  }
  if (const auto most = root["max_misunderstandings"]) {
    script_.max_misunderstandings =
        static_cast<unsigned>(yaml_.number(most, "max_misunderstandings", 1, 10));
  }
  script_.give_up = intent_name(root["give_up"], "give_up");
}

std::string Loader::intent_name(const YAML::Node& node, const std::string& key) {
  auto name = yaml_.name(node, key);
  yaml_.use(intents_used_, name, node, key);
  return name;
}

Text Loader::spoken(const YAML::Node& node, const std::string& key) {
  auto text = yaml_.per_language(node, key);
  for (const auto& [language, value] : text) {
    for (const auto& slot : slots_in(value)) {
      yaml_.use(slots_used_, slot, node[language], key + "." + language);
    }
  }
  return text;
}

void Loader::intent(const std::string& id, const YAML::Node& node) {
  const std::string key = "intents." + id;
  if (!is_name(id)) yaml_.note(node, key, "must be named like leave_message");
  if (!node.IsMap()) return yaml_.note(node, key, "must be a mapping");
  yaml_.only(node, key,
             {"phrases", "keywords", "what", "answer", "action", "arguments", "next"});
  Intent out{.id = id};
  if (node["phrases"]) out.phrases = yaml_.phrases(node["phrases"], key + ".phrases");
  if (node["keywords"]) out.keywords = yaml_.phrases(node["keywords"], key + ".keywords");
  if (node["what"]) out.what = spoken(node["what"], key + ".what");
  if (node["answer"]) out.answer = spoken(node["answer"], key + ".answer");
  if (const auto action = node["action"]) {
    const auto found = action_names.find(yaml_.name(action, key + ".action"));
    if (found != action_names.end()) {
      out.action = found->second;
    } else {
      yaml_.note(action, key + ".action", "must be hang_up, transfer, take_message or repeat");
    }
  }
  if (const auto arguments = node["arguments"]) {
    yaml_.mapping(arguments, key + ".arguments", [&](const auto& name, const YAML::Node& value) {
      out.arguments[name] = yaml_.text(value, key + ".arguments." + name);
    });
  }
  if (const auto next = node["next"]) {
    out.next = yaml_.name(next, key + ".next");
    yaml_.use(states_used_, out.next, next, key + ".next");
  }
  english(node, key, out);
  script_.intents.emplace(id, std::move(out));
}

/// The English phrases are the recogniser's grammar: plain lower-case words.
void Loader::english(const YAML::Node& node, const std::string& key, const Intent& intent) {
  const auto found = intent.phrases.find("en");
  if (found == intent.phrases.end()) return;
  for (std::size_t i = 0; i < found->second.size(); ++i) {
    const auto& phrase = found->second[i];
    const bool plain = phrase.front() != ' ' && phrase.back() != ' ' &&
                       phrase.find("  ") == phrase.npos && std::ranges::all_of(phrase, [](char c) {
                         return (c >= 'a' && c <= 'z') || c == ' ' || c == '\'';
                       });
    if (plain) continue;
    yaml_.note(node["phrases"]["en"][i], fmt::format("{}.phrases.en[{}]", key, i),
               "must be lower-case words, numbers spelled out");
  }
}

void Loader::state(const std::string& id, const YAML::Node& node) {
  const std::string key = "states." + id;
  if (!is_name(id) || id == everything) yaml_.note(node, key, "must be named like main");
  if (!node.IsMap()) return yaml_.note(node, key, "must be a mapping");
  yaml_.only(node, key, {"prompt", "menu", "expects", "on", "keys", "digits"});
  State out{.id = id};
  if (node["prompt"]) out.prompt = spoken(node["prompt"], key + ".prompt");
  if (node["menu"]) out.menu = spoken(node["menu"], key + ".menu");
  if (const auto expects = node["expects"]) {
    out.expects = yaml_.list(expects, key + ".expects", 40);
    for (std::size_t i = 0; i < out.expects.size(); ++i) {
      yaml_.use(intents_used_, out.expects[i], expects[i], fmt::format("{}.expects[{}]", key, i));
    }
  }
  if (const auto on = node["on"]) {
    yaml_.mapping(on, key + ".on", [&](const std::string& heard, const YAML::Node& meant) {
      yaml_.use(intents_used_, heard, meant, key + ".on." + heard);
      out.on[heard] = intent_name(meant, key + ".on." + heard);
    });
  }
  if (node["keys"]) keys(node["keys"], key + ".keys", out);
  if (node["digits"]) digits(node["digits"], key + ".digits", out);
  script_.states.emplace(id, std::move(out));
}

void Loader::keys(const YAML::Node& node, const std::string& key, State& state) {
  yaml_.mapping(node, key, [&](const std::string& name, const YAML::Node& value) {
    const bool known = name.size() == 1 && std::string("0123456789*#").find(name) != name.npos;
    if (!known) return yaml_.note(value, key + "." + name, "is no telephone key");
    state.keys[name.front()] = intent_name(value, key + "." + name);
  });
}

void Loader::digits(const YAML::Node& node, const std::string& key, State& state) {
  if (!node.IsMap()) return yaml_.note(node, key, "must be a mapping");
  yaml_.only(node, key, {"slot", "count", "then"});
  DigitSlot slot;
  slot.slot = yaml_.name(node["slot"], key + ".slot");
  slot.count = static_cast<unsigned>(yaml_.number(node["count"], key + ".count", 1, 12));
  slot.then = intent_name(node["then"], key + ".then");
  state.digits = std::move(slot);
}

void Loader::check_names() {
  std::set<std::string> slots{"operator", "what", "count"};
  for (const auto& [name, value] : script_.slots) slots.insert(name);
  for (const auto& [id, state] : script_.states) {
    if (state.digits) slots.insert(state.digits->slot);
  }
  for (const auto& use : intents_used_) {
    if (!script_.intents.contains(use.name)) yaml_.note(use, "no intent '" + use.name + "'");
  }
  for (const auto& use : states_used_) {
    if (!script_.states.contains(use.name)) yaml_.note(use, "no state '" + use.name + "'");
  }
  for (const auto& use : slots_used_) {
    if (!slots.contains(use.name)) yaml_.note(use, "no slot '" + use.name + "'");
  }
  for (const char* needed : {"main", "confirm"}) {
    if (script_.states.contains(needed)) continue;
    errors().push_back({0, "states", fmt::format("has no state '{}'", needed)});
  }
  for (const char* needed : {"yes", "no"}) {
    if (script_.intents.contains(needed)) continue;
    errors().push_back({0, "intents", fmt::format("has no intent '{}'", needed)});
  }
}

}  // namespace

std::string ScriptError::message() const {
  return line > 0 ? fmt::format("line {}: {}: {}", line, key, what)
                  : fmt::format("{}: {}", key, what);
}

LoadedScript parse_script(std::string_view yaml) {
  std::vector<ScriptError> errors;
  if (yaml.size() > max_file) {
    return tl::unexpected(std::vector<ScriptError>{{0, "file", "is longer than 256 KiB"}});
  }
  try {
    Loader loader;
    auto script = loader.load(YAML::Load(std::string(yaml)));
    if (loader.errors().empty()) return script;
    errors = std::move(loader.errors());
    std::ranges::stable_sort(errors, {}, &ScriptError::line);
  } catch (const YAML::Exception& wrong) {
    errors.push_back({wrong.mark.is_null() ? 0 : wrong.mark.line + 1, "file", wrong.msg});
  }
  return tl::unexpected(std::move(errors));
}

LoadedScript load_script(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(max_file + 1, '\0');
  if (!in) {
    return tl::unexpected(std::vector<ScriptError>{{0, file.string(), "cannot be read"}});
  }
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return parse_script(text);
}

}  // namespace daedap::engines::assistant
