#pragma once

#include "speech/turn/lexical.hpp"

namespace daedap::speech::turn {

Verdict judge_korean(const Rules& rules, std::string_view text, const Context& context);
Verdict judge_english(const Rules& rules, std::string_view text, const Context& context);

}  // namespace daedap::speech::turn
