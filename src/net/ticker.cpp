#include "net/ticker.hpp"

#include <algorithm>

#include "net/clock.hpp"
#include "net/loop.hpp"

namespace daedap::net {

bool TickGrid::take(base::Time now, base::Duration& late) {
  if (now < next_) return false;
  if (now - next_ > catch_up) {
    const auto missed = (now - next_) / period_;
    lateness_.skipped += static_cast<std::uint64_t>(missed);
    next_ += missed * period_;
  }
  late = now - next_;
  next_ += period_;
  ++lateness_.ticks;
  lateness_.worst = std::max(lateness_.worst, late);
  return true;
}

struct Ticker::Impl : std::enable_shared_from_this<Ticker::Impl> {
  // So many missed ticks in a row before other work gets its turn.
  static constexpr int burst = 8;

  Impl(Loop& l, base::Duration period, Tick t)
      : loop(l), grid(now(), period), tick(std::move(t)) {}

  void wait() {
    loop.post_at(grid.next(), [self = shared_from_this()] { self->on_timer(); });
  }

  void on_timer() {
    base::Duration late{};
    for (int i = 0; i < burst && !stopped; ++i) {
      const base::Time time = now();
      if (!grid.take(time, late)) break;
      const Loop::Watch watch(loop, "tick");
      tick(time, late);
    }
    if (!stopped) wait();
  }

  Loop& loop;
  TickGrid grid;
  Tick tick;
  bool stopped = false;
};

Ticker::Ticker(Loop& loop, base::Duration period, Tick tick)
    : impl_(std::make_shared<Impl>(loop, period, std::move(tick))) {
  impl_->wait();
}

Ticker::~Ticker() { impl_->stopped = true; }

const Lateness& Ticker::lateness() const { return impl_->grid.lateness(); }

std::unique_ptr<Ticker> Loop::every(base::Duration period, Tick tick) {
  return std::make_unique<Ticker>(*this, period, std::move(tick));
}

}  // namespace daedap::net
