#include "engines/assistant/yaml_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/utf8.hpp"

namespace daedap::engines::assistant {
namespace {

int line_of(const YAML::Node& node) { return node.IsDefined() ? node.Mark().line + 1 : 0; }

}  // namespace

bool is_name(const std::string& text) {
  return !text.empty() && text.size() <= 40 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

void YamlReader::note(const YAML::Node& at, const std::string& key, const std::string& what) {
  errors_.push_back({line_of(at), key, what});
}

bool YamlReader::mapping(
    const YAML::Node& node, const std::string& key,
    const std::function<void(const std::string&, const YAML::Node&)>& each, std::size_t most) {
  if (!node.IsDefined() || !node.IsMap()) return note(node, key, "must be a mapping"), false;
  if (node.size() > most) {
    return note(node, key, fmt::format("has more than {} entries", most)), false;
  }
  std::set<std::string> seen;
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) {
      note(entry.first, key, "keys must be plain words");
    } else if (!seen.insert(entry.first.Scalar()).second) {
      note(entry.first, key + "." + entry.first.Scalar(), "is there twice");
    } else {
      each(entry.first.Scalar(), entry.second);
    }
  }
  return true;
}

void YamlReader::only(const YAML::Node& node, const std::string& key,
                      std::initializer_list<const char*> known) {
  if (!node.IsMap()) return;
  for (const auto& entry : node) {
    const bool fine = entry.first.IsScalar() && std::ranges::any_of(known, [&](const char* k) {
      return entry.first.Scalar() == k;
    });
    if (fine) continue;
    const auto where = entry.first.IsScalar() ? entry.first.Scalar() : std::string("?");
    note(entry.first, key.empty() ? where : key + "." + where,
         fmt::format("unknown key; known here: {}", fmt::join(known, ", ")));
  }
}

std::string YamlReader::text(const YAML::Node& node, const std::string& key, std::size_t most) {
  if (!node.IsDefined() || !node.IsScalar() || node.Scalar().empty()) {
    note(node, key, "must be a text");
    return {};
  }
  const auto& value = node.Scalar();
  if (value.size() > most) note(node, key, fmt::format("is longer than {} bytes", most));
  if (base::valid_utf8(value) != value) note(node, key, "is not UTF-8");
  return value;
}

std::string YamlReader::name(const YAML::Node& node, const std::string& key) {
  auto value = text(node, key);
  if (!value.empty() && !is_name(value)) note(node, key, "must be a name like leave_message");
  return value;
}

std::vector<std::string> YamlReader::list(const YAML::Node& node, const std::string& key,
                                          std::size_t most_text) {
  std::vector<std::string> out;
  if (!node.IsDefined() || !node.IsSequence()) return note(node, key, "must be a list"), out;
  if (node.size() > max_list) {
    return note(node, key, fmt::format("has more than {} entries", max_list)), out;
  }
  for (std::size_t i = 0; i < node.size(); ++i) {
    auto value = text(node[i], fmt::format("{}[{}]", key, i), most_text);
    if (!value.empty()) out.push_back(std::move(value));
  }
  return out;
}

double YamlReader::number(const YAML::Node& node, const std::string& key, double low, double high) {
  double value = low;
  const bool is_number =
      node.IsDefined() && node.IsScalar() && YAML::convert<double>::decode(node, value);
  if (!is_number || !(value >= low) || !(value <= high)) {
    note(node, key, fmt::format("must be a number from {} to {}", low, high));
    return low;
  }
  return value;
}

bool YamlReader::knows(const std::string& language) const {
  return std::ranges::find(languages_, language) != languages_.end();
}

Text YamlReader::per_language(const YAML::Node& node, const std::string& key) {
  Text out;
  const bool ok = mapping(node, key, [&](const std::string& language, const YAML::Node& value) {
    if (!knows(language)) note(value, key + "." + language, "is none of the script's languages");
    out[language] = text(value, key + "." + language);
  });
  for (const auto& language : languages_) {
    if (ok && !out.contains(language)) note(node, key, "has no text in '" + language + "'");
  }
  return out;
}

Phrases YamlReader::phrases(const YAML::Node& node, const std::string& key) {
  Phrases out;
  mapping(node, key, [&](const std::string& language, const YAML::Node& value) {
    if (!knows(language)) note(value, key + "." + language, "is none of the script's languages");
    out[language] = list(value, key + "." + language, max_phrase);
  });
  return out;
}

void YamlReader::use(std::vector<Use>& uses, const std::string& name, const YAML::Node& at,
                     const std::string& key) {
  if (!name.empty()) uses.push_back({name, key, line_of(at)});
}

}  // namespace daedap::engines::assistant
