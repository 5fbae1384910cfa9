#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "speech/turn/lexical.hpp"

namespace daedap::speech::turn {

/// One line of a labelled set: text, complete|incomplete, class, note, between tabs. A note may say
/// "ctx ..." : what the other side had asked.
struct LabelledLine {
  std::string text;
  bool complete = false;
  std::string cls, asked;
};

/// Lines without a label are left out. Bounded by `text`.
std::vector<LabelledLine> parse_labelled(std::string_view text);

/// The context that a line was said in.
Context context_of(const Rules& rules, const LabelledLine& line);

/// How often the decision was the label.
struct Score {
  int complete = 0, incomplete = 0;              // labels
  int right_complete = 0, right_incomplete = 0;  // of them decided so

  void add(bool label, bool decided);
  int lines() const { return complete + incomplete; }
  double accuracy() const;
  double true_positive_rate() const;
  double false_positive_rate() const;
};

}  // namespace daedap::speech::turn
