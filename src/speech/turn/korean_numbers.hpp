#pragma once

#include <optional>

#include "speech/turn/lexical.hpp"
#include "speech/turn/words.hpp"

namespace daedap::speech::turn {

/// Where a dictated number, date, code or address stands at the end of the words. `strip`: letters
/// of the last word that are an ending (이요). Nothing when the last word is no part of a number.
struct Number {
  Filling filling = Filling::none;
  bool known = false;      // the slot, hence the length, is known
  bool sentence = false;   // it stands inside a sentence, not as an answer of its own
  double weight = 0;       // with `filling` none: what its shape says
};
std::optional<Number> korean_number(const Rules& rules, const Words& words, const Question& question,
                                    std::size_t strip);

}  // namespace daedap::speech::turn
