#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace daedap::audio {

/// Fills holes of one 8 kHz stream by repeating the last pitch period (spandsp), which fades to
/// silence within 60 ms; after a hole the first real samples are blended in.
/// Runs before resampling: spandsp looks for a pitch of 66-200 Hz at 8 kHz only.
/// spec  in the manner of ITU-T G.711 Appendix I, without its delay
class Concealment {
 public:
  Concealment();
  ~Concealment();
  Concealment(Concealment&&) noexcept;
  Concealment& operator=(Concealment&&) noexcept;

  /// Real audio passed by. Its first samples may be changed after a hole.
  void on_audio(std::span<std::int16_t> pcm);
  /// Fills a hole.
  void fill(std::span<std::int16_t> pcm);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace daedap::audio
