#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "speech/llm.hpp"

namespace daedap::speech {

/// What the model is shown of the conversation: what the caller said and what the caller heard.
/// Bounded: beyond 40 entries or 8 kB the oldest go first.
class History {
 public:
  void user(const std::string& text) { add(HistoryEntry::Role::user, text); }
  /// `heard` only: the words that were really sent.
  void assistant(const std::string& heard) { add(HistoryEntry::Role::assistant, heard); }
  const std::vector<HistoryEntry>& entries() const { return entries_; }

 private:
  static constexpr std::size_t max_entries = 40, max_bytes = 8192;
  void add(HistoryEntry::Role role, const std::string& text);

  std::vector<HistoryEntry> entries_;
  std::size_t bytes_ = 0;
};

}  // namespace daedap::speech
