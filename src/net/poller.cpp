#include "net/poller.hpp"

#include <unistd.h>

#include <algorithm>

namespace daedap::net {

Poller::Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

Poller::~Poller() { ::close(epoll_); }

Poller::Key Poller::add(int descriptor, Reader& reader, Trigger trigger) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t index = free_slots_.back();
  const Key key = (Key{slots_[index].generation} << 32) | index;
  epoll_event event{};
  event.events = trigger == Trigger::edge ? EPOLLIN | EPOLLET : EPOLLIN;
  event.data.u64 = key;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) return no_key;
  free_slots_.pop_back();
  slots_[index].reader = &reader;
  return key;
}

void Poller::remove(Key key) {
  if (find(key) == nullptr) return;
  const auto index = static_cast<std::uint32_t>(key);
  slots_[index].reader = nullptr;
  ++slots_[index].generation;
  free_slots_.push_back(index);
}

Poller::Reader* Poller::find(Key key) const {
  const auto index = static_cast<std::uint32_t>(key);
  if (index >= slots_.size() || slots_[index].generation != key >> 32) return nullptr;
  return slots_[index].reader;
}

std::size_t Poller::wait(bool block) {
  const int ready = ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), block ? -1 : 0);
  return ready_ = static_cast<std::size_t>(std::max(ready, 0));
}

void Poller::dispatch(base::Time now) {
  for (std::size_t i = 0; i < ready_; ++i) {
    if (Reader* reader = find(events_[i].data.u64)) reader->on_readable(now);
  }
  ready_ = 0;
}

}  // namespace daedap::net
