#pragma once

#include <string>
#include <string_view>

namespace daedap::speech {

/// Letters and digits only, ASCII in lower case; in English one space between words, in Korean none
/// (its spacing is the recogniser's whim). in  NFC
std::string plain_words(std::string_view text, std::string_view language);

/// All of `text` says "I am listening, go on" ("네… 네", "uh-huh"). Empty text does not.
bool is_backchannel(std::string_view text, std::string_view language);

/// `text` begins with a word that asks the speaker to stop ("잠깐만요", "hold on").
bool is_stop_word(std::string_view text, std::string_view language);

}  // namespace daedap::speech
