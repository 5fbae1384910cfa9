#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

namespace daedap::engines {

/// Counts who uses an engine and says no over the limit. Outlives its tickets.
/// thread  any
class Admission {
 public:
  /// One place; given back when it is destroyed.
  class Ticket {
   public:
    Ticket(Ticket&& other) noexcept : from_(std::exchange(other.from_, nullptr)) {}
    Ticket& operator=(Ticket&& other) noexcept {
      std::swap(from_, other.from_);
      return *this;
    }
    ~Ticket() {
      if (from_) --from_->in_use_;
    }

   private:
    friend class Admission;
    explicit Ticket(Admission* from) : from_(from) {}
    Admission* from_;
  };

  explicit Admission(std::size_t limit) : limit_(limit) {}
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  /// Nothing when the engine is full.
  std::optional<Ticket> admit() {
    std::size_t used = in_use_;
    while (used < limit_) {
      if (in_use_.compare_exchange_weak(used, used + 1)) return Ticket(this);
    }
    ++refused_;
    return std::nullopt;
  }
  std::size_t in_use() const { return in_use_; }
  std::uint64_t refused() const { return refused_; }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> in_use_{0};
  std::atomic<std::uint64_t> refused_{0};
};

}  // namespace daedap::engines
