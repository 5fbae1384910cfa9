#include "server/turns/pause_files.hpp"

#include <algorithm>
#include <fstream>
#include <system_error>

namespace daedap::server {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t most_logs = 100'000, most_log_bytes = 64u << 20;

void search(const fs::path& folder, std::vector<fs::path>& out) {
  std::error_code ec;
  for (fs::recursive_directory_iterator at(folder, ec), end; !ec && at != end && out.size() < most_logs; at.increment(ec))
    if (at->path().filename() == pause_file) out.push_back(at->path());
}

}  // namespace

base::Result<std::vector<fs::path>> find_pause_logs(const std::vector<std::string>& places) {
  std::vector<fs::path> out;
  std::error_code ec;
  for (const std::string& place : places) {
    if (fs::is_directory(place, ec)) search(place, out);
    else if (fs::exists(place, ec)) out.emplace_back(place);
    else return base::fail(base::Code::not_found, "no such file or folder", place);
  }
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

base::Result<std::string> read_whole(const fs::path& file, std::size_t most) {
  std::error_code ec;
  const auto size = fs::file_size(file, ec);
  if (ec) return base::fail(base::Code::io, "cannot read the file", file.string());
  if (size > most) return base::fail(base::Code::too_large, "the file is too large", file.string());
  std::ifstream in(file, std::ios::binary);
  std::string text(size, '\0');
  in.read(text.data(), static_cast<std::streamsize>(size));
  if (!in && size > 0) return base::fail(base::Code::io, "cannot read the file", file.string());
  return text;
}

base::Result<PauseFile> read_pause_log(const fs::path& file) {
  auto text = read_whole(file, most_log_bytes);
  if (!text) return tl::unexpected(text.error());
  auto read = read_pauses(*text);
  if (!read) return base::fail(read.error().code, read.error().text, file.string());
  return read;
}

}  // namespace daedap::server
