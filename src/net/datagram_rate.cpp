#include "net/datagram_rate.hpp"

namespace daedap::net {

void DatagramRate::begin(base::Time now) {
  const base::Duration wanted = count_ == 0 ? base::Duration::max() : (now - since_) / static_cast<std::int64_t>(count_) * static_cast<std::int64_t>(worth);
  pause_ = wanted <= longest_pause ? wanted : base::Duration::zero();
  since_ = now;
  count_ = 0;
}

}  // namespace daedap::net
