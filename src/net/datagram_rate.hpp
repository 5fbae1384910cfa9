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
  /// So many are worth a pause; where twice as many are found, they gather by themselves.
  static constexpr std::size_t worth = 4;

  /// `count` were found at once. Times never go back.
  void add(std::size_t count, base::Time now) {
    if (now - since_ >= window) begin(now);
    count_ += count;
    last_ = count;
  }
  /// None, unless `worth` datagrams would come within the longest one, and none behind the load.
  base::Duration pause() const { return last_ < 2 * worth ? pause_ : base::Duration::zero(); }

 private:
  void begin(base::Time now);

  base::Time since_{};
  std::size_t count_ = 0, last_ = 0;
  base::Duration pause_{};
};

}  // namespace daedap::net
