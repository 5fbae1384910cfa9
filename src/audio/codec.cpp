#include "audio/codec.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace daedap::audio {
namespace {

constexpr std::array codecs{
    Codec{.name = "PCMU", .law = Law::mu, .clock_rate = 8000, .frame_payload = 160},
    Codec{.name = "PCMA", .law = Law::a, .clock_rate = 8000, .frame_payload = 160},
};

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

Resampler make_resampler(int from, int to) {
  auto made = Resampler::make(from, to);
  if (!made) std::abort();  // both rates are constants of the table above: only memory can lack
  return std::move(*made);
}

}  // namespace

base::Result<Codec> make_codec(std::string_view name) {
  for (const Codec& codec : codecs) {
    if (same_name(codec.name, name)) return codec;
  }
  return base::fail(base::Code::unsupported, "codec", std::string(name.substr(0, 64)));
}

Decoder::Decoder(const Codec& codec)
    : codec_(codec), resampler_(make_resampler(codec.clock_rate, sample_rate)) {}

std::size_t Decoder::decode(std::span<const std::uint8_t> payload, std::span<std::int16_t> out) {
  std::array<std::int16_t, max_samples / 2> narrow;
  const std::size_t n = std::min({payload.size(), narrow.size(), out.size() / 2});
  const auto pcm = std::span(narrow).first(n);
  decode_g711(codec_.law, payload.first(n), pcm);
  concealment_.on_audio(pcm);
  return raise(pcm, out);
}

std::size_t Decoder::conceal(std::span<std::int16_t> out) {
  std::array<std::int16_t, max_samples / 2> narrow;
  const auto pcm = std::span(narrow).first(std::min(narrow.size(), out.size() / 2));
  concealment_.fill(pcm);
  return raise(pcm, out);
}

std::size_t Decoder::rest(std::span<std::int16_t> out) {
  std::array<std::int16_t, max_samples / 2> narrow{};
  const auto pcm = std::span(narrow).first(std::min(narrow.size(), out.size() / 2));
  concealment_.on_audio(pcm);
  return raise(pcm, out);
}

std::size_t Decoder::raise(std::span<const std::int16_t> narrow, std::span<std::int16_t> out) {
  return resampler_.run(narrow, out.first(std::min(out.size(), narrow.size() * 2)));
}

Encoder::Encoder(const Codec& codec)
    : codec_(codec), resampler_(make_resampler(sample_rate, codec.clock_rate)) {}

std::size_t Encoder::encode(const Frame& frame, std::span<std::uint8_t> out) {
  std::array<std::int16_t, frame_samples + 2> narrow;
  const std::size_t n = resampler_.run(frame, narrow);
  encode_g711(codec_.law, std::span(narrow).first(n), out);
  return std::min(n, out.size());
}

}  // namespace daedap::audio
