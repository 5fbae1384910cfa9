#include "speech/turn/lexical.hpp"

#include "speech/turn/languages.hpp"

namespace daedap::speech::turn {

const char* name(State state) {
  switch (state) {
    case State::complete: return "complete";
    case State::wait: return "wait";
    case State::incomplete: break;
  }
  return "incomplete";
}

Verdict judge(const Rules& rules, std::string_view text, const Context& context) {
  if (rules.language().starts_with("ko")) return judge_korean(rules, text, context);
  return judge_english(rules, text, context);
}

}  // namespace daedap::speech::turn
