#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "store/call_table.hpp"

namespace daedap::store {

/// `root`/YYYY/MM/DD/`call_id`, by the UTC day of `started`. Bytes of the id that could leave the
/// folder become '_'.
std::filesystem::path recording_folder(const std::filesystem::path& root, std::string_view call_id,
                                       WallTime started);

/// Whether a file is on the disk when it has its name, or whenever the caller flushes: until then a power cut
/// may leave it empty or take it. Four flushes a call cost more than all else that setting it up does.
enum class Sync { now, later };
/// Writes a whole file so that a reader sees the old one or the new one: temporary name, sync, rename.
/// errors  Code::io
base::Result<void> write_atomically(const std::filesystem::path& file, std::string_view content, Sync sync);

/// Puts right what a crash left in a call's folder: sizes in the header of call.wav, a temporary
/// recording that already holds audio, left-over temporary files. Nothing to do is no error.
/// errors  Code::io
base::Result<void> finish_orphan(const std::filesystem::path& folder);
/// The same for every call folder below `root`.
base::Result<void> finish_orphans(const std::filesystem::path& root);

}  // namespace daedap::store
