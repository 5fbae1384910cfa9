#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "speech/turn/suffix_trie.hpp"

namespace daedap::speech::turn {

/// What an ending is, as far as code treats it in a way of its own.
enum class Kind : std::uint8_t {
  end,          // a sentence's last verb, polite or formal
  yielding,     // a connective with the polite 요: the turn is usually given away
  casual,       // a sentence's last verb in familiar speech
  answer,       // a one-word answer
  noun,         // a noun, with or without 요
  command,      // what one says to a machine that offers services
  connective,   // a clause that goes on
  adnominal,    // a verb before its noun
  dependent,    // a noun that cannot stand alone
  particle,
  adverb,
  conjunction,
  filler,       // the speaker searches for words
  floor,        // keeps the turn
  wait,         // asks to wait
  cut,          // the last syllable of an ending has not arrived
};
inline constexpr std::size_t kinds = 16;

/// What else must hold for an ending to count.
enum Condition : std::uint32_t {
  if_stem = 1u << 0,        // a known verb stem comes before it
  if_no_stem = 1u << 1,
  if_start = 1u << 2,       // at most two words were said
  if_short = 1u << 3,       // at most four
  if_solo = 1u << 4,        // it is all that was said
  if_asked = 1u << 5,       // the other side asked for something
  if_not_asked = 1u << 6,
  if_opener = 1u << 7,      // the caller's first turn
  if_emphatic = 1u << 8,    // a word that insists or denies was said
  if_wh = 1u << 9,          // a question word was said
  if_negated = 1u << 10,    // 안 or 못 stands before it
  if_subject = 1u << 11,    // the word before is a subject
  if_bare = 1u << 12,       // no word before it carries a particle or an ending
  if_casual = 1u << 13,     // familiar speech was heard before
  if_statement = 1u << 14,  // the other side said something that was no question
  if_more = 1u << 15,       // more than two words were said
  if_pair = 1u << 16,       // the word before ends alike
  if_final = 1u << 17,      // a final consonant stands before it
  if_vowel = 1u << 18,      // a vowel does
  if_degree = 1u << 19,     // a word like "very" stands before it
};

struct Class {
  std::string id, name;
  Kind kind = Kind::noun;
  double weight = 0;
  std::uint32_t conditions = 0;
  bool host = false;  // something may be added after it ("얼마예요 | 수수료가")
  bool tail = false;  // ... and this is such an addition
};

/// What the other side may have asked for.
enum class SlotKind : std::uint8_t { none, noun, digits, code, date, time, amount, address, email, plate, yes_no, open };

struct Slot {
  std::string name;
  SlotKind kind = SlotKind::none;
  std::vector<int> lengths;  // of the digits, where they are known
  std::vector<std::string> keywords;
};

/// What a word behind a number makes of it.
enum class Unit : std::uint8_t { none, amount, year, month, day, hour, minute, count, building, number, area };

/// Words that code asks for by name.
enum class ListId : std::uint8_t {
  wh, emphatic, bound, subject_not, asks, opens, plate, domain, nominal_particle, question_end,
  number_noun, determiner, adjective, auxiliary, preposition, subordinator, conjunction, pronoun, object_pronoun,
  possessive, filler, hedge, verb, transitive, intransitive, particle_verb, imperative, answer, wait, relative, reporting,
  quantifier, ordinal, complete, incomplete, noun_like_verb, finite, copula, adverb, greeting, participle, clausal, determiner_pronoun,
  degree,
};
inline constexpr std::size_t lists = 44;

enum class MapId : std::uint8_t { digit, power, native, letter, unit };
inline constexpr std::size_t maps = 5;

enum class Weight : std::uint8_t {
  unknown_word, one_word, long_sentence, post_share, post_per_word, post_floor, opener, mark_final, mark_interim, comma,
  slot_full, slot_partial, slot_overfull, slot_noun, answer_polite, prior, statement, question, imperative, open_end, soft_end,
  hold_shape, hold_scale, longest_wait, number_scale, longest_number_wait,
};
inline constexpr std::size_t weights = 26;

/// One language's data file (`share/turns`), read once and shared by every speaker.
/// thread  any; it never changes
class Rules {
 public:
  static constexpr std::size_t most_bytes = 512 * 1024;
  using Words = std::set<std::string, std::less<>>;
  using Map = std::map<std::string, int, std::less<>>;

  /// errors  bad_syntax (detail: the line and what is wrong), too_large
  static base::Result<Rules> parse(std::string_view text);

  const std::string& language() const { return language_; }
  const std::vector<Class>& classes() const { return classes_; }
  const SuffixTrie& endings() const { return endings_; }
  const SuffixTrie& stems() const { return stems_; }
  const std::vector<Slot>& slots() const { return slots_; }
  const std::vector<std::pair<std::u32string, std::u32string>>& replaced() const { return replaced_; }
  bool in(ListId list, std::string_view word) const {
    const Words& words = lists_[static_cast<std::size_t>(list)];
    return words.find(word) != words.end();
  }
  const Words& list(ListId list) const { return lists_[static_cast<std::size_t>(list)]; }
  const Map& map(MapId map) const { return maps_[static_cast<std::size_t>(map)]; }
  double weight(Weight w) const { return weights_[static_cast<std::size_t>(w)]; }

 private:
  friend class RulesReader;

  std::string language_;
  std::vector<Class> classes_;
  SuffixTrie endings_, stems_;
  std::vector<Slot> slots_;
  std::vector<std::pair<std::u32string, std::u32string>> replaced_;
  std::array<Words, lists> lists_;
  std::array<Map, maps> maps_;
  std::array<double, weights> weights_{};
};

}  // namespace daedap::speech::turn
