// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "channel.hpp"

namespace espeak_helper {

/// One sentence after another through espeak-ng, audio sent as it is made.
/// One per process: espeak-ng keeps its state in file-scope variables.
class Synthesiser {
 public:
  explicit Synthesiser(Channel& channel) : channel_(channel) {}
  /// Loads the engine. In samples per second, or 0 when it cannot be loaded.
  int start();
  /// Runs until the peer is gone (true) or breaks the protocol (false).
  bool serve();
  /// Frees what the engine holds.
  void stop();
  /// The engine's callback. False stops the sentence.
  bool on_audio(const short* wav, int samples);

 private:
  bool take(const Frame& frame);
  bool speak(const Frame& frame);
  void synthesise(std::uint32_t id, const std::string& text);

  Channel& channel_;
  std::deque<Frame> waiting_;  // came while a sentence was being spoken
  std::uint32_t speaking_ = 0;
  bool cancelled_ = false;
};

}  // namespace espeak_helper
