#include "speech/echo.hpp"

#include <algorithm>
#include <cmath>

namespace daedap::speech {
namespace {

constexpr double alike = 0.65;          // correlation that a foreign voice does not reach
constexpr double silent = 60.0 * 60.0;  // mean square below which sent audio makes no echo
constexpr std::int64_t same_lag = 8;    // 2 ms at 4 kHz
constexpr double over_echo = 4.0;       // 6 dB above the expected echo is somebody else

}  // namespace

void Decimator::run(std::span<const std::int16_t> pcm, std::vector<std::int16_t>& out) {
  for (const std::int16_t s : pcm) {  // weights 1 2 3 4 4 3 2 1 over eight samples
    sums_[0] += s * (filled_ + 1);
    sums_[1] += s * (4 - filled_);
    if (++filled_ < 4) continue;
    out.push_back(static_cast<std::int16_t>((before_ + sums_[1]) / 20));
    before_ = sums_[0];
    sums_ = {};
    filled_ = 0;
  }
}

std::int64_t EchoGuard::index_of(base::Time t) {
  return t.time_since_epoch().count() / (1'000'000'000 / rate);
}

base::Duration EchoGuard::delay() const { return std::chrono::nanoseconds(lag_ * (1'000'000'000 / rate)); }

void EchoGuard::on_sent(std::span<const std::int16_t> pcm, base::Time end) {
  if (pcm.empty()) return;
  if (ref_.empty()) ref_.assign(ref_size, 0);
  if (pcm.size() > ref_size) pcm = pcm.last(ref_size);
  // Ticks jitter, samples do not: what follows within 5 ms is glued to what went before.
  std::int64_t first = index_of(end) - static_cast<std::int64_t>(pcm.size());
  if (std::abs(first - sent_to_) <= 20) first = sent_to_;
  const std::int64_t gap = std::min<std::int64_t>(first - sent_to_, ref_size);
  for (std::int64_t i = first - std::max<std::int64_t>(gap, 0); i < first; ++i) ref_[i % ref_size] = 0;
  double energy = 0;
  for (std::size_t i = 0; i < pcm.size(); ++i) {
    ref_[(first + static_cast<std::int64_t>(i)) % ref_size] = pcm[i];
    energy += static_cast<double>(pcm[i]) * pcm[i];
  }
  sent_to_ = first + static_cast<std::int64_t>(pcm.size());
  if (energy / static_cast<double>(pcm.size()) > silent) last_loud_ = sent_to_;
}

bool EchoGuard::loud_lately(std::int64_t end) const {
  return !ref_.empty() && end - last_loud_ < rate * longest_delay.count() / 1000 + 400;
}

double EchoGuard::ref_energy(std::int64_t first, std::size_t count) const {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t at = first + static_cast<std::int64_t>(i);
    if (at >= sent_to_ || at < sent_to_ - static_cast<std::int64_t>(ref_size) || at < 0) continue;
    const double v = ref_[at % ref_size];
    sum += v * v;
  }
  return sum / static_cast<double>(count);
}

double EchoGuard::expected(std::int64_t end, Of of) const {
  double loudest = 0, quietest = 1e12;  // rooms smear and jitter buffers move: 30 ms either way
  for (int shift = -3; shift <= 3; ++shift) {
    const double one = ref_energy(end - lag_ - half + shift * 40, half);
    loudest = std::max(loudest, one);
    quietest = std::min(quietest, one);
  }
  return (of == Of::loudest ? loudest : quietest) * coupling_;
}

bool EchoGuard::explains(std::span<const std::int16_t, half_samples> pcm, base::Time heard) {
  std::vector<std::int16_t> fresh;
  const std::int64_t end = index_of(heard);
  if (!loud_lately(end)) {
    decimator_.reset();
    misses_ = 0;  // what the caller said in our silence tells nothing of the next echo
    std::fill(near_.begin(), near_.end(), 0.0f);
    return false;
  }
  fresh.reserve(half);
  decimator_.run(pcm, fresh);
  std::rotate(near_.begin(), near_.begin() + static_cast<std::ptrdiff_t>(fresh.size()), near_.end());
  std::copy(fresh.begin(), fresh.end(), near_.end() - static_cast<std::ptrdiff_t>(fresh.size()));
  double energy = 0;
  for (const std::int16_t s : fresh) energy += static_cast<double>(s) * s;
  energy /= half;
  if (learnt_) {
    const double echo = expected(end, Of::loudest);
    if (energy <= over_echo * echo) {
      // Far below the weakest that the path can give, so no pause of ours: the far end's canceller.
      if (energy < 0.05 * expected(end, Of::quietest)) coupling_ *= 0.95;
      return true;
    }
  }
  if (energy < 400) {
    misses_ = 0;
    return false;
  }
  // A voice that was not ours six times is looked at less often: correlation is not cheap.
  if (++tries_ % (misses_ < 6 ? 4 : 24) != 0) return false;
  const Match m = best_match(end);
  if (m.likeness < alike) return ++misses_, false;
  misses_ = 0;
  // Two voices of one pitch are alike for a moment, at some delay or other; an echo keeps its delay.
  const bool again = std::abs(m.lag - seen_lag_) <= same_lag;
  seen_lag_ = m.lag;
  if (!learnt_ && !again) return false;
  learn(m);
  return energy <= over_echo * expected(end, Of::loudest);
}

EchoGuard::Match EchoGuard::best_match(std::int64_t end) const {
  if (learnt_) {
    const Match close = search(end, std::max<std::int64_t>(lag_ - 80, 0), lag_ + 80, 1);
    if (close.likeness >= alike) return close;
  }
  // Every second delay by every second sample first, then around the best of them.
  const Match coarse = search(end, 0, rate * longest_delay.count() / 1000, 2);
  if (coarse.likeness < 0.8 * alike) return coarse;
  return search(end, std::max<std::int64_t>(coarse.lag - 3, 0), coarse.lag + 3, 1);
}

EchoGuard::Match EchoGuard::search(std::int64_t end, std::int64_t from, std::int64_t to,
                                   std::int64_t step) const {
  const std::int64_t oldest = end - to - static_cast<std::int64_t>(near_size);
  std::vector<float> ref(static_cast<std::size_t>(end - from - oldest), 0.0f);
  for (std::size_t i = 0; i < ref.size(); ++i) {
    const std::int64_t at = oldest + static_cast<std::int64_t>(i);
    if (at >= 0 && at < sent_to_ && at >= sent_to_ - static_cast<std::int64_t>(ref_size)) ref[i] = ref_[at % ref_size];
  }
  Match best;
  for (std::int64_t lag = to; lag >= from; lag -= step) {
    const float* there = ref.data() + (to - lag);
    float product = 0, own = 0, sent = 0;
    const float* const end_of_near = near_.data() + near_size;
    for (const float* own_at = near_.data(); own_at < end_of_near; own_at += step, there += step) {
      product += *own_at * *there;
      own += *own_at * *own_at;
      sent += *there * *there;
    }
    if (sent * static_cast<double>(step) <= silent * near_size || own <= 0) continue;
    const double likeness = std::abs(product) / std::sqrt(static_cast<double>(sent) * own);
    if (likeness > best.likeness) best = {likeness, lag, likeness * own / sent};
  }
  return best;
}

void EchoGuard::learn(const Match& m) {
  const bool same = learnt_ && std::abs(m.lag - lag_) <= 120;
  // Too weak a guess lets our own voice through at once; too strong a one only dulls for a while.
  coupling_ = same && m.gain < coupling_ ? 0.7 * coupling_ + 0.3 * m.gain : m.gain;
  lag_ = m.lag;
  learnt_ = true;
}

}  // namespace daedap::speech
