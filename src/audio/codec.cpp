#include "audio/codec.hpp"

#include <algorithm>

namespace daedap::audio {
namespace {

constexpr std::array codecs{
    Codec{.name = "PCMU", .id = CodecId::pcmu, .clock_rate = 8000, .channels = 1, .frame_payload = 160},
    Codec{.name = "PCMA", .id = CodecId::pcma, .clock_rate = 8000, .channels = 1, .frame_payload = 160},
    // 16 kHz audio; its clock rate in RTP is an old mistake that stayed (RFC 3551 §4.5.2).
    Codec{.name = "G722", .id = CodecId::g722, .clock_rate = 8000, .channels = 1, .frame_payload = 160},
    Codec{.name = "GSM", .id = CodecId::gsm, .clock_rate = 8000, .channels = 1, .frame_payload = 33},
    // Always called stereo at 48 kHz, whatever is in it (RFC 7587 §4.1, §7).
    Codec{.name = "opus", .id = CodecId::opus, .clock_rate = 48000, .channels = 2, .frame_payload = 0},
    // SDP calls both "L16" and tells them by the rate (RFC 3551 §4.5.11); calls never agree on them.
    Codec{.name = "L16_8000", .id = CodecId::l16_8000, .clock_rate = 8000, .channels = 1, .frame_payload = 320},
    Codec{.name = "L16_16000", .id = CodecId::l16_16000, .clock_rate = 16000, .channels = 1, .frame_payload = 640},
};

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

std::span<const Codec> all_codecs() { return codecs; }

base::Result<Codec> make_codec(std::string_view name) {
  for (const Codec& codec : codecs) {
    if (same_name(codec.name, name)) return codec;
  }
  return base::fail(base::Code::unsupported, "codec", std::string(name.substr(0, 64)));
}

void Decoder::select(const Codec& codec) {
  if (codec == codec_) return;
  const bool moves = family_of(codec.id) != family_of(codec_.id);
  codec_ = codec;
  PayloadDecoder* now = current();
  if (now == nullptr) return;
  now->select(codec.id);
  if (moves) now->reset();  // what it knows is of long ago
}

std::size_t Decoder::decode(std::span<const std::uint8_t> payload, std::span<std::int16_t> out) {
  auto& decoder = decoders_[family_of(codec_.id)];
  if (!decoder) decoder = make_payload_decoder(codec_.id);
  return decoder->decode(payload, out.first(std::min(out.size(), max_samples)));
}

std::size_t Decoder::conceal(std::span<std::int16_t> out) {
  out = out.first(std::min(out.size(), max_samples));
  PayloadDecoder* decoder = current();
  return fill(out, decoder ? decoder->conceal(out) : 0);
}

std::size_t Decoder::recover(std::span<const std::uint8_t> next, std::span<std::int16_t> out) {
  out = out.first(std::min(out.size(), max_samples));
  PayloadDecoder* decoder = current();
  return fill(out, decoder ? decoder->recover(next, out) : 0);
}

std::size_t Decoder::rest(std::span<std::int16_t> out) {
  out = out.first(std::min(out.size(), max_samples));
  PayloadDecoder* decoder = current();
  return fill(out, decoder ? decoder->rest(out) : 0);
}

void Decoder::restart() {
  if (PayloadDecoder* decoder = current()) decoder->reset();
}

// A hole is always filled: silence where a codec had nothing to say.
std::size_t Decoder::fill(std::span<std::int16_t> out, std::size_t made) const {
  std::ranges::fill(out.subspan(made), std::int16_t{0});
  return out.size();
}

void Encoder::select(const Codec& codec, std::string_view parameters) {
  if (family_of(codec.id) != family_of(codec_.id)) encoder_.reset();
  codec_ = codec;
  parameters_ = parameters;
  if (encoder_) encoder_->select(codec.id, parameters_);
}

std::size_t Encoder::encode(const Frame& frame, std::span<std::uint8_t> out) {
  if (!encoder_) {
    encoder_ = make_payload_encoder(codec_.id);
    encoder_->select(codec_.id, parameters_);
  }
  return encoder_->encode(frame, out);
}

}  // namespace daedap::audio
