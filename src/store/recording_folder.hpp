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

/// Writes a whole file so that a reader sees the old one or the new one: temporary name, sync, rename.
/// errors  Code::io
base::Result<void> write_atomically(const std::filesystem::path& file, std::string_view content);

/// Puts right what a crash left in a call's folder: sizes in the header of call.wav, a temporary
/// recording that already holds audio, left-over temporary files. Nothing to do is no error.
/// errors  Code::io
base::Result<void> finish_orphan(const std::filesystem::path& folder);
/// The same for every call folder below `root`.
base::Result<void> finish_orphans(const std::filesystem::path& root);

}  // namespace daedap::store
