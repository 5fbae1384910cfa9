#include "audio/codecs/narrow.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace daedap::audio {
namespace {

constexpr int narrow_rate = 8000;

Resampler make_resampler(int from, int to) {
  auto made = Resampler::make(from, to);
  if (!made) std::abort();  // both rates are constants: only memory can lack
  return std::move(*made);
}

}  // namespace

NarrowDecoder::NarrowDecoder() : resampler_(make_resampler(narrow_rate, sample_rate)) {}

std::size_t NarrowDecoder::decode(std::span<const std::uint8_t> payload, std::span<std::int16_t> out) {
  std::array<std::int16_t, max_samples> narrow;
  const std::size_t n = expand(payload, std::span(narrow).first(std::min(narrow.size(), out.size() / 2)));
  const auto pcm = std::span(narrow).first(n);
  concealment_.on_audio(pcm);
  return raise(pcm, out);
}

std::size_t NarrowDecoder::conceal(std::span<std::int16_t> out) {
  std::array<std::int16_t, max_samples> narrow;
  const auto pcm = std::span(narrow).first(std::min(narrow.size(), out.size() / 2));
  concealment_.fill(pcm);
  return raise(pcm, out);
}

std::size_t NarrowDecoder::rest(std::span<std::int16_t> out) {
  std::array<std::int16_t, max_samples> narrow{};
  const auto pcm = std::span(narrow).first(std::min(narrow.size(), out.size() / 2));
  concealment_.on_audio(pcm);
  return raise(pcm, out);
}

std::size_t NarrowDecoder::raise(std::span<const std::int16_t> narrow, std::span<std::int16_t> out) {
  return resampler_.run(narrow, out.first(std::min(out.size(), narrow.size() * 2)));
}

NarrowEncoder::NarrowEncoder() : resampler_(make_resampler(sample_rate, narrow_rate)) {}

std::size_t NarrowEncoder::encode(const Frame& frame, std::span<std::uint8_t> out) {
  std::array<std::int16_t, frame_samples + 2> narrow;
  const std::size_t n = resampler_.run(frame, narrow);
  return compress(std::span(narrow).first(n), out);
}

}  // namespace daedap::audio
