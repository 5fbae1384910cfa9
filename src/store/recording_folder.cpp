#include "store/recording_folder.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <system_error>

#include "store/file.hpp"
#include "store/wav_header.hpp"

namespace daedap::store {

namespace fs = std::filesystem;

namespace {

std::string safe(std::string_view call_id) {
  std::string out(call_id.substr(0, 128));
  for (char& c : out) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    if (!plain) c = '_';
  }
  return out.empty() ? "_" : out;
}

// Makes the header tell the audio that is really there. Gives the size of that audio.
base::Result<std::uint64_t> repair(File& file) {
  WavHeader header{};
  auto got = file.read_at(0, header);
  if (!got) return tl::unexpected(std::move(got.error()));
  std::uint64_t stated = 0;
  if (*got < header.size() || !read_wav_header(header, stated)) return 0;
  const auto size = file.size();
  if (!size) return size;
  const std::uint64_t audio = (*size - header.size()) / 4 * 4;  // whole stereo samples
  if (audio == stated) return audio;
  auto done = file.write_at(0, wav_header(audio));
  if (done) done = file.sync();
  if (!done) return tl::unexpected(std::move(done.error()));
  return audio;
}

base::Result<void> repair_at(const fs::path& path, const fs::path& final_name) {
  auto file = File::open_existing(path);
  if (!file) return tl::unexpected(std::move(file.error()));
  const auto audio = repair(*file);
  if (!audio) return tl::unexpected(audio.error());
  if (path == final_name) return {};
  if (*audio > 0) {
    auto done = file->rename(final_name);
    return done ? file->sync_folder() : done;
  }
  std::error_code ignored;
  fs::remove(path, ignored);
  return {};
}

}  // namespace

fs::path recording_folder(const fs::path& root, std::string_view call_id, WallTime started) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(started)};
  return root / fmt::format("{:04}", static_cast<int>(day.year())) /
         fmt::format("{:02}", static_cast<unsigned>(day.month())) /
         fmt::format("{:02}", static_cast<unsigned>(day.day())) / safe(call_id);
}

base::Result<void> write_atomically(const fs::path& path, std::string_view content, Sync sync) {
  std::error_code ec;
  fs::create_directories(path.parent_path(), ec);
  if (ec) return base::fail(base::Code::io, "cannot make the folder", path.string() + ": " + ec.message());
  auto file = File::create(path.string() + ".tmp");
  if (!file) return tl::unexpected(std::move(file.error()));
  auto done = file->write_at(0, {reinterpret_cast<const std::uint8_t*>(content.data()), content.size()});
  if (done && sync == Sync::now) done = file->sync();
  if (done) done = file->rename(path);
  if (done && sync == Sync::now) done = file->sync_folder();
  if (!done) fs::remove(path.string() + ".tmp", ec);
  return done;
}

base::Result<void> finish_orphan(const fs::path& folder) {
  std::error_code ec;
  const fs::path recording = folder / "call.wav";
  for (const fs::path& unfinished : {folder / "call.json.tmp", folder / "transcript.json.tmp", folder / "pauses.jsonl.tmp"})
    fs::remove(unfinished, ec);
  if (fs::exists(recording, ec)) return repair_at(recording, recording);
  if (const fs::path part = folder / "call.wav.part"; fs::exists(part, ec)) return repair_at(part, recording);
  return {};
}

base::Result<void> finish_orphans(const fs::path& root) {
  std::error_code ec;
  for (fs::recursive_directory_iterator at(root, ec), end; !ec && at != end; at.increment(ec)) {
    if (at.depth() != 3 || !at->is_directory(ec)) continue;
    if (auto done = finish_orphan(at->path()); !done) return done;
    at.disable_recursion_pending();
  }
  return {};
}

}  // namespace daedap::store
