#pragma once

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace daedap::sip {

/// One heap of deadlines. Nothing is taken out early: an entry whose owner is gone or has moved its
/// deadline is recognised by the owner's `armed` time when it comes up (lazy deletion).
/// cost  push and pop O(log n), next O(1)
template <typename Key>
class TimerQueue {
 public:
  struct Entry {
    base::Time at;
    Key key;
  };

  void push(base::Time at, Key key) {
    heap_.push_back({at, key});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  /// The earliest entry, which may be a stale one; nullptr when there is none.
  const Entry* next() const { return heap_.empty() ? nullptr : &heap_.front(); }
  std::optional<Entry> pop_due(base::Time now) {
    if (heap_.empty() || heap_.front().at > now) return std::nullopt;
    return pop();
  }
  Entry pop() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const Entry entry = heap_.back();
    heap_.pop_back();
    return entry;
  }
  std::size_t size() const { return heap_.size(); }

 private:
  static bool later(const Entry& a, const Entry& b) { return a.at > b.at; }

  std::vector<Entry> heap_;
};

}  // namespace daedap::sip
