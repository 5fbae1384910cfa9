#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.hpp"

namespace daedap::net {

/// How many datagrams come, and how long a loop may let them gather so that it is woken less often.
/// Only where they come so thick that a pause, too short to be heard or seen, gathers several.
class DatagramRate {
 public:
  /// Over which the rate is taken; it holds for the next such time.
  static constexpr base::Millis window{5};
  static constexpr base::Duration longest_pause = std::chrono::microseconds{100};
  /// So many are worth a pause.
  static constexpr std::int64_t worth = 4;

  /// `count` have come. Times never go back.
  void add(std::size_t count, base::Time now) {
    if (now - since_ >= window) begin(now);
    count_ += count;
  }
  /// None, unless `worth` datagrams would come within the longest one.
  base::Duration pause() const { return pause_; }

 private:
  void begin(base::Time now);

  base::Time since_{};
  std::size_t count_ = 0;
  base::Duration pause_{};
};

}  // namespace daedap::net
