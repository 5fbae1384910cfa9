#include "rtp/transit.hpp"

#include <algorithm>

namespace daedap::rtp {
namespace {

constexpr base::Duration bucket_length = std::chrono::seconds(2);
constexpr base::Duration peak_hold = std::chrono::seconds(3);
// A network does not get faster by this much at once: the sender's time stamps jumped, or what we
// took for its pace was a queue. Either way what was measured is void.
constexpr base::Duration sudden = std::chrono::milliseconds(100);
constexpr int decay_divisor = 50;  // 1 s / 50 = 20 ms

}  // namespace

void Transit::on_packet(base::Duration media, base::Time now) {
  const base::Duration transit = now.time_since_epoch() - media;
  if (!known_ || transit < base_ - sudden) {
    known_ = true;
    minima_.fill(transit);
    base_ = peak_ = transit;
    bucket_since_ = peak_at_ = last_ = now;
    return;
  }
  rotate(now);
  minima_[current_] = std::min(minima_[current_], transit);
  base_ = *std::min_element(minima_.begin(), minima_.end());

  peak_ = std::min(peak_, base_ + longest_);  // a queue that drains pulls the base away below it
  if (now - peak_at_ > peak_hold) {
    peak_ -= (now - std::max(last_, peak_at_ + peak_hold)) / decay_divisor;
  }
  if (transit >= peak_ && transit - base_ <= longest_) {
    peak_ = transit;
    peak_at_ = now;
  }
  last_ = now;
}

// A bucket is the minimum of two seconds in which packets came; the oldest is forgotten. A pause
// of the sender forgets one bucket only, so that what comes after it is still compared.
void Transit::rotate(base::Time now) {
  if (now - bucket_since_ < bucket_length) return;
  current_ = (current_ + 1) % buckets;
  minima_[current_] = base::Duration::max();
  bucket_since_ = now;
}

}  // namespace daedap::rtp
