#include "bench/turns/sets.hpp"

#include <cstdio>
#include <ctime>
#include <fstream>
#include <map>
#include <sstream>

namespace daedap::bench {

using namespace speech::turn;

std::optional<std::string> file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

Score print_set(const Rules& rules, const std::string& title, const std::vector<LabelledLine>& lines) {
  Score all;
  std::map<std::string, Score> by_class;
  for (const LabelledLine& line : lines) {
    const bool complete = judge(rules, line.text, context_of(rules, line)).state == State::complete;
    all.add(line.complete, complete);
    by_class[line.cls].add(line.complete, complete);
  }
  std::printf("%s: %d lines, accuracy %.3f, true positives %.3f, false positives %.3f\n", title.c_str(), all.lines(),
              all.accuracy(), all.true_positive_rate(), all.false_positive_rate());
  int column = 0;
  for (const auto& [cls, score] : by_class) {
    std::printf("  %-13s %3d/%-3d%s", cls.c_str(), score.right_complete + score.right_incomplete, score.lines(),
                ++column % 5 == 0 ? "\n" : "");
  }
  std::printf("%s\n", column % 5 == 0 ? "" : "\n");
  return all;
}

double decision_us(const Rules& rules, const std::vector<LabelledLine>& lines) {
  if (lines.empty()) return 0;
  const std::clock_t begin = std::clock();  // of this process: the machine is shared
  int decisions = 0;
  double sum = 0;
  for (int round = 0; round < 50; ++round) {
    for (const LabelledLine& line : lines) sum += judge(rules, line.text, {}).p, ++decisions;
  }
  const double took = 1e6 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  return sum < 0 ? 0 : took / decisions;
}

}  // namespace daedap::bench
