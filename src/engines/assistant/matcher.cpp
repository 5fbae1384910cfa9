#include "engines/assistant/matcher.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <sstream>

#include "base/utf8.hpp"

namespace daedap::engines::assistant {
namespace {

constexpr std::size_t max_text = 2000;
constexpr double least = 0.5;
using Words = std::set<std::string, std::less<>>;

/// Words that say nothing of what is wanted.
const Words& fillers() {
  static const Words words{"a",    "an",   "the", "i",   "i'd", "i'm",  "to",    "is",     "am",
                           "are",  "my",   "me",  "you", "your", "please", "can", "could", "would",
                           "like", "want", "do",  "of",  "for", "with", "at",    "it",     "need",
                           "and",  "in",   "on",  "have", "hello", "hi", "just", "some",   "us"};
  return words;
}

bool is_dropped(char32_t c) {
  constexpr std::u32string_view marks = U".,!?;:\"()[]{}~…·“”‘。、！？";
  return c < 0x20 || marks.find(c) != marks.npos;
}

char32_t lower(char32_t c) { return c >= U'A' && c <= U'Z' ? c + 32 : c; }

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

Words telling_words(const std::string& text) {
  Words out;
  for (auto& word : words_of(text)) {
    if (!fillers().contains(word)) out.insert(std::move(word));
  }
  return out;
}

/// How much two phrases share of what they tell: the harmonic mean of both directions.
double overlap(const Words& a, const Words& b) {
  if (a.empty() || b.empty()) return 0;
  const auto shared = std::ranges::count_if(a, [&](const auto& word) { return b.contains(word); });
  return 2.0 * static_cast<double>(shared) / static_cast<double>(a.size() + b.size());
}

bool holds_words(const std::string& text, const std::string& part) {
  return (" " + text + " ").find(" " + part + " ") != std::string::npos;
}

double phrase_score(const std::string& text, const Words& telling, const std::string& phrase,
                    bool korean) {
  if (text == phrase) return 1.0;
  if (korean) return base::utf8_length(phrase) >= 4 && text.find(phrase) != text.npos ? 0.95 : 0;
  return 0.9 * overlap(telling, telling_words(phrase));
}

/// A longer keyword tells more. One syllable is part of too many words: it must come first.
double keyword_score(const std::string& text, const std::string& keyword, bool korean) {
  const auto length = base::utf8_length(keyword);
  if (keyword.empty()) return 0;
  if (korean && length == 1) return text.starts_with(keyword) ? 0.75 : 0;
  const bool there = korean ? text.find(keyword) != text.npos : holds_words(text, keyword);
  return there ? std::min(0.94, 0.78 + 0.01 * static_cast<double>(length)) : 0;
}

double score_of(const Intent& intent, const std::string& text, const Words& telling,
                const std::string& language) {
  const bool korean = language == "ko";
  double best = 0;
  if (const auto found = intent.phrases.find(language); found != intent.phrases.end()) {
    for (const auto& phrase : found->second) {
      best = std::max(best, phrase_score(text, telling, normalised(phrase, language), korean));
    }
  }
  if (const auto found = intent.keywords.find(language); found != intent.keywords.end()) {
    for (const auto& keyword : found->second) {
      best = std::max(best, keyword_score(text, normalised(keyword, language), korean));
    }
  }
  return best;
}

std::optional<char> english_digit(std::string_view word) {
  constexpr std::array<std::string_view, 10> names{"zero", "one", "two",   "three", "four",
                                                   "five", "six", "seven", "eight", "nine"};
  if (word == "oh" || word == "o") return '0';
  const auto found = std::ranges::find(names, word);
  if (found == names.end()) return std::nullopt;
  return static_cast<char>('0' + (found - names.begin()));
}

std::optional<char> korean_digit(char32_t c) {
  constexpr std::u32string_view names = U"공일이삼사오육칠팔구";
  if (c >= U'0' && c <= U'9') return static_cast<char>(c);
  if (c == U'영') return '0';
  if (c == U'륙') return '6';
  const auto found = names.find(c);
  if (found == names.npos) return std::nullopt;
  return static_cast<char>('0' + found);
}

}  // namespace

std::string normalised(std::string_view text, const std::string& language) {
  const bool korean = language == "ko";
  std::u32string out;
  for (const char32_t c : base::to_utf32(base::utf8_prefix(text, max_text))) {
    if (c == U' ' || c == U'\t' || c == U'\n') {
      if (!korean && !out.empty() && out.back() != U' ') out += U' ';
    } else if (!is_dropped(c)) {
      out += c == U'’' ? U'\'' : lower(c);
    }
  }
  if (!out.empty() && out.back() == U' ') out.pop_back();
  return base::to_utf8(out);
}

std::string digits_in(std::string_view text, const std::string& language) {
  const auto plain = normalised(text, language);
  std::string out;
  if (language == "ko") {
    for (const char32_t c : base::to_utf32(plain)) {
      const auto digit = korean_digit(c);
      if (!digit) return {};
      out += *digit;
    }
    return out;
  }
  for (const auto& word : words_of(plain)) {
    if (std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; })) {
      out += word;
    } else if (const auto digit = english_digit(word)) {
      out += *digit;
    } else {
      return {};
    }
  }
  return out;
}

Match best_match(const std::vector<const Intent*>& candidates, std::string_view text,
                 const std::string& language) {
  const auto plain = normalised(text, language);
  const auto telling = telling_words(plain);
  Match best;
  if (plain.empty()) return best;
  for (const auto* intent : candidates) {
    const double score = score_of(*intent, plain, telling, language);
    if (score > best.score) best = {intent, score};
  }
  return best.score >= least ? best : Match{};
}

}  // namespace daedap::engines::assistant
