#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace daedap::store {

/// An open file that closes itself. Every function that fails gives Code::io with the path.
class File {
 public:
  File() = default;
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}
  File& operator=(File&& other) noexcept;
  ~File();
  static base::Result<File> create(const std::filesystem::path& path);
  static base::Result<File> open_existing(const std::filesystem::path& path);

  base::Result<void> write_at(std::uint64_t offset, std::span<const std::uint8_t> bytes);
  /// The bytes that are there, at most `bytes.size()`.
  base::Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> bytes);
  base::Result<std::uint64_t> size() const;
  base::Result<void> sync();
  /// Moves the file to its final name, in place of what was there; `sync_folder` makes the name last.
  base::Result<void> rename(const std::filesystem::path& to);
  base::Result<void> sync_folder();
  const std::filesystem::path& path() const { return path_; }

 private:
  static base::Result<File> open(const std::filesystem::path& path, int flags);
  int fd_ = -1;
  std::filesystem::path path_;
};

}  // namespace daedap::store
