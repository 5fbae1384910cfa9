#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/executor.hpp"
#include "media/recorder.hpp"
#include "store/file.hpp"
#include "store/recording_disk.hpp"

namespace daedap::store {

/// What all recordings share. Internal.
struct RecordingDisk::Shared {
  std::filesystem::path root;
  RecordingEvents events;
  mutable std::mutex mutex;
  RecordingFigures figures;
  bool unsynced = false;  // used on the writer thread only

  /// What was written with Sync::later reaches the disk.
  void sync_all();
  void count(std::uint64_t RecordingFigures::*figure, std::int64_t by);
};

/// One call's WAV file. Blocks wait in a queue of at most `queue_limit` (20 s); over it a block is
/// dropped and as much silence is written in its place. Internal.
class RecordingFile final : public media::RecordingSink {
 public:
  static constexpr std::size_t queue_limit = 40;

  RecordingFile(std::shared_ptr<RecordingDisk::Shared> shared, base::Executor& writer, std::string call_id,
                std::filesystem::path folder);
  ~RecordingFile() override { close(); }
  void write(std::vector<std::int16_t> stereo) override;
  void close() override;

 private:
  struct Writing;
  base::Executor& writer_;
  std::shared_ptr<Writing> writing_;
};

}  // namespace daedap::store
