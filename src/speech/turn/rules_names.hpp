#pragma once
// @table

#include <array>
#include <optional>
#include <string_view>

#include "speech/turn/rules.hpp"

namespace daedap::speech::turn {

// In the order of their enumerations.
inline constexpr std::array<std::string_view, kinds> kind_names = {
    "end", "yielding", "casual", "answer", "noun", "command", "connective", "adnominal",
    "dependent", "particle", "adverb", "conjunction", "filler", "floor", "wait", "cut"};
inline constexpr std::array<std::string_view, 20> condition_names = {
    "stem", "no_stem", "start", "short", "solo", "asked", "not_asked", "opener", "emphatic",
    "wh", "negated", "subject", "bare", "casual", "statement", "more", "pair", "final", "vowel", "degree"};
inline constexpr std::array<std::string_view, 12> slot_names = {
    "none", "noun", "digits", "code", "date", "time", "amount", "address", "email", "plate", "yes_no", "open"};
inline constexpr std::array<std::string_view, 11> unit_names = {
    "none", "amount", "year", "month", "day", "hour", "minute", "count", "building", "number", "area"};
inline constexpr std::array<std::string_view, lists> list_names = {
    "wh", "emphatic", "bound", "subject_not", "asks", "opens", "plate", "domain", "nominal_particle", "question_end",
    "number_noun", "determiner", "adjective", "auxiliary", "preposition", "subordinator", "conjunction", "pronoun",
    "object_pronoun", "possessive", "filler", "hedge", "verb", "transitive", "intransitive", "particle_verb",
    "imperative", "answer", "wait", "relative", "reporting", "quantifier", "ordinal", "complete", "incomplete",
    "noun_like_verb", "finite", "copula", "adverb", "greeting", "participle", "clausal", "determiner_pronoun",
    "degree"};
inline constexpr std::array<std::string_view, maps> map_names = {"digit", "power", "native", "letter", "unit"};
inline constexpr std::array<std::string_view, weights> weight_names = {
    "unknown_word", "one_word", "long_sentence", "post_share", "post_per_word", "post_floor", "opener",
    "mark_final", "mark_interim", "comma", "slot_full", "slot_partial", "slot_overfull", "slot_noun",
    "answer_polite", "prior", "statement", "question", "imperative", "open_end", "soft_end",
    "hold_shape", "hold_scale", "longest_wait", "number_scale", "longest_number_wait"};

template <std::size_t N>
std::optional<std::size_t> index_of(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return i;
  }
  return std::nullopt;
}

}  // namespace daedap::speech::turn
