#include "speech/turn/english_clause.hpp"

#include <algorithm>
#include <string>

namespace daedap::speech::turn {
namespace {

using Words = std::vector<std::string_view>;

std::string joined(const Words& words, std::size_t from, std::size_t to) {
  std::string out;
  for (std::size_t i = from; i < to; ++i) {
    if (!out.empty()) out += ' ';
    out += words[i];
  }
  return out;
}

bool contracted(std::string_view word) {
  const std::size_t at = word.find('\'');
  if (at == std::string_view::npos || at == 0) return false;
  const std::string_view tail = word.substr(at);
  const std::string_view head = word.substr(0, at);
  const bool pronoun = head == "i" || head == "you" || head == "we" || head == "they" || head == "he" || head == "she" ||
                       head == "it" || head == "that" || head == "there" || head == "who" || head == "what";
  return pronoun && (tail == "'m" || tail == "'re" || tail == "'ve" || tail == "'ll" || tail == "'d" || tail == "'s");
}

/// Counts subjects that want a verb and finite verbs, from left to right.
class Counter {
 public:
  Counter(const Rules& rules, const Words& words) : rules_(rules), words_(words) {}
  void count(std::size_t from);

  int subjects = 0, verbs = 0;
  bool relative = false;

 private:
  enum class Tag { start, determiner, noun, subject, relative, verb, helper, preposition, other };

  Tag step(std::size_t i);
  bool in(ListId list, std::string_view word) const { return rules_.in(list, word); }
  bool finite(std::size_t i) const;
  bool noun_position() const {
    return before_ == Tag::determiner || before_ == Tag::preposition;
  }

  const Rules& rules_;
  const Words& words_;
  Tag before_ = Tag::start;
  bool in_subject_ = false;   // a noun phrase runs that has no verb yet
};

void Counter::count(std::size_t from) {
  for (std::size_t i = from; i < words_.size(); ++i) before_ = step(i);
}

// A verb form that can carry a clause where it stands.
bool Counter::finite(std::size_t i) const {
  const std::string_view word = words_[i];
  if (noun_position() || word.ends_with("ing")) return false;
  if (in(ListId::finite, word)) return true;
  const std::string base = verb_base(rules_, word);
  if (base.empty()) return false;
  if (before_ == Tag::subject || before_ == Tag::relative) return true;
  if (base == word) {  // only after a plural
    return before_ == Tag::noun && i > 0 && words_[i - 1].ends_with("s") && !words_[i - 1].ends_with("ss");
  }
  if (word.ends_with("s")) return !in(ListId::noun_like_verb, word) || i + 1 < words_.size();
  return before_ != Tag::start;
}

Counter::Tag Counter::step(std::size_t i) {
  const std::string_view word = words_[i];
  const bool after_noun = before_ == Tag::noun;
  if (contracted(word)) {
    ++subjects, ++verbs;
    in_subject_ = false;
    return Tag::helper;
  }
  if (before_ == Tag::helper && (word == "you" || word == "it")) return Tag::subject;
  // Between a subject and its verb.
  if (word == "never" || word == "also" || (in(ListId::hedge, word) && before_ != Tag::start)) return before_;
  if (in(ListId::auxiliary, word) && word != "to" && word != "not" && word != "be" && word != "been" && word != "being") {
    if (before_ == Tag::helper) return Tag::helper;
    ++verbs;
    in_subject_ = false;
    return Tag::helper;
  }
  if (word == "to" || word == "not" || word == "be" || word == "been") return Tag::helper;
  if (in(ListId::pronoun, word) || ((word == "you" || word == "it" || word == "there") && before_ != Tag::verb && before_ != Tag::preposition)) {
    // "the claim my wife filed", "the dish we ordered": a subject within a subject
    if (in_subject_ && after_noun) relative = true;
    subjects += before_ != Tag::relative;  // "that I bought" wants one verb
    in_subject_ = true;
    return Tag::subject;
  }
  if (in(ListId::relative, word) && after_noun && in_subject_) {
    relative = true;
    ++subjects;
    return Tag::relative;
  }
  if (before_ == Tag::helper && !verb_base(rules_, word).empty()) return Tag::verb;
  if (finite(i)) {
    ++verbs;
    in_subject_ = false;
    return Tag::verb;
  }
  if (in(ListId::determiner, word)) {
    const bool fresh = before_ == Tag::start || (after_noun && in_subject_);
    if (fresh) {
      if (in_subject_) relative = true;
      ++subjects;
      in_subject_ = true;
    }
    return Tag::determiner;
  }
  const bool either = word == "after" || word == "before" || word == "since" || word == "until" || word == "till" ||
                      word == "as" || word == "than";
  if (either || in(ListId::preposition, word)) return Tag::preposition;
  if (in(ListId::subordinator, word) || word == "and" || word == "but" || word == "so" || word == "or") return Tag::start;
  if (in(ListId::adjective, word)) return before_ == Tag::determiner ? Tag::determiner : Tag::other;
  if (word.ends_with("ly") && before_ == Tag::subject) return Tag::subject;
  if (before_ == Tag::start && !in_subject_ && subjects == 0) {
    ++subjects;
    in_subject_ = true;
  }
  return Tag::noun;
}

}  // namespace

std::string verb_base(const Rules& rules, std::string_view word) {
  std::string base(word);
  const auto known = [&] { return rules.in(ListId::verb, base); };
  if (known()) return base;
  for (const std::string_view tail : {"s", "es", "ed", "d", "ing"}) {
    if (!word.ends_with(tail) || word.size() < tail.size() + 2) continue;
    base = word.substr(0, word.size() - tail.size());
    if (known()) return base;
    if (base.size() > 3 && base[base.size() - 1] == base[base.size() - 2]) {
      base.pop_back();
      if (known()) return base;
      base += base.back();
    }
    if (base.ends_with("i")) {
      base.back() = 'y';
      if (known()) return base;
    }
    base = std::string(word.substr(0, word.size() - tail.size())) + "e";
    if (known()) return base;
  }
  return rules.in(ListId::finite, word) ? std::string(word) : std::string{};
}

bool ends_in(const Rules& rules, const Words& words, ListId list) {
  const std::size_t most = std::min<std::size_t>(4, words.size());
  const std::string all = joined(words, words.size() - most, words.size());
  std::size_t length = 0;
  for (std::size_t n = 1; n <= most; ++n) {
    length += words[words.size() - n].size() + (n > 1 ? 1 : 0);
    if (rules.in(list, std::string_view(all).substr(all.size() - length))) return true;
  }
  return false;
}

std::size_t begins_in(const Rules& rules, const Words& words, ListId list) {
  const std::size_t most = std::min<std::size_t>(4, words.size());
  const std::string all = joined(words, 0, most);
  std::size_t length = all.size();
  for (std::size_t n = most; n > 0; --n) {
    if (rules.in(list, std::string_view(all).substr(0, length))) return n;
    length -= std::min(length, words[n - 1].size() + 1);
  }
  return 0;
}

Clause clause_of(const Rules& rules, const Words& words) {
  if (words.empty()) return Clause::nothing;
  if (begins_in(rules, words, ListId::opens) > 0) return Clause::question;
  const std::string_view first = words[0];
  Counter counter(rules, words);
  if (const std::size_t sub = begins_in(rules, words, ListId::subordinator)) {
    // "when will it arrive" asks
    const bool asks = first == "when" && words.size() > 2 && rules.in(ListId::auxiliary, words[1]);
    if (asks) return Clause::question;
    counter.count(sub);
    return counter.verbs >= 2 && counter.verbs >= counter.subjects ? Clause::statement : Clause::subordinate;
  }
  const bool inverted = rules.in(ListId::auxiliary, first) && first != "to" && first != "not" && first != "let's" &&
                        first.find("i'") == std::string_view::npos && !contracted(first);
  if (rules.in(ListId::wh, first) || inverted) {
    const bool negative_order = first == "don't" || first == "dont";
    if (words.size() >= 3) return negative_order ? Clause::imperative : Clause::question;
    return rules.in(ListId::wh, first) ? Clause::question : Clause::nothing;
  }
  if (words.size() >= 2 && (rules.in(ListId::imperative, first) ||
                            (rules.in(ListId::verb, first) && (rules.in(ListId::determiner, words[1]) ||
                                                               rules.in(ListId::object_pronoun, words[1]))))) {
    return Clause::imperative;
  }
  counter.count(0);
  if (counter.verbs > 0 && counter.verbs >= counter.subjects) return Clause::statement;
  if (counter.relative) return Clause::relative;
  return counter.verbs > 0 ? Clause::relative : Clause::noun_phrase;
}

}  // namespace daedap::speech::turn
