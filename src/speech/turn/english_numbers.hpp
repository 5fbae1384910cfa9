#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "speech/turn/korean_numbers.hpp"

namespace daedap::speech::turn {

/// The same for English words; nothing when the last word is no part of a number.
std::optional<Number> english_number(const Rules& rules, const std::vector<std::string_view>& words,
                                     const Question& question);

}  // namespace daedap::speech::turn
