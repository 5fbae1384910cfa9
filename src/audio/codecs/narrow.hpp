#pragma once

#include "audio/codecs/payload.hpp"
#include "audio/concealment.hpp"
#include "audio/resampler.hpp"

namespace daedap::audio {

/// What the decoders of 8 kHz codecs have in common: holes are filled at 8 kHz, then all is raised
/// to 16 kHz. Concealment and resampler go on over a restart: they only smooth.
class NarrowDecoder : public PayloadDecoder {
 public:
  NarrowDecoder();
  std::size_t decode(std::span<const std::uint8_t> payload, std::span<std::int16_t> out) final;
  std::size_t conceal(std::span<std::int16_t> out) final;
  std::size_t rest(std::span<std::int16_t> out) final;

 protected:
  static constexpr std::size_t max_samples = 960;  // 120 ms

 private:
  /// 8 kHz samples of the payload; returns how many.
  virtual std::size_t expand(std::span<const std::uint8_t> payload, std::span<std::int16_t> pcm) = 0;
  std::size_t raise(std::span<const std::int16_t> narrow, std::span<std::int16_t> out);

  Concealment concealment_;
  Resampler resampler_;
};

/// The same for encoders.
class NarrowEncoder : public PayloadEncoder {
 public:
  NarrowEncoder();
  std::size_t encode(const Frame& frame, std::span<std::uint8_t> out) final;

 private:
  /// Payload of the 8 kHz samples of 20 ms; returns its length.
  virtual std::size_t compress(std::span<const std::int16_t> pcm, std::span<std::uint8_t> out) = 0;

  Resampler resampler_;
};

}  // namespace daedap::audio
