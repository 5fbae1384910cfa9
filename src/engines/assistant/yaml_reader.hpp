#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engines/assistant/loader.hpp"

namespace daedap::engines::assistant {

/// Takes values out of YAML nodes, notes everything that is not as it should be, and goes on.
class YamlReader {
 public:
  static constexpr std::size_t max_text = 1000, max_phrase = 120, max_list = 100;

  void note(const YAML::Node& at, const std::string& key, const std::string& what);
  std::vector<ScriptError>& errors() { return errors_; }

  /// Calls `each` for every entry of the mapping. False (and an error) when it is none.
  bool mapping(const YAML::Node& node, const std::string& key,
               const std::function<void(const std::string& name, const YAML::Node& value)>& each,
               std::size_t most = max_list);
  /// Notes keys that are not in `known`.
  void only(const YAML::Node& node, const std::string& key,
            std::initializer_list<const char*> known);
  std::string text(const YAML::Node& node, const std::string& key, std::size_t most = max_text);
  /// A lower-case name: letters, digits and underscores.
  std::string name(const YAML::Node& node, const std::string& key);
  std::vector<std::string> list(const YAML::Node& node, const std::string& key,
                                std::size_t most_text);
  double number(const YAML::Node& node, const std::string& key, double low, double high);
  /// A text per language; all of `languages` must be there.
  Text per_language(const YAML::Node& node, const std::string& key);
  Phrases phrases(const YAML::Node& node, const std::string& key);
  void set_languages(std::vector<std::string> languages) { languages_ = std::move(languages); }

  /// Where a name was used, so that a dangling one can be told with its line.
  struct Use {
    std::string name, key;
    int line;
  };
  void use(std::vector<Use>& uses, const std::string& name, const YAML::Node& at,
           const std::string& key);
  void note(const Use& use, const std::string& what) {
    errors_.push_back({use.line, use.key, what});
  }

 private:
  bool knows(const std::string& language) const;
  std::vector<std::string> languages_;
  std::vector<ScriptError> errors_;
};

bool is_name(const std::string& text);

}  // namespace daedap::engines::assistant
