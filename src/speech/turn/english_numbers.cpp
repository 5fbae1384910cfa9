#include "speech/turn/english_numbers.hpp"

#include <algorithm>
#include <string>

namespace daedap::speech::turn {
namespace {

using Spoken = std::vector<std::string_view>;

struct Part {
  std::string digits;
  bool letter = false, tens = false, teens = false, power = false, ordinal = false, unit = false, digit = false;
};

bool all_digits(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<Part> part_of(const Rules& rules, std::string_view word) {
  Part out;
  if (all_digits(word)) return Part{.digits = std::string(word), .digit = true};
  if (rules.in(ListId::ordinal, word)) return Part{.ordinal = true};
  const auto value = [&](MapId map) {
    const auto found = rules.map(map).find(word);
    return found == rules.map(map).end() ? -1 : found->second;
  };
  if (const int digit = value(MapId::digit); digit >= 0) {
    if (digit < 10) out.digits = std::string(1, static_cast<char>('0' + digit));
    out.digit = true;
    return out;
  }
  if (const int native = value(MapId::native); native >= 0) {
    out.digits = std::to_string(native);
    (native >= 20 ? out.tens : out.teens) = true;
    return out;
  }
  if (value(MapId::power) >= 0) return Part{.power = true};
  if (value(MapId::unit) >= 0) return Part{.unit = true};
  if (word.size() == 1 && word[0] >= 'a' && word[0] <= 'z' && word != "i") return Part{.letter = true};
  return std::nullopt;
}

const Slot* slot_in(const Rules& rules, const Spoken& words, std::size_t first, const Question& question) {
  std::string before;
  for (std::size_t i = 0; i < first; ++i) before += std::string(words[i]) + " ";
  for (const Slot& slot : rules.slots()) {
    if (slot.kind != SlotKind::digits) continue;
    for (const std::string& word : slot.keywords) {
      if (before.find(word) != std::string::npos) return &slot;
    }
  }
  return question.asks && question.slot && question.kind == SlotKind::digits ? question.slot : nullptr;
}

Number verdict(Filling filling) { return {.filling = filling, .known = true}; }

Number by_length(const Slot& slot, const std::string& digits) {
  const int n = static_cast<int>(digits.size());
  if (std::find(slot.lengths.begin(), slot.lengths.end(), n) != slot.lengths.end()) return verdict(Filling::full);
  const int most = *std::max_element(slot.lengths.begin(), slot.lengths.end());
  return verdict(n > most ? Filling::overfull : Filling::partial);
}

bool talked_about(const Rules& rules, const Spoken& words, std::size_t first) {
  for (std::size_t i = first > 6 ? first - 6 : 0; i < first; ++i) {
    if (rules.in(ListId::number_noun, words[i])) return true;
  }
  return false;
}

Number spelled(const Rules& rules, const Spoken& words, const std::vector<Part>& parts, std::size_t first) {
  std::size_t length = 0;
  for (const Part& p : parts) length += p.letter ? 1 : p.digits.size();
  // "seat c", "gate twelve": short by nature
  const bool small = first > 0 && rules.in(ListId::complete, words[first - 1]);
  Number out;
  out.weight = small ? 1.5 : parts.back().letter && length < 6 ? -3.0 : length >= 5 ? 1.0 : length == 4 ? 0.2 : -2.5;
  return out;
}

}  // namespace

std::optional<Number> english_number(const Rules& rules, const Spoken& words, const Question& question) {
  std::vector<Part> parts;
  std::size_t first = words.size();
  while (first > 0) {
    const auto part = part_of(rules, words[first - 1]);
    if (!part) break;
    if (first == words.size() && words[first - 1] == "a") break;
    parts.insert(parts.begin(), *part);
    --first;
  }
  if (parts.empty()) return std::nullopt;
  const Part& last = parts.back();
  const bool month = first > 0 && rules.in(ListId::incomplete, words[first - 1]);
  const bool the = first > 0 && words[first - 1] == "the";
  if (last.unit) return parts.size() > 1 ? std::optional(verdict(Filling::full)) : std::nullopt;
  if (last.ordinal) return month || (the && parts.size() > 1) ? std::optional(verdict(Filling::full)) : std::nullopt;
  if (month) return verdict(last.tens ? Filling::partial : Filling::full);
  if (the && last.tens) return verdict(Filling::partial);
  std::string digits;
  bool cardinal = false;
  for (const Part& p : parts) {
    digits += p.digits;
    cardinal = cardinal || p.power;
  }
  const Slot* slot = slot_in(rules, words, first, question);
  if (slot && !cardinal) return by_length(*slot, digits);
  const bool letters = std::any_of(parts.begin(), parts.end(), [](const Part& p) { return p.letter; });
  if (cardinal) {
    Number out;
    out.weight = last.power ? -1.0 : -2.0;
    return out;
  }
  if (letters || talked_about(rules, words, first)) return spelled(rules, words, parts, first);
  if (digits.size() >= 7) return verdict(digits.size() == 10 || digits.size() == 7 ? Filling::full : Filling::partial);
  if (first > 0 && rules.in(ListId::complete, words[first - 1])) return spelled(rules, words, parts, first);
  if (digits.size() >= 3 && parts.size() >= 2 && !last.tens && !last.teens && first == 0) return verdict(Filling::partial);
  return std::nullopt;
}

}  // namespace daedap::speech::turn
