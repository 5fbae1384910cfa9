#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace sofia_phone {

inline constexpr int sample_rate = 8000;

/// A sine, in pieces that fit together.
class ToneMaker {
 public:
  explicit ToneMaker(double hz) : hz_(hz) {}
  std::int16_t next();

 private:
  double hz_;
  std::int64_t played_ = 0;
};

/// What is heard, in windows of 0.1 s: silence, one tone, or something else.
class ToneMeter {
 public:
  void hear(std::span<const std::int16_t> pcm);
  /// Windows in which this tone (a multiple of 10 Hz) was nearly all there was.
  const std::map<int, int>& tones() const { return tones_; }
  int silent() const { return silent_; }
  int other() const { return other_; }
  void clear();

 private:
  void judge();

  std::vector<std::int16_t> window_;
  std::map<int, int> tones_;
  int silent_ = 0, other_ = 0;
};

}  // namespace sofia_phone
