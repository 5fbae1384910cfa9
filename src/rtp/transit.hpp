#pragma once

#include <array>
#include <optional>

#include "base/time.hpp"

namespace daedap::rtp {

/// Watches how long packets take relative to the fastest of late (arrival time minus media time), so
/// that a play-out delay can be chosen. Follows the skew between the two clocks.
class Transit {
 public:
  /// Packets later than `longest` are past help and do not raise the peak.
  explicit Transit(base::Duration longest = base::Millis(200)) : longest_(longest) {}
  /// A packet with media time `media` came at `now`.
  void on_packet(base::Duration media, base::Time now);
  void reset() { *this = Transit(longest_); }

  bool known() const { return known_; }
  /// Transit of the fastest packet of the last seconds (an arbitrary origin).
  base::Duration base() const { return base_; }
  /// How late the slowest packet of late came, against `base`: held 3 s, then sinks 20 ms a second.
  base::Duration peak() const { return peak_ > base_ ? peak_ - base_ : base::Duration::zero(); }

 private:
  static constexpr int buckets = 4;
  void rotate(base::Time now);

  base::Duration longest_;
  bool known_ = false;
  std::array<base::Duration, buckets> minima_{};
  int current_ = 0;
  base::Time bucket_since_{};
  base::Duration base_{};
  base::Duration peak_{};
  base::Time peak_at_{};
  base::Time last_{};
};

}  // namespace daedap::rtp
