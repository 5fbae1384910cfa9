#include "store/wav_header.hpp"

#include <algorithm>
#include <cstring>

#include "audio/frame.hpp"

namespace daedap::store {

namespace {

constexpr std::uint16_t channels = 2;
constexpr std::uint16_t frame_bytes = channels * sizeof(std::int16_t);

void put(WavHeader& out, std::size_t at, std::uint32_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

}  // namespace

WavHeader wav_header(std::uint64_t audio_bytes) {
  const auto size = static_cast<std::uint32_t>(std::min(audio_bytes, wav_audio_limit));
  WavHeader out{};
  std::memcpy(&out[0], "RIFF", 4);
  put(out, 4, size + wav_header_bytes - 8, 4);
  std::memcpy(&out[8], "WAVEfmt ", 8);
  put(out, 16, 16, 4);  // size of the format chunk
  put(out, 20, 1, 2);   // PCM
  put(out, 22, channels, 2);
  put(out, 24, audio::sample_rate, 4);
  put(out, 28, audio::sample_rate * frame_bytes, 4);
  put(out, 32, frame_bytes, 2);
  put(out, 34, 16, 2);  // bits
  std::memcpy(&out[36], "data", 4);
  put(out, 40, size, 4);
  return out;
}

bool read_wav_header(const WavHeader& header, std::uint64_t& audio_bytes) {
  WavHeader expected = wav_header(0);
  std::copy_n(header.begin() + 4, 4, expected.begin() + 4);
  std::copy_n(header.begin() + 40, 4, expected.begin() + 40);
  if (header != expected) return false;
  audio_bytes = header[40] | header[41] << 8 | header[42] << 16 | static_cast<std::uint64_t>(header[43]) << 24;
  return true;
}

}  // namespace daedap::store
