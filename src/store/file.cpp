#include "store/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace daedap::store {

namespace {

tl::unexpected<base::Error> failed(const char* text, const std::filesystem::path& path) {
  const int number = errno;
  return base::fail(base::Code::io, number == ENOSPC ? "the disk is full" : text,
                    path.string() + ": " + std::system_category().message(number));
}

}  // namespace

File& File::operator=(File&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

base::Result<File> File::open(const std::filesystem::path& path, int flags) {
  File file;
  file.fd_ = ::open(path.c_str(), flags | O_RDWR | O_CLOEXEC, 0640);
  if (file.fd_ < 0) return failed("cannot open the file", path);
  file.path_ = path;
  return file;
}

base::Result<File> File::create(const std::filesystem::path& path) { return open(path, O_CREAT | O_TRUNC); }
base::Result<File> File::open_existing(const std::filesystem::path& path) { return open(path, 0); }

base::Result<void> File::write_at(std::uint64_t offset, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return failed("cannot write the file", path_);
    bytes = bytes.subspan(static_cast<std::size_t>(done));
    offset += static_cast<std::uint64_t>(done);
  }
  return {};
}

base::Result<std::size_t> File::read_at(std::uint64_t offset, std::span<std::uint8_t> bytes) {
  std::size_t all = 0;
  while (all < bytes.size()) {
    const ssize_t done = ::pread(fd_, bytes.data() + all, bytes.size() - all, static_cast<off_t>(offset + all));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return failed("cannot read the file", path_);
    if (done == 0) break;
    all += static_cast<std::size_t>(done);
  }
  return all;
}

base::Result<std::uint64_t> File::size() const {
  struct stat about {};
  if (::fstat(fd_, &about) != 0) return failed("cannot read the file", path_);
  return static_cast<std::uint64_t>(about.st_size);
}

base::Result<void> File::sync() {
  if (::fdatasync(fd_) != 0) return failed("cannot sync the file", path_);
  return {};
}

base::Result<void> File::rename(const std::filesystem::path& to) {
  if (::rename(path_.c_str(), to.c_str()) != 0) return failed("cannot rename the file", path_);
  path_ = to;
  return {};
}

base::Result<void> File::sync_folder() {
  const int folder = ::open(path_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return failed("cannot open the folder", path_);
  const int synced = ::fsync(folder);
  ::close(folder);
  if (synced != 0) return failed("cannot sync the folder", path_);
  return {};
}

}  // namespace daedap::store
