#pragma once

#include <string_view>
#include <vector>

#include "speech/turn/rules.hpp"

namespace daedap::speech::turn {

/// What the words of an English turn amount to, its last word aside.
enum class Clause { nothing, noun_phrase, statement, question, imperative, subordinate, relative };

/// in  lower case, fillers taken out
Clause clause_of(const Rules& rules, const std::vector<std::string_view>& words);

/// The base form when `word` can be a verb, else empty.
std::string verb_base(const Rules& rules, std::string_view word);

/// The last `n` words of `words` joined by spaces are in `list`, for some n <= 4.
bool ends_in(const Rules& rules, const std::vector<std::string_view>& words, ListId list);
/// The same at the beginning; returns how many words.
std::size_t begins_in(const Rules& rules, const std::vector<std::string_view>& words, ListId list);

}  // namespace daedap::speech::turn
