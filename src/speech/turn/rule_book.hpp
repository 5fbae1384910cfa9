#pragma once

#include <string_view>
#include <vector>

#include "speech/turn/rules.hpp"

namespace daedap::speech::turn {

/// The rules of every language that has some. Made once; it outlives all who ask it.
struct RuleBook {
  std::vector<Rules> languages;

  /// nullptr when there are none for `language` ("ko", "ko-KR").
  const Rules* find(std::string_view language) const {
    for (const Rules& rules : languages) {
      if (language.substr(0, 2) == rules.language()) return &rules;
    }
    return nullptr;
  }
};

}  // namespace daedap::speech::turn
