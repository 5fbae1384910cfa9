#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "speech/turn/rules.hpp"

namespace daedap::speech::turn {

struct Word {
  std::u32string text;
  std::string utf8;
  std::size_t end = 0;  // in `Words::symbols`, one after its last
};

/// A turn's last words as they are matched: lower case, without marks, misspellings mended.
struct Words {
  static constexpr std::size_t most = 24;

  std::vector<Symbol> symbols;  // a space before every word
  std::vector<Word> words;
  std::size_t count = 0;        // of the whole text, as far as it was read
  char32_t mark = 0;            // the last one: . ? ! or a comma

  bool empty() const { return words.empty(); }
  const Word& last() const { return words.back(); }
};

Words words_of(const Rules& rules, std::string_view text);

}  // namespace daedap::speech::turn
