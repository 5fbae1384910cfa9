#pragma once

#include <cstdint>
#include <span>

namespace daedap::audio {

/// The two companding laws. spec  ITU-T G.711 (1988)
enum class Law : std::uint8_t { mu, a };

/// One 8 kHz sample of each byte. Writes min(in.size(), out.size()) samples; the tables are exact.
/// cost  0.06 us per 20 ms
void decode_g711(Law law, std::span<const std::uint8_t> in, std::span<std::int16_t> out);

/// One byte of each 8 kHz sample. Writes min(in.size(), out.size()) bytes.
void encode_g711(Law law, std::span<const std::int16_t> in, std::span<std::uint8_t> out);

/// The byte that means silence (what a zero sample is encoded to).
constexpr std::uint8_t g711_silence(Law law) { return law == Law::mu ? 0xFF : 0xD5; }

}  // namespace daedap::audio
