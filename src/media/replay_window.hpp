#pragma once

#include <cstdint>
#include <optional>

namespace daedap::media {

/// Which packets of one source were there: the newest index and the 128 before it.
/// spec  RFC 3711 §3.3.2
class ReplayWindow {
 public:
  static constexpr std::uint64_t size = 128;

  /// Whether `index` was there already or is too old to tell.
  bool refuses(std::uint64_t index) const {
    if (!newest_ || index > *newest_) return false;
    const std::uint64_t behind = *newest_ - index;
    return behind >= size || (seen_[behind / 64] >> behind % 64 & 1) != 0;
  }
  void add(std::uint64_t index) {
    if (newest_ && index <= *newest_) {
      const std::uint64_t behind = *newest_ - index;
      if (behind < size) seen_[behind / 64] |= std::uint64_t{1} << behind % 64;
      return;
    }
    shift(newest_ ? index - *newest_ : size);
    newest_ = index;
    seen_[0] |= 1;
  }
  std::optional<std::uint64_t> newest() const { return newest_; }

 private:
  void shift(std::uint64_t by) {
    if (by >= 64) seen_[1] = by >= size ? 0 : seen_[0] << (by - 64);
    else seen_[1] = seen_[1] << by | (by == 0 ? 0 : seen_[0] >> (64 - by));
    seen_[0] = by >= 64 ? 0 : seen_[0] << by;
  }

  std::optional<std::uint64_t> newest_;
  std::uint64_t seen_[2] = {0, 0};  // bit n: the one n behind the newest
};

}  // namespace daedap::media
