#include "engines/pocketsphinx/verdict.hpp"

#include <algorithm>
#include <cmath>

namespace daedap::engines::pocketsphinx {
namespace {

constexpr std::size_t window = 160;  // 10 ms
constexpr float below_peak_db = 30, above_floor_db = 10;
constexpr double high = 0.8, middle = 0.4;
constexpr double best_score = -10;  // nothing measured was above it

/// `x` from [a, b] to [c, d], cut off at the ends.
double map_range(double x, double a, double b, double c, double d) {
  return c + (d - c) * std::clamp((x - a) / (b - a), 0.0, 1.0);
}

double confidence_of(double score, const PocketSphinxSettings& s) {
  if (score >= s.sure) return map_range(score, s.sure, std::max(best_score, s.sure + 1), high, 1.0);
  if (score >= s.unsure) return map_range(score, s.unsure, s.sure, middle, std::nextafter(high, 0));
  return map_range(score, 2 * s.unsure, s.unsure, 0.0, std::nextafter(middle, 0));
}

}  // namespace

void SpeechLength::add(std::span<const std::int16_t> pcm) {
  for (const double sample : pcm) {
    power_ += sample * sample;
    if (++samples_ < window) continue;
    levels_.push_back(static_cast<float>(10 * std::log10(power_ / window + 1)));
    power_ = 0;
    samples_ = 0;
  }
}

double SpeechLength::seconds() const {
  if (levels_.empty()) return 0;
  const auto [low, top] = std::ranges::minmax(levels_);
  const float limit = std::max(top - below_peak_db, std::min(low + above_floor_db, top));
  const auto loud = [limit](float level) { return level >= limit; };
  const auto first = std::ranges::find_if(levels_, loud);
  const auto last = std::find_if(levels_.rbegin(), levels_.rend(), loud).base();
  return 0.01 * static_cast<double>(last - first);
}

Verdict judge(const Decoded& decoded, double speech_seconds, int phones,
              const PocketSphinxSettings& settings) {
  Verdict out;
  out.score = decoded.score;
  if (decoded.text.empty() || phones <= 0) return out.final.confidence = 0, out;
  out.seconds_per_phone = speech_seconds / phones;
  const bool plausible = out.seconds_per_phone >= settings.phone_min_s &&
                         out.seconds_per_phone <= settings.phone_max_s &&
                         (!decoded.margin || *decoded.margin >= settings.margin);
  const double confidence = confidence_of(decoded.score, settings);
  out.final.confidence = plausible ? confidence : std::min(confidence, 0.3);
  if (plausible && decoded.score >= settings.unsure) out.final.text = decoded.text;
  return out;
}

}  // namespace daedap::engines::pocketsphinx
