// The data file: lines that begin a section stand at the margin, what belongs to it is indented.
#include <algorithm>
#include <charconv>
#include <optional>

#include "base/utf8.hpp"
#include "speech/turn/rules.hpp"
#include "speech/turn/rules_names.hpp"

namespace daedap::speech::turn {
namespace {

constexpr std::size_t most_symbols = 60;      // of one ending
constexpr std::size_t most_expanded = 1024;    // endings that one pattern stands for
constexpr std::size_t most_classes = 400;
constexpr std::size_t most_nodes = 400'000;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> out;
  std::size_t at = 0;
  while ((at = line.find_first_not_of(" \t", at)) != std::string_view::npos) {
    const std::size_t end = std::min(line.find_first_of(" \t", at), line.size());
    out.push_back(line.substr(at, end - at));
    at = end;
  }
  return out;
}

std::string spaced(std::string_view word) {
  std::string out(word);
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}

std::optional<double> number_of(std::string_view word) {
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size() || !(value > -100 && value < 100)) return std::nullopt;
  return value;
}

std::optional<int> whole_of(std::string_view word) {
  int value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return value;
}

// Appends one more choice to each of `heads`.
void extend(std::vector<std::u32string>& heads, const std::vector<std::u32string>& choices) {
  std::vector<std::u32string> out;
  for (const auto& head : heads) {
    for (const auto& choice : choices) {
      if (out.size() >= most_expanded) return heads.swap(out);
      out.push_back(head + choice);
    }
  }
  heads.swap(out);
}

constexpr int deepest = 4;

// Where `wanted` or the end stands outside of any bracket.
std::size_t outside(std::u32string_view text, char32_t wanted) {
  int open = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (open == 0 && text[i] == wanted) return i;
    open += text[i] == U'(' ? 1 : text[i] == U')' ? -1 : 0;
  }
  return std::u32string_view::npos;
}

// The choices of a bracket, "가|나_다": themselves patterns.
std::vector<std::u32string> expand(std::u32string_view pattern, int depth = 0);
std::vector<std::u32string> choices_of(std::u32string_view inner, int depth) {
  std::vector<std::u32string> out;
  for (;;) {
    const std::size_t bar = outside(inner, U'|');
    for (auto& one : expand(inner.substr(0, bar), depth)) out.push_back(std::move(one));
    if (bar == std::u32string_view::npos || out.size() > most_expanded) return out;
    inner.remove_prefix(bar + 1);
  }
}

// "(가|나)다_라" -> 가다 라, 가다라, 나다 라, 나다라. Nothing when a bracket is left open.
std::vector<std::u32string> expand(std::u32string_view pattern, int depth) {
  if (depth > deepest) return {};
  std::vector<std::u32string> heads{U""};
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char32_t c = pattern[i];
    if (c == U'_') {
      extend(heads, {U" ", U""});
    } else if (c == U'.' || c == U'^') {
      extend(heads, {U" "});
    } else if (c == U'(') {
      const std::u32string_view rest = pattern.substr(i + 1);
      const std::size_t end = outside(rest, U')');
      if (end == std::u32string_view::npos) return {};
      extend(heads, choices_of(rest.substr(0, end), depth + 1));
      i += end + 1;
    } else {
      extend(heads, {std::u32string(1, c)});
    }
  }
  return heads;
}

}  // namespace

class RulesReader {
 public:
  base::Result<Rules> read(std::string_view text);

 private:
  enum class Section { none, ending, stem, list, map, replace, slot };
  using Parts = std::vector<std::string_view>;

  bool line(std::string_view line);
  bool head(const Parts& parts);
  bool body(const Parts& parts);
  bool class_head(const Parts& parts);
  bool class_option(std::string_view word, bool& conditions);
  bool slot_head(const Parts& parts);
  bool weight_line(const Parts& parts);
  bool add_patterns(std::string_view pattern, SuffixTrie& trie, std::uint16_t value);
  bool add_pair(std::string_view word);
  bool wrong(const char* why, std::string_view what) {
    why_ = std::string(why) + ": " + std::string(base::utf8_prefix(what, 60));
    return false;
  }

  Rules rules_;
  Section section_ = Section::none;
  std::size_t list_ = 0, map_ = 0;
  std::uint32_t weights_seen_ = 0;
  std::string why_;
};

base::Result<Rules> RulesReader::read(std::string_view text) {
  if (text.size() > Rules::most_bytes) return base::fail(base::Code::too_large, "the turn rules are too long");
  int number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (one.ends_with('\r')) one.remove_suffix(1);
    if (!line(one.substr(0, one.find('#')))) {
      return base::fail(base::Code::bad_syntax, "wrong turn rules", "line " + std::to_string(number) + ": " + why_);
    }
  }
  if (rules_.language_.empty()) return base::fail(base::Code::bad_syntax, "the turn rules name no language");
  for (std::size_t w = 0; w < weights; ++w) {
    if ((weights_seen_ >> w & 1u) == 0) {
      return base::fail(base::Code::bad_syntax, "the turn rules lack a weight", std::string(weight_names[w]));
    }
  }
  return std::move(rules_);
}

bool RulesReader::line(std::string_view line) {
  const Parts parts = words_of(line);
  if (parts.empty()) return true;
  const bool indented = line.front() == ' ' || line.front() == '\t';
  return indented ? body(parts) : head(parts);
}

bool RulesReader::head(const Parts& parts) {
  const std::string_view word = parts[0];
  section_ = Section::none;
  if (word == "turns" && parts.size() == 3 && parts[1] == "1") {
    rules_.language_ = parts[2];
    return true;
  }
  if (word == "weight") return weight_line(parts);
  if (word == "class") return class_head(parts);
  if (word == "slot") return slot_head(parts);
  if (word == "stems" && parts.size() == 1) return section_ = Section::stem, true;
  if (word == "replace" && parts.size() == 1) return section_ = Section::replace, true;
  if (word == "list" && parts.size() == 2) {
    const auto found = index_of(list_names, parts[1]);
    if (!found) return wrong("no such list", parts[1]);
    list_ = *found;
    section_ = Section::list;
    return true;
  }
  if (word == "map" && parts.size() == 2) {
    const auto found = index_of(map_names, parts[1]);
    if (!found) return wrong("no such map", parts[1]);
    map_ = *found;
    section_ = Section::map;
    return true;
  }
  return wrong("no such section", word);
}

bool RulesReader::weight_line(const Parts& parts) {
  if (parts.size() != 3) return wrong("a weight is a name and a number", parts.back());
  const auto name = index_of(weight_names, parts[1]);
  const auto value = number_of(parts[2]);
  if (!name || !value) return wrong("no such weight", name ? parts[2] : parts[1]);
  rules_.weights_[*name] = *value;
  weights_seen_ |= 1u << *name;
  return true;
}

bool RulesReader::class_head(const Parts& parts) {
  if (parts.size() < 5) return wrong("a class is id, kind, weight and name", parts.back());
  if (rules_.classes_.size() >= most_classes) return wrong("too many classes", parts[1]);
  const auto kind = index_of(kind_names, parts[2]);
  const auto weight = number_of(parts[3]);
  if (!kind) return wrong("no such kind", parts[2]);
  if (!weight) return wrong("no number", parts[3]);
  rules_.classes_.push_back({std::string(parts[1]), std::string(parts[4]), static_cast<Kind>(*kind), *weight});
  bool conditions = false;
  for (std::size_t i = 5; i < parts.size(); ++i) {
    if (!class_option(parts[i], conditions)) return false;
  }
  section_ = Section::ending;
  return true;
}

bool RulesReader::class_option(std::string_view word, bool& conditions) {
  Class& c = rules_.classes_.back();
  if (word == "host") return c.host = true;
  if (word == "tail") return c.tail = true;
  if (word == "if") return conditions = true;
  const auto found = index_of(condition_names, word);
  if (!conditions || !found) return wrong("no such option", word);
  c.conditions |= 1u << *found;
  return true;
}

bool RulesReader::slot_head(const Parts& parts) {
  if (parts.size() < 3) return wrong("a slot is name, kind and lengths", parts.back());
  const auto kind = index_of(slot_names, parts[2]);
  if (!kind) return wrong("no such kind of slot", parts[2]);
  Slot slot{std::string(parts[1]), static_cast<SlotKind>(*kind), {}, {}};
  for (std::size_t i = 3; i < parts.size(); ++i) {
    const auto length = whole_of(parts[i]);
    if (!length || *length < 1 || *length > 40) return wrong("no length", parts[i]);
    slot.lengths.push_back(*length);
  }
  rules_.slots_.push_back(std::move(slot));
  section_ = Section::slot;
  return true;
}

bool RulesReader::body(const Parts& parts) {
  for (const std::string_view word : parts) {
    switch (section_) {
      case Section::none: return wrong("belongs to no section", word);
      case Section::ending: {
        const auto value = static_cast<std::uint16_t>(rules_.classes_.size() - 1);
        if (!add_patterns(word, rules_.endings_, value)) return false;
        break;
      }
      case Section::stem:
        if (!add_patterns(word, rules_.stems_, 0)) return false;
        break;
      case Section::list: rules_.lists_[list_].insert(spaced(word)); break;
      case Section::slot: rules_.slots_.back().keywords.push_back(spaced(word)); break;
      case Section::map:
      case Section::replace:
        if (!add_pair(word)) return false;
        break;
    }
  }
  return true;
}

bool RulesReader::add_patterns(std::string_view pattern, SuffixTrie& trie, std::uint16_t value) {
  const auto all = expand(base::to_utf32(pattern));
  if (all.empty() || all.size() >= most_expanded) return wrong("no ending", pattern);
  for (const std::u32string& one : all) {
    const auto symbols = symbols_of(one);
    if (symbols.empty() || symbols.size() > most_symbols) return wrong("no ending", pattern);
    if (std::find(symbols.begin(), symbols.end(), other_symbol) != symbols.end()) return wrong("no letter", pattern);
    if (trie.size() + symbols.size() > most_nodes) return wrong("too many endings", pattern);
    trie.insert(symbols, value);
  }
  return true;
}

bool RulesReader::add_pair(std::string_view word) {
  const std::size_t equals = word.find('=');
  if (equals == 0 || equals == std::string_view::npos) return wrong("a pair is left=right", word);
  const std::string key = spaced(word.substr(0, equals));
  const std::string_view value = word.substr(equals + 1);
  if (section_ == Section::replace) {
    rules_.replaced_.emplace_back(base::to_utf32(key), base::to_utf32(spaced(value)));
    return true;
  }
  if (map_ == static_cast<std::size_t>(MapId::unit)) {
    const auto unit = index_of(unit_names, value);
    if (!unit) return wrong("no such unit", value);
    rules_.maps_[map_][key] = static_cast<int>(*unit);
    return true;
  }
  const auto number = whole_of(value);
  if (!number) return wrong("no number", value);
  rules_.maps_[map_][key] = *number;
  return true;
}

base::Result<Rules> Rules::parse(std::string_view text) { return RulesReader{}.read(text); }

}  // namespace daedap::speech::turn
