#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "audio/codecs/payload.hpp"
#include "audio/frame.hpp"
#include "base/result.hpp"

namespace daedap::audio {

/// One wire format: how its RTP clock runs and how large 20 ms are.
struct Codec {
  std::string_view name;      // as in SDP
  CodecId id;
  int clock_rate;             // of the RTP timestamps; not always that of the audio (G.722, Opus)
  int channels;               // as in SDP; the audio is mono
  std::size_t frame_payload;  // bytes of 20 ms; 0 = varies

  friend bool operator==(const Codec& a, const Codec& b) { return a.id == b.id; }
};

/// Every codec that can be encoded and decoded.
std::span<const Codec> all_codecs();

/// The codec of that name in SDP, without regard to case. spec  RFC 3551 §4.5, RFC 7587
/// errors  Code::unsupported
base::Result<Codec> make_codec(std::string_view name);

/// Payloads of one stream -> 16 kHz. What a codec needs is made when its first packet comes; a
/// change between the two laws of G.711 in mid-word leaves no seam.
/// cost  nothing is allocated after the first packet of each codec
class Decoder {
 public:
  /// The most that one packet may hold: 120 ms, in 16 kHz samples.
  static constexpr std::size_t max_samples = 6 * frame_samples;

  explicit Decoder(const Codec& codec) : codec_(codec) {}
  void select(const Codec& codec);
  const Codec& codec() const { return codec_; }

  /// Samples written to `out`, 0 for a payload that cannot be decoded. What does not fit into `out`
  /// or goes beyond `max_samples` is dropped.
  std::size_t decode(std::span<const std::uint8_t> payload, std::span<std::int16_t> out);
  /// Fills `out` (an even count up to `max_samples`) in place of lost audio.
  std::size_t conceal(std::span<std::int16_t> out);
  /// As `conceal`, where the payload that follows the hole is there already: it may carry a copy of
  /// what was lost. That payload is decoded as usual afterwards.
  std::size_t recover(std::span<const std::uint8_t> next, std::span<std::int16_t> out);
  /// As `conceal`, where the peer meant to be silent: nothing of the past is repeated.
  std::size_t rest(std::span<std::int16_t> out);
  /// Another stream begins: what the codec predicts from is forgotten.
  void restart();

 private:
  PayloadDecoder* current() const { return decoders_[family_of(codec_.id)].get(); }
  std::size_t fill(std::span<std::int16_t> out, std::size_t made) const;
  Codec codec_;
  std::array<std::unique_ptr<PayloadDecoder>, families> decoders_;
};

/// 16 kHz -> payloads of one stream, 20 ms each. What a codec needs is made at its first frame.
class Encoder {
 public:
  /// Room for the payload of any codec's 20 ms.
  static constexpr std::size_t max_payload = 640;

  explicit Encoder(const Codec& codec) : codec_(codec) {}
  /// `parameters`: what the peer asks of this codec, in the form of SDP's fmtp.
  void select(const Codec& codec, std::string_view parameters = {});
  const Codec& codec() const { return codec_; }

  /// Bytes written to `out` (at least `max_payload` long); 0 = nothing need be sent, the peer makes
  /// the silence itself.
  std::size_t encode(const Frame& frame, std::span<std::uint8_t> out);

 private:
  Codec codec_;
  std::string parameters_;
  std::unique_ptr<PayloadEncoder> encoder_;
};

}  // namespace daedap::audio
