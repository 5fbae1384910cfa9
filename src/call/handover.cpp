#include "call/handover.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace daedap::call {
namespace {

constexpr std::size_t longest_shown = 200;   // bytes
constexpr std::size_t longest_spoken = 160;  // bytes of the caller's words: about ten seconds
constexpr std::size_t most_facts = 4;
constexpr std::size_t longest_fact = 40;  // bytes

std::string one_line(std::string text) {
  std::ranges::replace_if(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text;
}

/// The latest of `said` that fit into `limit`; a last one that is too long is cut.
std::string latest(const std::vector<std::string>& said, std::string_view between, std::size_t limit) {
  std::string text;
  for (auto one = said.rbegin(); one != said.rend(); ++one) {
    if (text.empty()) {
      text = base::utf8_prefix(*one, limit);
      continue;
    }
    if (text.size() + between.size() + one->size() > limit) break;
    text = *one + std::string(between) + text;
  }
  return text;
}

std::string words(std::string name) {
  std::ranges::replace(name, '_', ' ');
  return name;
}

std::string as_sentence(std::string text) {
  const auto end = text.find_last_not_of(" \t");
  text.resize(end == std::string::npos ? 0 : end + 1);
  if (text.empty() || text.ends_with('.') || text.ends_with('?') || text.ends_with('!')) return text;
  return text + ".";
}

std::string told(const Handover& handover) {
  if (!handover.summary.empty()) return std::string(base::utf8_prefix(handover.summary, 2 * longest_spoken));
  std::vector<std::string> said = handover.said;
  if (said.size() > 1) said.pop_back();  // "a person, please"
  for (std::string& one : said) one = as_sentence(one);
  return latest(said, " ", longest_spoken);
}

}  // namespace

Handover handover_of(const std::vector<Turn>& turns, const std::map<std::string, std::string>& arguments) {
  Handover out;
  for (const Turn& turn : turns)
    if (turn.speaker == speech::Said::Speaker::caller && !turn.text.empty()) out.said.push_back(turn.text);
  for (const auto& [name, value] : arguments) {
    if (name == "summary") out.summary = value;
    else if (name != "to" && !value.empty() && out.facts.size() < most_facts)
      out.facts.emplace(base::utf8_prefix(name, longest_fact), base::utf8_prefix(value, longest_fact));
  }
  return out;
}

std::string shown(const Handover& handover) {
  std::string facts;
  for (const auto& [name, value] : handover.facts) facts += (facts.empty() ? "" : ", ") + words(name) + ": " + value;
  facts = base::utf8_prefix(facts, longest_shown / 2);
  const std::size_t room = longest_shown - (facts.empty() ? 0 : facts.size() + 3);
  std::string text = handover.summary.empty() ? latest(handover.said, " / ", room)
                                              : std::string(base::utf8_prefix(handover.summary, room));
  if (!facts.empty()) text += (text.empty() ? "" : " | ") + facts;
  return one_line(std::move(text));
}

std::string spoken(const Handover& handover, std::string_view language) {
  const bool korean = language.starts_with("ko");
  std::string text = korean ? "AI 비서가 받은 전화입니다." : "A call from the assistant.";
  if (const std::string said = told(handover); !said.empty())
    text += (korean ? " 고객 말씀입니다. " : " The caller said: ") + as_sentence(said);
  for (const auto& [name, value] : handover.facts)
    text += korean ? " 받아 둔 내용은 " + value + "입니다." : " " + words(name) + ": " + as_sentence(value);
  return one_line(text + (korean ? " 연결하겠습니다." : " Connecting now."));
}

}  // namespace daedap::call
