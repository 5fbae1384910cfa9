#include "speech/playout.hpp"

#include <algorithm>
#include <vector>

namespace daedap::speech {

bool Playout::enqueue(std::span<const std::int16_t> pcm) {
  if (pcm.empty()) return true;
  if (unsent_.empty()) seen_ = player_.played() / 4;
  if (!player_.enqueue(pcm)) return false;
  std::vector<std::int16_t> low;
  low.reserve(pcm.size() / 4 + 1);
  decimator_.run(pcm, low);
  unsent_.insert(unsent_.end(), low.begin(), low.end());
  return true;
}

void Playout::discard() {
  player_.discard();
  unsent_.clear();
  decimator_.reset();
}

void Playout::on_time(base::Time now) {
  const std::int64_t sent = player_.played() / 4 - seen_;
  if (sent <= 0) return;
  const auto count = std::min<std::size_t>(static_cast<std::size_t>(sent), unsent_.size());
  const std::vector<std::int16_t> out(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(count));
  unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(count));
  seen_ += sent;
  echo_.on_sent(out, now);
}

}  // namespace daedap::speech
