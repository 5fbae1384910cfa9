#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include "speech/turn/labelled.hpp"
#include "speech/turn/rule_book.hpp"

namespace daedap::speech::turn::test {

inline std::string file_text(const std::string& path) {
  std::ifstream in(std::string(DAEDAP_SOURCE_DIR) + "/" + path, std::ios::binary);
  return {(std::istreambuf_iterator<char>(in)), {}};
}
inline std::string rules_text(const std::string& language) { return file_text("share/turns/" + language + ".rules"); }

/// The packaged rules of one language.
inline const Rules& packaged(const std::string& language) {
  static const Rules ko = *Rules::parse(rules_text("ko"));
  static const Rules en = *Rules::parse(rules_text("en"));
  return language == "en" ? en : ko;
}

}  // namespace daedap::speech::turn::test
