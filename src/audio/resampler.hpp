#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "audio/half_band.hpp"
#include "base/result.hpp"

struct SpeexResamplerState_;

namespace daedap::audio {

/// Changes the sample rate of one mono int16 stream: between 8000 and 16000 Hz, where every call is
/// heard and spoken, by our own half-band filter; others by speexdsp (quality 3); equal rates pass
/// through.
/// cost  0.3 us per 20 ms between 8000 and 16000, others 1.5-5 us; 1.4-3 ms of delay; nothing
///       allocated after `make`
class Resampler {
 public:
  /// Rates of 8000, 16000, 22050, 24000, 32000, 44100 and 48000 Hz.
  /// errors  Code::unsupported for any other rate
  static base::Result<Resampler> make(int from, int to);

  /// Takes all of `in`, writes what is ready to `out` and returns the count.
  /// in  `out` holds at least `max_output(in.size())` samples
  std::size_t run(std::span<const std::int16_t> in, std::span<std::int16_t> out);
  /// As `run`, appending to `out`.
  void append(std::span<const std::int16_t> in, std::vector<std::int16_t>& out);
  /// Appends the tail that the filter still holds back; the stream then starts anew.
  void flush(std::vector<std::int16_t>& out);
  /// Forgets the stream so far.
  void reset();

  std::size_t max_output(std::size_t in) const;
  /// The delay of the filter in samples of the outgoing rate.
  std::size_t delay() const;

 private:
  struct Free {
    void operator()(SpeexResamplerState_* state) const;
  };
  struct Same {};
  using Speex = std::unique_ptr<SpeexResamplerState_, Free>;
  using Way = std::variant<Same, Doubler, Halver, Speex>;
  Resampler(int from, int to, Way way);
  std::size_t held() const;
  std::size_t from_, to_;
  Way way_;
};

/// A whole recording at once, its filter delay taken off: the result has `size * to / from` samples
/// (rounded) and starts where the input starts.
/// errors  Code::unsupported
base::Result<std::vector<std::int16_t>> resample(std::vector<std::int16_t> pcm, int from, int to);

}  // namespace daedap::audio
