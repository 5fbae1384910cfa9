#include "speech/turn/labelled.hpp"

#include <algorithm>
#include <array>

namespace daedap::speech::turn {
namespace {

double share(int part, int whole) { return whole == 0 ? 0.0 : static_cast<double>(part) / whole; }

std::string asked_in(std::string_view note) {
  const std::size_t at = note.find("ctx ");
  if (at == std::string_view::npos) return {};
  note.remove_prefix(at + 4);
  return std::string(note.substr(0, note.find(';')));
}

}  // namespace

std::vector<LabelledLine> parse_labelled(std::string_view text) {
  std::vector<LabelledLine> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::array<std::string_view, 4> fields{};
    for (std::string_view& field : fields) {
      const std::size_t tab = std::min(line.find('\t'), line.size());
      field = line.substr(0, tab);
      line.remove_prefix(std::min(tab + 1, line.size()));
    }
    if (fields[1] != "complete" && fields[1] != "incomplete") continue;
    out.push_back({std::string(fields[0]), fields[1] == "complete", std::string(fields[2]), asked_in(fields[3])});
  }
  return out;
}

Context context_of(const Rules& rules, const LabelledLine& line) {
  Context out;
  if (line.asked.empty()) return out;
  out.question = question_of(rules, line.asked);
  // The note is seldom a whole sentence.
  if (!out.question.asks) out.question.kind = SlotKind::noun;
  out.question.said = out.question.asks = true;
  return out;
}

void Score::add(bool label, bool decided) {
  (label ? complete : incomplete) += 1;
  if (label && decided) ++right_complete;
  if (!label && !decided) ++right_incomplete;
}
double Score::accuracy() const { return share(right_complete + right_incomplete, lines()); }
double Score::true_positive_rate() const { return share(right_complete, complete); }
double Score::false_positive_rate() const { return share(incomplete - right_incomplete, incomplete); }

}  // namespace daedap::speech::turn
