#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "media/recorder.hpp"
#include "store/call_table.hpp"
#include "store/recording_folder.hpp"
#include "store/worker.hpp"

namespace daedap::store {

struct RecordingEvents {
  /// The recording ends here (disk full, no right); the call goes on. At most once a call.
  std::function<void(const std::string& call_id, const base::Error&)> failed;
  /// The file is complete, synced and closed. Not called after `failed` nor without audio.
  std::function<void(const std::string& call_id, const std::filesystem::path& folder)> finished;
};

struct RecordingFigures {
  std::uint64_t open = 0;
  std::uint64_t blocks_dropped = 0;  // the disk was too slow: silence stands in their place
  std::uint64_t failures = 0;
};

/// Writes all recordings, on one thread of its own: `root`/YYYY/MM/DD/<call_id>/call.wav. The header
/// is renewed with each block, so the file can be played at any moment, also after kill -9.
/// thread  any; the events come on the writer thread
class RecordingDisk {
 public:
  RecordingDisk(std::filesystem::path root, RecordingEvents events);
  /// Closes all recordings; waits for the disk.
  ~RecordingDisk();

  /// Never fails here: what goes wrong is told by the event. The sink may outlive nothing: it must be
  /// gone before the disk is.
  std::unique_ptr<media::RecordingSink> open(std::string call_id, WallTime started);
  /// Writes a file of the call (call.json, transcript.json) after its audio so far; a failure is an event.
  /// Sync::later: it is on the disk within a second, by one flush for all such files.
  void write_file(std::string call_id, WallTime started, std::string name, std::string content, Sync sync = Sync::now);
  /// The same with what `make` returns, which runs on the writer's thread: for what takes long to put into words.
  void write_file(std::string call_id, WallTime started, std::string name, std::function<std::string()> make, Sync sync = Sync::now);
  std::filesystem::path folder(const std::string& call_id, WallTime started) const;
  RecordingFigures figures() const;

  struct Shared;  // internal

 private:
  std::shared_ptr<Shared> shared_;
  Worker worker_;
};

}  // namespace daedap::store
