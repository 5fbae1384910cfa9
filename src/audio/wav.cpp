#include "audio/wav.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <string_view>

#include "audio/g711.hpp"

namespace daedap::audio {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t max_file = std::size_t{512} << 20;
constexpr int max_chunks = 256;

constexpr unsigned format_pcm = 1, format_a = 6, format_mu = 7, format_extensible = 0xFFFE;

unsigned u16(Bytes b, std::size_t at) { return b[at] | unsigned{b[at + 1]} << 8; }
std::uint32_t u32(Bytes b, std::size_t at) {
  return u16(b, at) | std::uint32_t{u16(b, at + 2)} << 16;
}

bool is(Bytes b, std::size_t at, std::string_view tag) {
  return std::memcmp(b.data() + at, tag.data(), tag.size()) == 0;
}

struct Format {
  unsigned tag = 0, channels = 0, bits = 0;
  std::uint32_t rate = 0;
};

base::Result<Format> parse_format(Bytes chunk) {
  if (chunk.size() < 16) return base::fail(base::Code::bad_syntax, "fmt chunk too short");
  Format f{.tag = u16(chunk, 0), .channels = u16(chunk, 2), .bits = u16(chunk, 14),
           .rate = u32(chunk, 4)};
  if (f.tag == format_extensible) {
    if (chunk.size() < 26) return base::fail(base::Code::bad_syntax, "extensible fmt too short");
    f.tag = u16(chunk, 24);
  }
  const bool known = (f.tag == format_pcm && f.bits == 16) ||
                     ((f.tag == format_a || f.tag == format_mu) && f.bits == 8);
  if (!known) {
    return base::fail(base::Code::unsupported, "WAV format",
                      std::to_string(f.tag) + " with " + std::to_string(f.bits) + " bits");
  }
  if (f.channels < 1 || f.channels > 2) {
    return base::fail(base::Code::unsupported, "WAV channels", std::to_string(f.channels));
  }
  if (f.rate < 4000 || f.rate > 192'000) {
    return base::fail(base::Code::unsupported, "WAV sample rate", std::to_string(f.rate));
  }
  return f;
}

std::vector<std::int16_t> decode_data(const Format& f, Bytes data) {
  const std::size_t bytes = f.tag == format_pcm ? 2 : 1;
  const std::size_t whole = data.size() / (bytes * f.channels) * f.channels;
  std::vector<std::int16_t> pcm(whole);
  if (f.tag == format_pcm) {
    for (std::size_t i = 0; i < whole; ++i) pcm[i] = static_cast<std::int16_t>(u16(data, 2 * i));
  } else {
    decode_g711(f.tag == format_mu ? Law::mu : Law::a, data.first(whole), pcm);
  }
  return pcm;
}

template <std::size_t N>
void put(std::array<std::uint8_t, N>& out, std::size_t at, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) {
    out[at + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

}  // namespace

base::Result<Wav> decode_wav(std::span<const std::uint8_t> file) {
  if (file.size() > max_file) return base::fail(base::Code::too_large, "WAV file");
  if (file.size() < 12 || !is(file, 0, "RIFF") || !is(file, 8, "WAVE")) {
    return base::fail(base::Code::bad_syntax, "not a RIFF WAVE file");
  }
  std::optional<Format> format;
  std::size_t at = 12;
  for (int chunk = 0; chunk < max_chunks && file.size() - at >= 8; ++chunk) {
    const std::size_t left = file.size() - at - 8;
    const std::size_t size = std::min<std::size_t>(u32(file, at + 4), left);
    const Bytes body = file.subspan(at + 8, size);
    if (is(file, at, "fmt ")) {
      auto parsed = parse_format(body);
      if (!parsed) return tl::unexpected(parsed.error());
      format = *parsed;
    } else if (is(file, at, "data")) {
      if (!format) return base::fail(base::Code::bad_syntax, "data before fmt");
      return Wav{.rate = static_cast<int>(format->rate),
                 .channels = static_cast<int>(format->channels),
                 .pcm = decode_data(*format, body)};
    }
    at += 8 + std::min(left, size + size % 2);
  }
  return base::fail(base::Code::bad_syntax, "no data chunk");
}

std::vector<std::int16_t> Wav::channel(int index) const {
  std::vector<std::int16_t> out(frames());
  const auto step = static_cast<std::size_t>(channels);
  const auto offset = static_cast<std::size_t>(std::clamp(index, 0, channels - 1));
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = pcm[i * step + offset];
  return out;
}

std::vector<std::int16_t> Wav::mono() const {
  if (channels == 1) return pcm;
  std::vector<std::int16_t> out(frames());
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<std::int16_t>((pcm[2 * i] + pcm[2 * i + 1]) / 2);
  }
  return out;
}

std::array<std::uint8_t, 44> wav_header(int rate, int channels, std::uint64_t data_bytes) {
  constexpr std::uint64_t top = 0xFFFFFFFF;
  std::array<std::uint8_t, 44> out{};
  const auto text = [&](std::size_t at, std::string_view tag) {
    std::memcpy(out.data() + at, tag.data(), tag.size());
  };
  const auto frame_bytes = static_cast<std::uint32_t>(channels) * 2;
  text(0, "RIFF");
  put(out, 4, static_cast<std::uint32_t>(std::min(top, data_bytes + 36)), 4);
  text(8, "WAVEfmt ");
  put(out, 16, 16, 4);
  put(out, 20, format_pcm, 2);
  put(out, 22, static_cast<std::uint32_t>(channels), 2);
  put(out, 24, static_cast<std::uint32_t>(rate), 4);
  put(out, 28, static_cast<std::uint32_t>(rate) * frame_bytes, 4);
  put(out, 32, frame_bytes, 2);
  put(out, 34, 16, 2);
  text(36, "data");
  put(out, 40, static_cast<std::uint32_t>(std::min(top, data_bytes)), 4);
  return out;
}

std::vector<std::uint8_t> write_wav(int rate, int channels, std::span<const std::int16_t> pcm) {
  const auto header = wav_header(rate, channels, pcm.size() * 2);
  std::vector<std::uint8_t> out(header.begin(), header.end());
  out.reserve(out.size() + pcm.size() * 2);
  for (const std::int16_t sample : pcm) {
    const auto bits = static_cast<std::uint16_t>(sample);
    out.push_back(static_cast<std::uint8_t>(bits & 0xFF));
    out.push_back(static_cast<std::uint8_t>(bits >> 8));
  }
  return out;
}

}  // namespace daedap::audio
