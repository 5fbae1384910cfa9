#pragma once

#include <cstdint>
#include <span>

namespace daedap::audio {

/// Plays audio to one peer; the only door from `speech` to `media`. Counts by sample, so that the
/// speaker can tell to the sample what was sent. Real: `media::Sender`; tests use their own.
/// units  16 kHz int16 samples
class Player {
 public:
  virtual ~Player() = default;
  /// Adds to the play-out queue, which holds at most two minutes: more is refused (false).
  virtual bool enqueue(std::span<const std::int16_t> pcm) = 0;
  /// From the next frame on silence is sent and nothing is lost; resume goes on at the next sample.
  virtual void pause() = 0;
  virtual void resume() = 0;
  virtual bool paused() const = 0;
  /// Drops all that is queued and unpauses.
  virtual void discard() = 0;
  /// Samples of enqueued audio sent since the start (silence in between does not count).
  virtual std::int64_t played() const = 0;
  /// Samples enqueued and not yet sent.
  virtual std::int64_t queued() const = 0;
};

}  // namespace daedap::audio
