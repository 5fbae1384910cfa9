#include "media/sample_queue.hpp"

#include <algorithm>

namespace daedap::media {
namespace {

constexpr std::size_t step = 8000;       // memory is taken by the half second
constexpr std::size_t kept = 5 * 16000;  // and up to 5 s (160 KB) are kept for the next words

}  // namespace

bool SampleQueue::push(std::span<const std::int16_t> pcm) {
  if (pcm.size() > most_ - size_) return false;
  if (size_ + pcm.size() > ring_.size()) grow(size_ + pcm.size());
  std::size_t at = (first_ + size_) % std::max<std::size_t>(ring_.size(), 1);
  const std::size_t head = std::min(pcm.size(), ring_.size() - at);
  std::ranges::copy(pcm.first(head), ring_.begin() + static_cast<std::ptrdiff_t>(at));
  std::ranges::copy(pcm.subspan(head), ring_.begin());
  size_ += pcm.size();
  return true;
}

std::size_t SampleQueue::take(std::span<std::int16_t> out) {
  const std::size_t n = std::min(out.size(), size_);
  if (n == 0) return 0;
  copy_out(out.first(n));
  first_ = (first_ + n) % ring_.size();
  size_ -= n;
  if (size_ == 0) give_back();
  return n;
}

void SampleQueue::clear() {
  size_ = 0;
  give_back();
}

void SampleQueue::copy_out(std::span<std::int16_t> out) const {
  const auto ring = std::span(ring_);
  const std::size_t head = std::min(out.size(), ring.size() - first_);
  std::ranges::copy(ring.subspan(first_, head), out.begin());
  std::ranges::copy(ring.first(out.size() - head), out.begin() + static_cast<std::ptrdiff_t>(head));
}

void SampleQueue::grow(std::size_t wanted) {
  const std::size_t half_more = ring_.size() + ring_.size() / 2;
  const std::size_t room = (std::max(wanted, half_more) + step - 1) / step * step;
  std::vector<std::int16_t> bigger(room);
  if (size_ > 0) copy_out(std::span(bigger).first(size_));
  ring_ = std::move(bigger);
  first_ = 0;
}

void SampleQueue::give_back() {
  first_ = 0;
  if (ring_.size() > kept) ring_ = {};
}

}  // namespace daedap::media
