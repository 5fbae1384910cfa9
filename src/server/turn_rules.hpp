#pragma once

#include <string>

#include "base/result.hpp"
#include "speech/turn/rule_book.hpp"

namespace daedap::server {

/// Reads `ko.rules` and `en.rules` of `folder`, or the packaged ones when it is empty.
/// errors  not_found, bad_syntax, too_large (detail: file and line)
base::Result<speech::turn::RuleBook> load_turn_rules(const std::string& folder);

/// One language's file alone.
base::Result<speech::turn::Rules> load_turn_rules(const std::string& folder, const std::string& language);

}  // namespace daedap::server
