#pragma once

#include <optional>

#include "speech/turn/lexical.hpp"
#include "speech/turn/words.hpp"

namespace daedap::speech::turn {

/// The class of each word's ending, by the rules' trie and the conditions of its classes.
class Endings {
 public:
  Endings(const Rules& rules, const Words& words, const Context& context)
      : rules_(rules), words_(words), context_(context) {}

  /// Of the word at `index`; nullptr when nothing fits.
  const Class* of(std::size_t index) const { return match(index).cls; }
  struct Match {
    const Class* cls = nullptr;
    std::size_t start = 0;  // of the ending, in the words' symbols
  };
  Match match(std::size_t index) const;

 private:
  bool holds(const Class& c, std::size_t index, std::size_t start) const;
  bool holds_around(const Class& c, std::size_t index, std::size_t start) const;
  bool any_in(ListId list, std::size_t before) const;
  bool bare(std::size_t index) const;
  bool paired(std::size_t index, std::size_t start) const;
  bool subject(std::size_t index) const;

  const Rules& rules_;
  const Words& words_;
  const Context& context_;
};

}  // namespace daedap::speech::turn
