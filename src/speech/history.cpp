#include "speech/history.hpp"

#include "base/utf8.hpp"

namespace daedap::speech {

void History::add(HistoryEntry::Role role, const std::string& text) {
  if (text.empty()) return;
  entries_.push_back({role, std::string(base::utf8_prefix(text, max_bytes / 2))});
  bytes_ += entries_.back().text.size();
  std::size_t drop = 0;
  while (entries_.size() - drop > max_entries || bytes_ > max_bytes) bytes_ -= entries_[drop++].text.size();
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(drop));
}

}  // namespace daedap::speech
