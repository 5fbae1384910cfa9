// English: the last word first, then whether the clause has what it needs.
#include <algorithm>
#include <cmath>
#include <string>

#include "speech/turn/english_clause.hpp"
#include "speech/turn/english_numbers.hpp"
#include "speech/turn/languages.hpp"
#include "speech/turn/words.hpp"

namespace daedap::speech::turn {
namespace {

class English {
 public:
  English(const Rules& rules, std::string_view text, const Context& context)
      : rules_(rules), context_(context), words_(words_of(rules, text)) {}
  Verdict judge();

 private:
  void strip();
  bool answer();
  bool last_word();
  bool preposition();
  bool dangling_adjective();
  bool stranded_to() const;
  bool number();
  bool like_a_digit() const;
  void clause();
  void decide(std::string_view id, std::string_view reason, double z, Kind kind);
  bool in(ListId list, std::string_view word) const { return rules_.in(list, word); }
  double weight(Weight w) const { return rules_.weight(w); }

  const Rules& rules_;
  const Context& context_;
  Words words_;
  std::vector<std::string_view> all_, body_;  // every word; without fillers before and within
  Clause clause_ = Clause::nothing;
  Verdict v_;
  double z_ = 0;
};

void English::decide(std::string_view id, std::string_view reason, double z, Kind kind) {
  v_.id = id;
  v_.kind = kind;
  v_.reasons.add(reason);
  z_ += z;
}

void English::strip() {
  for (const Word& w : words_.words) all_.push_back(w.utf8);
  bool begun = false;
  for (const std::string_view w : all_) {
    const bool filler = w == "um" || w == "uh" || w == "er" || w == "erm" || w == "hmm" || w == "ah";
    begun = begun || !in(ListId::greeting, w);
    if (begun && !filler) body_.push_back(w);
  }
}

// Nothing but yes, no, thank you and the like, or a politeness at the end.
bool English::answer() {
  std::size_t at = 0;
  while (at < all_.size()) {
    const std::vector<std::string_view> rest(all_.begin() + static_cast<std::ptrdiff_t>(at), all_.end());
    const std::size_t n = begins_in(rules_, rest, ListId::answer);
    if (n == 0 && !in(ListId::greeting, all_[at])) break;
    at += std::max<std::size_t>(n, 1);
  }
  const std::string_view last = all_.back();
  const bool whole = at >= all_.size() && ends_in(rules_, all_, ListId::answer);
  const bool polite = last == "please" || last == "thanks" || (last == "you" && ends_in(rules_, all_, ListId::answer));
  if (!whole && !polite) return false;
  v_.short_answer = whole;
  decide("B'", whole ? "short_answer" : "politeness", weight(Weight::answer_polite), Kind::answer);
  return true;
}

// "the faucet that it came with" and "it came on" may end in a preposition, "we're flying into" not.
bool English::preposition() {
  const std::string_view last = all_.back();
  if (!ends_in(rules_, all_, ListId::preposition)) return false;
  if (in(ListId::adverb, last)) {
    for (std::size_t back = 1; back <= 4 && back < all_.size(); ++back) {
      const std::string_view word = all_[all_.size() - 1 - back];
      const std::string base = verb_base(rules_, word);
      if (!base.empty() && in(ListId::particle_verb, base + " " + std::string(last))) return false;
      const bool irregular = word == "came" || word == "went" || word == "fell" || word == "broke" || word == "ran" ||
                             word == "got" || word == "woke" || word == "blew" || word == "wore" || word == "sold";
      if (irregular && last != "into") return false;
    }
  }
  const bool stranded = clause_ == Clause::question ||
                        std::any_of(body_.begin(), body_.end(), [&](auto w) { return in(ListId::wh, w); });
  if (stranded && last != "to" && last != "of" && last != "into" && last != "next") {
    decide("PS", "stranded_preposition", 0.5, Kind::particle);
    return true;
  }
  decide("PR", "preposition", -3.0, Kind::particle);
  return true;
}

// "is that your cheapest": a determiner, and no noun after it.
bool English::dangling_adjective() {
  const std::string_view last = all_.back();
  const bool superlative = last.size() > 5 && last.ends_with("est") && verb_base(rules_, last).empty();
  if (!in(ListId::adjective, last) && !superlative) return false;
  for (std::size_t back = 1; back <= 3 && back < all_.size(); ++back) {
    const std::string_view word = all_[all_.size() - 1 - back];
    if (in(ListId::adjective, word)) continue;
    if (!in(ListId::determiner, word) && rules_.map(MapId::digit).count(word) == 0) return false;
    const bool ordinal = last == "first" || last == "last" || last == "next" || last == "same" || last == "second" ||
                         last == "third" || last == "latest" || last == "best" || last == "other";
    decide("AD", "adjective", ordinal ? -1.0 : -4.5, Kind::adnominal);
    return true;
  }
  return false;
}

// "who should I talk to"
bool English::stranded_to() const {
  return clause_ == Clause::question && in(ListId::wh, body_.front()) && body_.size() >= 4 &&
         !verb_base(rules_, all_[all_.size() - 2]).empty();
}

bool English::last_word() {
  const std::string_view last = all_.back();
  const std::string_view before = all_.size() > 1 ? all_[all_.size() - 2] : std::string_view{};
  if (ends_in(rules_, all_, ListId::wait)) return decide("W", "asks_to_wait", -4.0, Kind::wait), true;
  if (ends_in(rules_, all_, ListId::filler)) return decide("F", "filler", -4.0, Kind::filler), true;
  if (last.ends_with("'s") && !in(ListId::auxiliary, last)) return decide("DT", "possessive", -4.5, Kind::adnominal), true;
  if (last == "to" && stranded_to()) return decide("PS", "stranded_preposition", 0.5, Kind::particle), true;
  // "repeating that", "about that" have their object; "states that", "the problem that" go on.
  const bool object = in(ListId::preposition, before) || before == "like" ||
                      (!verb_base(rules_, before).empty() && !in(ListId::reporting, before) &&
                       !in(ListId::reporting, verb_base(rules_, before)));
  if (last == "that" && object) return false;
  if (ends_in(rules_, all_, ListId::conjunction)) {
    return decide("CJ", "conjunction", weight(Weight::open_end), Kind::conjunction), true;
  }
  if (in(ListId::possessive, last) || ends_in(rules_, all_, ListId::quantifier)) {
    return decide("DT", "determiner", -4.5, Kind::adnominal), true;
  }
  if (in(ListId::auxiliary, last) && !(clause_ == Clause::question && (last == "is" || last == "are" || last == "was" || last == "be") &&
                                       body_.size() > 3 && in(ListId::wh, body_.front()))) {
    return decide("AX", "auxiliary", weight(Weight::open_end), Kind::connective), true;
  }
  if (in(ListId::pronoun, last)) return decide("PN", "pronoun", weight(Weight::open_end), Kind::connective), true;
  if (preposition()) return true;
  if (ends_in(rules_, all_, ListId::hedge)) return decide("AV", "hedge", weight(Weight::soft_end), Kind::adverb), true;
  const bool told = in(ListId::reporting, before) && in(ListId::object_pronoun, last) && clause_ != Clause::imperative;
  if (all_.size() > 1 && clause_ != Clause::question && (told || in(ListId::reporting, last)) && last != "know" &&
      before != "that") {
    return decide("RP", "reporting", -3.0, Kind::connective), true;
  }
  if (all_.size() > 1 && clause_ != Clause::question && clause_ != Clause::relative && in(ListId::transitive, last) &&
      !in(ListId::determiner, before)) {
    return decide("TV", "verb_needs_object", -2.5, Kind::connective), true;
  }
  return dangling_adjective();
}

bool English::number() {
  const auto n = english_number(rules_, all_, context_.question);
  if (!n) return false;
  v_.filling = n->filling;
  double z = n->weight;
  std::string_view reason = "number";
  if (n->filling == Filling::partial) z = weight(Weight::slot_partial), reason = "slot_partial";
  if (n->filling == Filling::full) z = weight(Weight::slot_full), reason = "slot_full";
  if (n->filling == Filling::overfull) z = weight(Weight::slot_overfull), reason = "slot_overfull";
  decide("N3", reason, z, Kind::noun);
  return true;
}

// "two one oh", "ten am": not surprise, not a verb.
bool English::like_a_digit() const {
  if (all_.size() < 2 || (all_.back() != "oh" && all_.back() != "am")) return false;
  const std::string_view before = all_[all_.size() - 2];
  return rules_.map(MapId::digit).count(before) > 0 || rules_.map(MapId::native).count(before) > 0 ||
         (before[0] >= '0' && before[0] <= '9');
}

void English::clause() {
  switch (clause_) {
    case Clause::question: return decide("Q", "question", weight(Weight::question), Kind::end);
    case Clause::imperative: return decide("I", "imperative", weight(Weight::imperative), Kind::end);
    case Clause::statement: return decide("S", "statement", weight(Weight::statement), Kind::end);
    case Clause::subordinate: return decide("SB", "subordinate_alone", weight(Weight::soft_end), Kind::connective);
    case Clause::relative: return decide("RC", "relative_alone", -3.0, Kind::adnominal);
    case Clause::nothing:
    case Clause::noun_phrase: break;
  }
  const Question& q = context_.question;
  const bool asked = q.asks && (q.kind == SlotKind::noun || q.kind == SlotKind::date || q.kind == SlotKind::time);
  const bool counted = std::any_of(body_.begin(), body_.end(), [&](std::string_view w) {
    return rules_.map(MapId::digit).count(w) > 0 || rules_.map(MapId::native).count(w) > 0 || (w[0] >= '0' && w[0] <= '9');
  });
  if (asked || (counted && body_.size() >= 2)) {
    return decide("NP", "slot_noun", asked ? weight(Weight::slot_noun) : 1.0, Kind::noun);
  }
  decide("NP", "bare_noun", weight(Weight::unknown_word), Kind::noun);
}

Verdict English::judge() {
  if (words_.empty()) return v_;
  v_.words = static_cast<int>(words_.count);
  strip();
  clause_ = clause_of(rules_, body_);
  z_ = weight(Weight::prior);
  if (!answer() && !(like_a_digit() && number()) && !last_word() && !number()) clause();
  if (words_.mark != 0) {
    z_ += words_.mark == U',' ? weight(Weight::comma) : weight(context_.final ? Weight::mark_final : Weight::mark_interim);
    v_.reasons.add("mark");
  }
  v_.log_odds = z_;
  v_.p = 1 / (1 + std::exp(-z_));
  v_.state = v_.kind == Kind::wait ? State::wait : z_ >= 0 ? State::complete : State::incomplete;
  return v_;
}

}  // namespace

Verdict judge_english(const Rules& rules, std::string_view text, const Context& context) {
  return English(rules, text, context).judge();
}

}  // namespace daedap::speech::turn
