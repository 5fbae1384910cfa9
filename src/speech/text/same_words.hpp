#pragma once

#include <string_view>

namespace daedap::speech {

/// Both texts hold the same words, whatever the recogniser made of capitals, punctuation and, in Korean, of
/// spaces. Spaces and points between two digits do count: "3.5", "3 5" and "35" are different numbers.
/// in  NFC; cost  linear
bool same_words(std::string_view a, std::string_view b, std::string_view language);

}  // namespace daedap::speech
