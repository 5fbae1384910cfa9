#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "audio/frame.hpp"

namespace daedap::audio {

enum class CodecId : std::uint8_t { pcmu, pcma, g722, gsm, opus, l16_8000, l16_16000 };

/// Codecs of one family share their state: the two laws of G.711.
inline constexpr std::size_t families = 6;
constexpr std::size_t family_of(CodecId id) {
  return id == CodecId::pcmu ? 0 : static_cast<std::size_t>(id) - 1;
}

/// The receiving half of one codec, behind `Decoder`. `out` is 16 kHz, at most 120 ms; each function
/// returns how many samples it wrote.
class PayloadDecoder {
 public:
  virtual ~PayloadDecoder() = default;
  /// Another codec of the family.
  virtual void select(CodecId) {}
  virtual std::size_t decode(std::span<const std::uint8_t> payload, std::span<std::int16_t> out) = 0;
  virtual std::size_t conceal(std::span<std::int16_t> out) = 0;
  virtual std::size_t recover(std::span<const std::uint8_t>, std::span<std::int16_t> out) {
    return conceal(out);
  }
  virtual std::size_t rest(std::span<std::int16_t> out) = 0;
  virtual void reset() = 0;
};

/// The sending half of one codec, behind `Encoder`.
class PayloadEncoder {
 public:
  virtual ~PayloadEncoder() = default;
  /// Another codec of the family, or other wishes of the peer.
  virtual void select(CodecId, std::string_view parameters) = 0;
  virtual std::size_t encode(const Frame& frame, std::span<std::uint8_t> out) = 0;
};

std::unique_ptr<PayloadDecoder> make_payload_decoder(CodecId id);
std::unique_ptr<PayloadEncoder> make_payload_encoder(CodecId id);

// One file each.
std::unique_ptr<PayloadDecoder> make_g711_decoder();
std::unique_ptr<PayloadEncoder> make_g711_encoder();
std::unique_ptr<PayloadDecoder> make_g722_decoder();
std::unique_ptr<PayloadEncoder> make_g722_encoder();
std::unique_ptr<PayloadDecoder> make_gsm_decoder();
std::unique_ptr<PayloadEncoder> make_gsm_encoder();
std::unique_ptr<PayloadDecoder> make_opus_decoder();
std::unique_ptr<PayloadEncoder> make_opus_encoder();
std::unique_ptr<PayloadDecoder> make_l16_decoder(CodecId id);
std::unique_ptr<PayloadEncoder> make_l16_encoder(CodecId id);

}  // namespace daedap::audio
