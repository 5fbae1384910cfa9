#pragma once

#include <map>
#include <string>
#include <vector>

namespace daedap::engines {

/// What a recogniser should expect: whole phrases (lower-case words, single spaces) and, when
/// `digits` is not 0, a string of exactly so many spoken digits.
struct Grammar {
  std::vector<std::string> phrases;
  unsigned digits = 0;
};

/// By name; `everything` is always among them.
using Grammars = std::map<std::string, Grammar>;
inline constexpr const char* everything = "everything";

}  // namespace daedap::engines
