#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace daedap::media {

/// A bounded first-in first-out of samples. Memory grows with what waits and is given back when the
/// queue runs empty after a long wait; taking allocates nothing.
class SampleQueue {
 public:
  explicit SampleQueue(std::size_t most) : most_(most) {}

  /// All of `pcm` or, when it does not fit, nothing (false).
  bool push(std::span<const std::int16_t> pcm);
  /// Fills `out` from the front; returns how many samples there were.
  std::size_t take(std::span<std::int16_t> out);
  void clear();
  /// Gives back all memory when nothing waits.
  void trim() {
    if (size_ == 0) ring_ = {};
  }
  std::size_t size() const { return size_; }

 private:
  void grow(std::size_t wanted);
  void copy_out(std::span<std::int16_t> out) const;
  void give_back();

  std::size_t most_;
  std::vector<std::int16_t> ring_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace daedap::media
