#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/time.hpp"

namespace daedap::net {

class Loop;

/// One tick: the time now, and how late this tick is against its place on the grid.
using Tick = std::function<void(base::Time now, base::Duration late)>;

/// How well a ticker kept its grid.
struct Lateness {
  std::uint64_t ticks = 0;
  std::uint64_t skipped = 0;  // ticks given up because the loop stood still for too long
  base::Duration worst{};
};

/// A periodic timer on a fixed grid: a late tick does not move the next one. Missed ticks are made up
/// for, each with its own call, unless the loop stood still for over 200 ms; then they are skipped.
/// thread  the loop's
class Ticker {
 public:
  Ticker(Loop& loop, base::Duration period, Tick tick);
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

  const Lateness& lateness() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

/// The grid alone, without a timer: which ticks are due at `now`.
class TickGrid {
 public:
  static constexpr base::Millis catch_up{200};
  TickGrid(base::Time start, base::Duration period) : next_(start + period), period_(period) {}
  base::Time next() const { return next_; }
  /// True when a tick is due; moves on to the next one. `late` is how late the due one is.
  bool take(base::Time now, base::Duration& late);
  const Lateness& lateness() const { return lateness_; }

 private:
  base::Time next_;
  base::Duration period_;
  Lateness lateness_;
};

}  // namespace daedap::net
