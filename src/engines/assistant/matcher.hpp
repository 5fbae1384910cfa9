#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engines/assistant/script.hpp"

namespace daedap::engines::assistant {

/// `text` in lower case, punctuation gone, single spaces; in Korean no spaces at all, because people
/// and recognisers put them where they like.
std::string normalised(std::string_view text, const std::string& language);

/// "one two oh four", "1204" or "일이공사" -> "1204"; empty when there is anything else in it.
std::string digits_in(std::string_view text, const std::string& language);

struct Match {
  const Intent* intent = nullptr;
  double score = 0;  // 1 = a known phrase, 0.75 and more = act on it, below = ask
};

/// The intent among `candidates` that `text` fits best; none when nothing fits by half.
Match best_match(const std::vector<const Intent*>& candidates, std::string_view text,
                 const std::string& language);

}  // namespace daedap::engines::assistant
