#pragma once

#include <array>
#include <cstdint>

namespace daedap::store {

/// The header of a 16 kHz, stereo, 16-bit PCM WAV file, and the most audio that its sizes can tell.
inline constexpr std::size_t wav_header_bytes = 44;
inline constexpr std::uint64_t wav_audio_limit = 0xffff'ffffULL - wav_header_bytes;
using WavHeader = std::array<std::uint8_t, wav_header_bytes>;

WavHeader wav_header(std::uint64_t audio_bytes);
/// The audio size that a header states. False: not a header of ours.
bool read_wav_header(const WavHeader& header, std::uint64_t& audio_bytes);

}  // namespace daedap::store
