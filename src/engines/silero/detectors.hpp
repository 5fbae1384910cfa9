#pragma once

#include <memory>
#include <vector>

#include "engines/silero/network.hpp"
#include "speech/vad/detector.hpp"

namespace daedap::engines::silero {

/// Voice detectors that share one network. Windows that have become whole wait for `run`, which computes
/// those of all streams at once; a stream whose next window is whole before that is computed alone, so
/// a forgotten `run` costs time, never audio.
/// thread  one, the shard's; the network may be others' too
class Detectors final : public speech::VoiceDetectors {
 public:
  explicit Detectors(std::shared_ptr<const Network> network);
  /// After the last of its detectors.
  ~Detectors() override;

  std::unique_ptr<speech::VoiceDetector> open(speech::VoiceDetector::Sink sink) override;
  speech::EdgeLag lag() const override;
  base::Millis delay() const override { return base::Millis{80}; }
  /// Once a tick, after audio came in. Sinks are called from inside.
  void run();
  /// So far.
  std::uint64_t windows() const { return windows_; }

 private:
  class Stream;
  void compute(std::span<Stream*> streams);

  // given
  std::shared_ptr<const Network> network_;
  // owned
  Floats work_{work_size};
  // state
  Forward forward_;
  std::vector<Stream*> due_, running_;  // null: gone meanwhile
  std::vector<Item> items_;
  std::uint64_t windows_ = 0;
};

}  // namespace daedap::engines::silero
