#include "store/recording_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <span>
#include <system_error>
#include <utility>

#include "store/recording_folder.hpp"
#include "store/wav_header.hpp"

namespace daedap::store {

namespace fs = std::filesystem;

constexpr std::chrono::seconds sync_period{1};

// Filled by the shard, emptied by the writer thread; only the part under the mutex is shared.
struct RecordingFile::Writing {
  struct Block {
    std::vector<std::int16_t> stereo;
    std::size_t silence = 0;  // samples of both channels to write after `stereo`
  };

  void drain();
  void finish();
  bool append(const std::vector<std::int16_t>& stereo);
  base::Result<void> first_block();
  void fail(const base::Error& error);

  std::shared_ptr<RecordingDisk::Shared> shared;
  std::string call_id;
  fs::path folder;

  std::mutex mutex;
  std::deque<Block> queue;
  bool posted = false;
  bool closed = false;

  // writer thread only
  File file;
  std::uint64_t audio_bytes = 0;
  bool failed = false;
};

void RecordingDisk::Shared::count(std::uint64_t RecordingFigures::*figure, std::int64_t by) {
  const std::lock_guard lock(mutex);
  figures.*figure += static_cast<std::uint64_t>(by);
}

RecordingFile::RecordingFile(std::shared_ptr<RecordingDisk::Shared> shared, base::Executor& writer,
                             std::string call_id, fs::path folder)
    : writer_(writer), writing_(std::make_shared<Writing>()) {
  writing_->shared = std::move(shared);
  writing_->call_id = std::move(call_id);
  writing_->folder = std::move(folder);
  writing_->shared->count(&RecordingFigures::open, 1);
}

void RecordingFile::write(std::vector<std::int16_t> stereo) {
  bool dropped = false, wake = false;
  {
    const std::lock_guard lock(writing_->mutex);
    if (writing_->closed) return;
    dropped = writing_->queue.size() >= queue_limit;
    if (dropped) {
      writing_->queue.back().silence += stereo.size();
    } else {
      writing_->queue.push_back({std::move(stereo)});
    }
    wake = !std::exchange(writing_->posted, true);
  }
  if (dropped) writing_->shared->count(&RecordingFigures::blocks_dropped, 1);
  if (wake) writer_.post([writing = writing_] { writing->drain(); });
}

void RecordingFile::close() {
  {
    const std::lock_guard lock(writing_->mutex);
    if (std::exchange(writing_->closed, true)) return;
  }
  writer_.post([writing = writing_] {
    writing->drain();
    writing->finish();
  });
}

void RecordingFile::Writing::drain() {
  while (true) {
    Block block;
    {
      const std::lock_guard lock(mutex);
      if (queue.empty()) {
        posted = false;
        return;
      }
      block = std::move(queue.front());
      queue.pop_front();
    }
    if (!append(block.stereo)) continue;
    while (block.silence > 0) {
      const std::vector<std::int16_t> quiet(std::min<std::size_t>(block.silence, 32'000));
      block.silence -= quiet.size();
      if (!append(quiet)) break;
    }
  }
}

bool RecordingFile::Writing::append(const std::vector<std::int16_t>& stereo) {
  if (failed || stereo.empty()) return !failed;
  static_assert(std::endian::native == std::endian::little, "WAV samples are written as they lie in memory");
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(stereo.data()), stereo.size() * 2);
  const bool first = audio_bytes == 0;
  base::Result<void> done;
  if (first) done = first_block();
  if (done && audio_bytes + bytes.size() > wav_audio_limit)
    done = base::fail(base::Code::too_large, "the recording is longer than a WAV file can tell");
  if (done) done = file.write_at(wav_header_bytes + audio_bytes, bytes);
  // The audio is there before the header speaks of it.
  if (done) done = file.write_at(0, wav_header(audio_bytes + bytes.size()));
  if (done && first) done = file.rename(folder / "call.wav");
  if (done && first) done = file.sync_folder();
  if (!done) return fail(done.error()), false;
  audio_bytes += bytes.size();
  return true;
}

base::Result<void> RecordingFile::Writing::first_block() {
  std::error_code ec;
  fs::create_directories(folder, ec);
  if (ec) return base::fail(base::Code::io, "cannot make the folder", folder.string() + ": " + ec.message());
  auto created = File::create(folder / "call.wav.part");
  if (!created) return tl::unexpected(std::move(created.error()));
  file = std::move(*created);
  return file.write_at(0, wav_header(0));
}

void RecordingFile::Writing::fail(const base::Error& error) {
  failed = true;
  shared->count(&RecordingFigures::failures, 1);
  if (shared->events.failed) shared->events.failed(call_id, error);
}

void RecordingFile::Writing::finish() {
  if (audio_bytes > 0 && !failed) {
    if (auto done = file.sync(); !done) fail(done.error());
  }
  file = {};
  shared->count(&RecordingFigures::open, -1);
  if (audio_bytes > 0 && !failed && shared->events.finished) shared->events.finished(call_id, folder);
}

RecordingDisk::RecordingDisk(fs::path root, RecordingEvents events)
    : shared_(std::make_shared<Shared>()), worker_("recordings") {
  shared_->root = std::move(root);
  shared_->events = std::move(events);
}

RecordingDisk::~RecordingDisk() {
  worker_.post([shared = shared_] { shared->sync_all(); });
}

/// One flush for the files of many calls: each alone would cost four.
void RecordingDisk::Shared::sync_all() {
  if (!std::exchange(unsynced, false)) return;
  const int folder = ::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  ::syncfs(folder);
  ::close(folder);
}

std::unique_ptr<media::RecordingSink> RecordingDisk::open(std::string call_id, WallTime started) {
  auto where = folder(call_id, started);
  return std::make_unique<RecordingFile>(shared_, worker_, std::move(call_id), std::move(where));
}

void RecordingDisk::write_file(std::string call_id, WallTime started, std::string name, std::string content, Sync sync) {
  write_file(std::move(call_id), started, std::move(name), [content = std::move(content)] { return content; }, sync);
}

void RecordingDisk::write_file(std::string call_id, WallTime started, std::string name, std::function<std::string()> make,
                               Sync sync) {
  worker_.post([this, sync, shared = shared_, path = folder(call_id, started) / name, call_id = std::move(call_id),
                make = std::move(make)] {
    const auto done = write_atomically(path, make(), sync);
    if (done && sync == Sync::later && !std::exchange(shared->unsynced, true))
      worker_.post_after(sync_period, [shared] { shared->sync_all(); });
    if (done) return;
    shared->count(&RecordingFigures::failures, 1);
    if (shared->events.failed) shared->events.failed(call_id, done.error());
  });
}

fs::path RecordingDisk::folder(const std::string& call_id, WallTime started) const {
  return recording_folder(shared_->root, call_id, started);
}

RecordingFigures RecordingDisk::figures() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->figures;
}

}  // namespace daedap::store
