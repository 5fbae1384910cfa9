#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <vector>

#include "base/time.hpp"

namespace daedap::net {

/// Waits for descriptors in one epoll set and tells whose has something to read.
/// thread  one; `add` and `remove` also before the thread runs or after it was joined
/// cost    no allocation and, beside the wait, no system call per event
class Poller {
 public:
  /// Who reads a descriptor.
  class Reader {
   public:
    virtual void on_readable(base::Time now) = 0;

   protected:
    ~Reader() = default;
  };
  using Key = std::uint64_t;
  static constexpr Key no_key = ~Key{0};
  enum class Trigger { level, edge };
  /// So many descriptors have their turn before other work of the thread does.
  static constexpr std::size_t most_events = 32;

  Poller();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  /// `no_key` when the system refuses. Each `level` reader is called while something is there, an
  /// `edge` one once for what came.
  Key add(int descriptor, Reader& reader, Trigger trigger = Trigger::level);
  /// The descriptor is closed right after. May be called inside `on_readable`, for any key.
  void remove(Key key);

  /// How many descriptors are ready; `block`: at least one.
  std::size_t wait(bool block);
  /// Calls the readers of those.
  void dispatch(base::Time now);
  /// Readable while `wait` would return at once.
  int descriptor() const { return epoll_; }

 private:
  struct Slot {
    Reader* reader = nullptr;
    std::uint32_t generation = 0;
  };
  Reader* find(Key key) const;

  int epoll_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::array<epoll_event, most_events> events_;
  std::size_t ready_ = 0;
};

}  // namespace daedap::net
