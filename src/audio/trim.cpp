#include "audio/trim.hpp"

#include <algorithm>

#include "audio/frame.hpp"
#include "audio/level.hpp"

namespace daedap::audio {
namespace {

constexpr std::size_t window = 80;  // 5 ms

}  // namespace

Voiced find_voiced(std::span<const std::int16_t> pcm, const TrimRule& rule) {
  const auto loud = [&](std::size_t at) {
    return rms_dbfs(pcm.subspan(at, std::min(window, pcm.size() - at))) > rule.floor_dbfs;
  };
  std::size_t first = 0;
  while (first < pcm.size() && !loud(first)) first += window;
  if (first >= pcm.size()) return {};
  std::size_t last = (pcm.size() - 1) / window * window;
  while (last > first && !loud(last)) last -= window;
  const auto keep = static_cast<std::size_t>(samples_in(std::max(rule.keep, base::Millis{0})));
  return {.first = first - std::min(first, keep),
          .last = std::min(pcm.size(), last + window + keep)};
}

std::span<const std::int16_t> trim(std::span<const std::int16_t> pcm, const TrimRule& rule) {
  const Voiced voiced = find_voiced(pcm, rule);
  return pcm.subspan(voiced.first, voiced.size());
}

}  // namespace daedap::audio
