#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "audio/concealment.hpp"
#include "audio/frame.hpp"
#include "audio/g711.hpp"
#include "audio/resampler.hpp"
#include "base/result.hpp"

namespace daedap::audio {

/// One wire format: how its RTP clock runs and how large 20 ms are.
struct Codec {
  std::string_view name;      // as in SDP
  Law law;                    // G.711 only so far
  int clock_rate;             // of the RTP timestamps
  std::size_t frame_payload;  // bytes of 20 ms

  friend bool operator==(const Codec& a, const Codec& b) { return a.name == b.name; }
};

/// "PCMU" or "PCMA", without regard to case. spec  RFC 3551 §4.5.14
/// errors  Code::unsupported
base::Result<Codec> make_codec(std::string_view name);

/// Payloads of one stream -> 16 kHz. Holds the resampler's and the concealment's past, so a change
/// of codec in mid-word (`select`) leaves no seam.
class Decoder {
 public:
  /// The most that one packet may hold: 120 ms, in 16 kHz samples.
  static constexpr std::size_t max_samples = 6 * frame_samples;

  explicit Decoder(const Codec& codec);
  void select(const Codec& codec) { codec_ = codec; }
  const Codec& codec() const { return codec_; }

  /// Samples written to `out` (2 per byte). What does not fit into `out` or goes beyond
  /// `max_samples` is dropped.
  std::size_t decode(std::span<const std::uint8_t> payload, std::span<std::int16_t> out);
  /// Fills `out` (an even count up to `max_samples`) in place of lost audio.
  std::size_t conceal(std::span<std::int16_t> out);
  /// As `conceal`, where the peer meant to be silent: nothing of the past is repeated.
  std::size_t rest(std::span<std::int16_t> out);

 private:
  std::size_t raise(std::span<const std::int16_t> narrow, std::span<std::int16_t> out);
  Codec codec_;
  Concealment concealment_;
  Resampler resampler_;
};

/// 16 kHz -> payloads of one stream, 20 ms each.
class Encoder {
 public:
  /// Room for the payload of any codec's 20 ms.
  static constexpr std::size_t max_payload = 640;

  explicit Encoder(const Codec& codec);
  void select(const Codec& codec) { codec_ = codec; }
  const Codec& codec() const { return codec_; }

  /// Bytes written to `out` (at least `codec().frame_payload` long).
  std::size_t encode(const Frame& frame, std::span<std::uint8_t> out);

 private:
  Codec codec_;
  Resampler resampler_;
};

}  // namespace daedap::audio
