#pragma once

#include <optional>
#include <string>
#include <vector>

#include "speech/turn/labelled.hpp"

namespace daedap::bench {

/// A file's bytes; nothing when it cannot be read.
std::optional<std::string> file_text(const std::string& path);

/// Prints accuracy and rates of a labelled set, in whole and by class; returns the whole.
speech::turn::Score print_set(const speech::turn::Rules& rules, const std::string& title,
                              const std::vector<speech::turn::LabelledLine>& lines);

/// Mean processor time of one decision, in microseconds.
double decision_us(const speech::turn::Rules& rules, const std::vector<speech::turn::LabelledLine>& lines);

}  // namespace daedap::bench
