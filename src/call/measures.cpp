#include "call/measures.hpp"

#include <algorithm>

namespace daedap::call {

void Measures::on_speech(Side side, std::int64_t start, std::int64_t end) {
  Pieces& pieces = pieces_[side];
  if (!pieces.empty()) start = std::max(start, pieces.back().end);
  start = std::max<std::int64_t>(start, 0);
  if (end <= start) return;
  // A monologue of a day must not cost memory: fine detail goes first where it is oldest.
  if (pieces.size() >= most_pieces) {
    pieces[1].start = pieces[0].start;
    pieces.erase(pieces.begin());
  }
  pieces.push_back({start, end});
}

std::int64_t Measures::total(const Pieces& pieces) {
  std::int64_t sum = 0;
  for (const Piece& one : pieces) sum += one.end - one.start;
  return sum;
}

void Measures::add_overlaps(const Pieces& a, const Pieces& b, Conversation& to) {
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const std::int64_t both = std::min(a[i].end, b[j].end) - std::max(a[i].start, b[j].start);
    if (both > 0) ++to.overlaps, to.overlap_ms += both;
    a[i].end < b[j].end ? ++i : ++j;
  }
}

/// One side begins while the other speaks, says more than an acknowledgement, and has the word when the
/// other stops.
std::int64_t Measures::interruptions(const Pieces& by, const Pieces& of) {
  std::int64_t count = 0;
  std::size_t j = 0;
  for (const Piece& one : by) {
    while (j < of.size() && of[j].end <= one.start) ++j;
    if (j == of.size()) break;
    const Piece& other = of[j];
    count += one.start >= other.start + begun_ms && one.end > other.end && one.end - one.start >= acknowledgement_ms;
  }
  return count;
}

std::int64_t Measures::longest_monologue(const Pieces& own, const Pieces& other) {
  std::int64_t longest = 0, start = 0, end = -1;
  std::size_t j = 0;
  for (const Piece& one : own) {
    bool goes_on = end >= 0 && one.start - end <= breath_ms;
    // Whether the other side said something in the pause.
    while (j < other.size() && other[j].end <= one.start) {
      const bool between = end >= 0 && other[j].end > end;
      if (between && other[j].end - other[j].start >= acknowledgement_ms) goes_on = false;
      ++j;
    }
    if (!goes_on) start = one.start;
    end = one.end;
    longest = std::max(longest, end - start);
  }
  return longest;
}

Conversation::Response Measures::responses(const Pieces& own, const Pieces& other) {
  std::vector<std::int64_t> gaps;
  std::size_t j = 0;
  std::int64_t own_end = -1;
  for (const Piece& one : own) {
    while (j < other.size() && other[j].end <= one.start) ++j;
    // The last that the other side said before this, if it came after our own last word.
    if (j > 0) {
      const Piece& last = other[j - 1];
      const bool other_speaks = j < other.size() && other[j].start < one.start;
      const std::int64_t gap = one.start - last.end;
      if (last.end > own_end && !other_speaks && gap <= longest_response_ms) gaps.push_back(gap);
    }
    own_end = one.end;
  }
  Conversation::Response out;
  if (gaps.empty()) return out;
  std::ranges::sort(gaps);
  out.count = static_cast<std::int64_t>(gaps.size());
  double sum = 0;
  for (const std::int64_t gap : gaps) sum += static_cast<double>(gap);
  out.mean_ms = sum / static_cast<double>(gaps.size());
  out.median_ms = static_cast<double>(gaps[(gaps.size() - 1) / 2] + gaps[gaps.size() / 2]) / 2;
  out.longest_ms = static_cast<double>(gaps.back());
  return out;
}

Conversation Measures::figures(std::int64_t length_ms) const {
  Conversation out;
  const Pieces& c = pieces_[customer];
  const Pieces& a = pieces_[agent];
  add_overlaps(c, a, out);
  const double length = static_cast<double>(std::max<std::int64_t>(length_ms, 1));
  const auto ratio = [&](std::int64_t part) { return std::min(1.0, static_cast<double>(part) / length); };
  out.talk_ratio = {ratio(total(c)), ratio(total(a))};
  out.speech_ratio = ratio(total(c) + total(a) - out.overlap_ms);
  out.interruptions = {interruptions(c, a), interruptions(a, c)};
  out.longest_monologue_ms = {longest_monologue(c, a), longest_monologue(a, c)};
  out.response = {responses(c, a), responses(a, c)};
  return out;
}

}  // namespace daedap::call
