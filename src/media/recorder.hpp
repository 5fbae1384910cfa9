#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "audio/frame.hpp"

namespace daedap::media {

/// Where recorded audio goes. Real: `store::RecordingFile`, which writes on the store thread.
class RecordingSink {
 public:
  virtual ~RecordingSink() = default;
  /// Interleaved stereo, 16 kHz int16 (left = customer, right = agent), in order, no gaps.
  /// Never blocks; when the disk is too slow the sink drops whole blocks, counts them and keeps time
  /// by writing silence in their place.
  virtual void write(std::vector<std::int16_t> stereo) = 0;
  /// No more audio comes; the file is finished in the background.
  virtual void close() = 0;
};

/// Joins the two directions of a call into one stereo time line, aligned by sample position: a
/// direction that is silent, late or lost is filled, so both channels stay aligned within a frame.
/// thread  the shard
class Recorder {
 public:
  /// `block` = frames per write (25 = 0.5 s).
  explicit Recorder(std::unique_ptr<RecordingSink> sink, int block = 25);
  ~Recorder();

  audio::FrameSink& customer();
  audio::FrameSink& agent();
  /// Writes what is there and closes the sink.
  void close();
  /// Samples per channel written so far.
  std::int64_t length() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace daedap::media
