#pragma once

#include <cstdint>
#include <deque>
#include <span>

#include "audio/player.hpp"
#include "base/time.hpp"
#include "speech/echo.hpp"

namespace daedap::speech {

/// The player as the conversation uses it: what went out is told to the echo guard, because the
/// player does not give audio back.
/// units  16 kHz samples
class Playout {
 public:
  Playout(audio::Player& player, EchoGuard& echo) : player_(player), echo_(echo) {}

  /// False when the player's queue is full; nothing was added then.
  bool enqueue(std::span<const std::int16_t> pcm);
  void pause() { player_.pause(); }
  void resume() { player_.resume(); }
  bool paused() const { return player_.paused(); }
  /// Drops what is queued and unpauses.
  void discard();
  std::int64_t played() const { return player_.played(); }
  std::int64_t queued() const { return player_.queued(); }
  /// Position, counted as `played` counts, that the next enqueued sample gets.
  std::int64_t end() const { return player_.played() + player_.queued(); }
  /// Call after each tick of the player.
  void on_time(base::Time now);

 private:
  // given
  audio::Player& player_;
  EchoGuard& echo_;
  // owned
  std::deque<std::int16_t> unsent_;  // 4 kHz
  Decimator decimator_;
  // state
  std::int64_t seen_ = 0;            // samples (4 kHz) handed to the guard, or skipped
};

}  // namespace daedap::speech
