#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.hpp"

namespace daedap::audio {

/// A decoded WAV: `pcm` is interleaved when there are two channels.
struct Wav {
  int rate = 0;      // Hz
  int channels = 1;  // 1 or 2
  std::vector<std::int16_t> pcm;

  std::size_t frames() const { return pcm.size() / static_cast<std::size_t>(channels); }
  /// One channel of it, or both averaged.
  std::vector<std::int16_t> channel(int index) const;
  std::vector<std::int16_t> mono() const;
};

/// Reads the bytes of a WAV file: PCM 16 bit, mu-law or A-law, one or two channels, plain or
/// WAVE_FORMAT_EXTENSIBLE. A data chunk that claims more than is there (a recording cut short by a
/// crash, or still being written) gives what is there.
/// errors  bad_syntax; unsupported (format, channels, rate); too_large (over 512 MiB)
/// spec    Microsoft RIFF WAVE 1994, mmreg.h format tags 1, 6, 7, 0xFFFE
base::Result<Wav> decode_wav(std::span<const std::uint8_t> file);

/// The 44 bytes before 16-bit PCM. Sizes are cut off at 4 GiB, as the format must.
std::array<std::uint8_t, 44> wav_header(int rate, int channels, std::uint64_t data_bytes);

/// Header and samples: the whole file.
std::vector<std::uint8_t> write_wav(int rate, int channels, std::span<const std::int16_t> pcm);

}  // namespace daedap::audio
