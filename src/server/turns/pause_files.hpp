#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "server/turns/pause_lines.hpp"

namespace daedap::server {

/// The pause logs that `places` name, each a file or a folder somewhere above them; in the order of
/// their paths. At most 100,000.
/// errors  not_found (detail: the place)
base::Result<std::vector<std::filesystem::path>> find_pause_logs(const std::vector<std::string>& places);

/// errors  io, too_large (detail: the file)
base::Result<PauseFile> read_pause_log(const std::filesystem::path& file);

/// A whole file of at most `most` bytes. errors  io, too_large
base::Result<std::string> read_whole(const std::filesystem::path& file, std::size_t most);

}  // namespace daedap::server
