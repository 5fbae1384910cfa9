#pragma once

#include <string_view>

namespace daedap::speech {

/// What the end of the text so far says about whether more will come.
enum class Cue {
  complete,  // a final verb ending, a whole short answer
  neutral,   // no text, or no sign either way
  open,      // a connective, a particle: the sentence goes on
  filler,    // the caller is searching for words
};

/// By the ending alone: closed-class tables per language, no grammar. Deliberately modest; a wrong
/// cue only makes the wait longer or shorter.
Cue turn_cue(std::string_view text, std::string_view language);

}  // namespace daedap::speech
