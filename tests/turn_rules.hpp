#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include "speech/turn/rule_book.hpp"

namespace daedap::test {

/// The packaged rules of both languages.
inline const speech::turn::RuleBook& turn_rules() {
  static const speech::turn::RuleBook book = [] {
    speech::turn::RuleBook out;
    for (const char* language : {"ko", "en"}) {
      std::ifstream in(std::string(DAEDAP_SOURCE_DIR) + "/share/turns/" + language + ".rules");
      auto rules = speech::turn::Rules::parse(std::string((std::istreambuf_iterator<char>(in)), {}));
      if (rules) out.languages.push_back(std::move(*rules));
    }
    return out;
  }();
  return book;
}

}  // namespace daedap::test
