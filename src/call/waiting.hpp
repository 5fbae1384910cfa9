#pragma once

#include <cstdint>
#include <span>

#include "audio/player.hpp"

namespace daedap::call {

/// What somebody hears who waits: music, round and round, or the ringing tone of the network.
class Waiting {
 public:
  /// `music` outlives this; empty = the ringing tone.
  explicit Waiting(std::span<const std::int16_t> music) : music_(music) {}
  /// Keeps the player filled; once per 20 ms tick.
  void play(audio::Player& player);

 private:
  std::span<const std::int16_t> music_;
  std::size_t at_ = 0;
};

}  // namespace daedap::call
