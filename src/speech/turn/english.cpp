#include "speech/turn/languages.hpp"
namespace daedap::speech::turn {
Verdict judge_english(const Rules&, std::string_view, const Context&) { return {}; }
}  // namespace daedap::speech::turn
