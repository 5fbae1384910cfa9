#include <algorithm>
#include <cmath>

#include "speech/turn/endings.hpp"
#include "speech/turn/korean_numbers.hpp"
#include "speech/turn/languages.hpp"
#include "speech/turn/words.hpp"

namespace daedap::speech::turn {
namespace {

constexpr std::size_t longest_tail = 4;  // words after the verb they belong to

class Korean {
 public:
  Korean(const Rules& rules, std::string_view text, const Context& context)
      : rules_(rules), context_(context), words_(words_of(rules, text)), endings_(rules, words_, context) {}

  Verdict judge();

 private:
  void by_class(const Class* c);
  void postposed(const Class* last);
  void number(const Class* c, bool several_words);
  void answered_number(const Class& c, std::size_t strip);
  void apply(const Number& n, const char* reason_full);
  void expected_noun(const Class* c);
  void length(const Class* c);
  void registers(const Class* c);
  void mark();
  double weight(Weight w) const { return rules_.weight(w); }
  std::size_t answer_ending(const Class& c) const;

  const Rules& rules_;
  const Context& context_;
  Words words_;
  Endings endings_;
  Verdict v_;
  double z_ = 0;
};

void Korean::by_class(const Class* c) {
  z_ = weight(Weight::prior) + (c ? c->weight : weight(Weight::unknown_word));
  v_.id = c ? std::string_view(c->id) : "N2";
  v_.kind = c ? c->kind : Kind::noun;
  v_.reasons.add(c ? std::string_view(c->name) : "bare_noun");
  if (c && c->kind == Kind::yielding && context_.opener) {
    z_ += weight(Weight::opener);
    v_.reasons.add("opener");
  }
}

// "얼마예요 수수료가": the verb has come, what follows is added to it.
void Korean::postposed(const Class* last) {
  if (last && !last->tail && last->kind != Kind::noun && last->kind != Kind::command) return;
  if (last && last->kind == Kind::noun && last->weight > 0) return;  // a sentence of its own
  const std::size_t n = words_.words.size();
  for (std::size_t back = 1; back <= longest_tail && back < n; ++back) {
    const Class* c = endings_.of(n - 1 - back);
    if (c == nullptr) continue;
    if (c->host && c->weight > 0) {
      const double left = weight(Weight::post_share) * c->weight - weight(Weight::post_per_word) * static_cast<double>(back);
      z_ = std::max(left, weight(Weight::post_floor));
      v_.id = "P";
      v_.kind = Kind::end;
      v_.reasons.add("postposed");
      return;
    }
    const bool stops = c->kind == Kind::conjunction || c->kind == Kind::filler || c->kind == Kind::answer ||
                       c->kind == Kind::wait || c->kind == Kind::yielding || c->kind == Kind::floor ||
                       c->kind == Kind::cut || c->kind == Kind::end;
    if (stops) return;
  }
}

// How many letters of the last word are 요, 이요, 예요 behind a noun.
std::size_t Korean::answer_ending(const Class& c) const {
  if (c.kind != Kind::noun && c.kind != Kind::end && c.kind != Kind::yielding && c.kind != Kind::floor) return 0;
  const std::u32string_view word = words_.last().text;
  for (const std::u32string_view ending : {U"이에요", U"입니다", U"이고요", U"이구요", U"이요", U"예요", U"고요", U"요"}) {
    if (word.ends_with(ending) && word.size() > ending.size()) return ending.size();
  }
  return 0;
}

void Korean::apply(const Number& n, const char* reason_full) {
  v_.filling = n.filling;
  switch (n.filling) {
    case Filling::none: return;
    case Filling::partial:
      z_ += weight(Weight::slot_partial);
      return v_.reasons.add("slot_partial");
    case Filling::full:
      z_ += weight(Weight::slot_full);
      return v_.reasons.add(reason_full);
    case Filling::overfull:
      z_ += weight(Weight::slot_overfull);
      return v_.reasons.add("slot_overfull");
  }
}

// "칠칠공이요": 이 is a digit or belongs to the ending; a number that is whole either way counts. With
// an ending only what is surely missing speaks against the end.
void Korean::answered_number(const Class& c, std::size_t strip) {
  const bool two_ways = words_.last().text.ends_with(U"이요") || words_.last().text.ends_with(U"구요");
  const auto shorter = two_ways ? korean_number(rules_, words_, context_.question, 1) : std::nullopt;
  if (shorter && shorter->filling != Filling::partial && c.weight < 0) {
    z_ = weight(Weight::slot_full);
    v_.reasons.add("number");
    return;
  }
  if (shorter && shorter->filling == Filling::full) return;
  const auto n = korean_number(rules_, words_, context_.question, strip);
  if (n && n->filling == Filling::partial && n->known && c.kind == Kind::noun) apply(*n, "slot_full");
}

void Korean::number(const Class* c, bool several_words) {
  if (c && c->kind == Kind::adverb && several_words) return;  // 다시 한 번
  const std::size_t strip = c ? answer_ending(*c) : 0;
  if (strip > 0) return answered_number(*c, strip);
  const auto n = korean_number(rules_, words_, context_.question, 0);
  if (!n) return;
  // 하나요, 세 시죠: the ending was longer than a numeral can be.
  if (c && (c->kind == Kind::end || c->kind == Kind::answer)) return;
  v_.id = "N3";
  v_.kind = Kind::noun;
  v_.reasons.add("number");
  if (n->sentence && n->filling != Filling::partial) {
    z_ = weight(Weight::unknown_word);
    return v_.reasons.add("in_sentence");
  }
  z_ = n->weight;
  apply(*n, "slot_full");
}

void Korean::expected_noun(const Class* c) {
  const Question& q = context_.question;
  if (!q.asks || v_.id == "N3" || v_.id == "P") return;
  if (c && c->kind != Kind::noun && c->kind != Kind::command) return;
  if (c && c->kind == Kind::noun && c->weight > 0) return;
  if (q.kind == SlotKind::noun || q.kind == SlotKind::date || q.kind == SlotKind::time) {
    z_ = weight(Weight::slot_noun);
    v_.reasons.add("slot_noun");
  }
}

void Korean::length(const Class* c) {
  if (words_.count == 1 && (!c || (c->kind != Kind::answer && c->kind != Kind::noun && c->kind != Kind::end))) {
    z_ += weight(Weight::one_word);
  }
  if (words_.count >= 6 && c && (c->kind == Kind::end || c->kind == Kind::casual) && z_ > 0) {
    z_ += weight(Weight::long_sentence);
  }
}

// Familiar speech of somebody who speaks politely is most often a clause that goes on.
void Korean::registers(const Class* c) {
  if (!c || c->kind != Kind::casual || c->weight > 2.3) return;
  if (context_.polite >= 2 && context_.casual == 0) {
    z_ += weight(Weight::answer_polite);
    v_.reasons.add("register");
  }
}

void Korean::mark() {
  if (words_.mark == U',') {
    z_ += weight(Weight::comma);
  } else if (words_.mark != 0) {
    z_ += weight(context_.final ? Weight::mark_final : Weight::mark_interim);
  } else {
    return;
  }
  v_.reasons.add("mark");
}

Verdict Korean::judge() {
  if (words_.empty()) return v_;
  v_.words = static_cast<int>(words_.count);
  const std::size_t last = words_.words.size() - 1;
  const auto [c, start] = endings_.match(last);
  by_class(c);
  postposed(c);
  number(c, last > 0 && start + 1 < words_.words[last - 1].end);
  expected_noun(c);
  length(c);
  registers(c);
  mark();
  v_.log_odds = z_;
  v_.p = 1 / (1 + std::exp(-z_));
  v_.short_answer = c && c->kind == Kind::answer;
  v_.state = c && c->kind == Kind::wait ? State::wait : z_ >= 0 ? State::complete : State::incomplete;
  return v_;
}

}  // namespace

Verdict judge_korean(const Rules& rules, std::string_view text, const Context& context) {
  return Korean(rules, text, context).judge();
}

}  // namespace daedap::speech::turn
