#include "engines/espeak/helper_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace daedap::engines::espeak {
namespace {

constexpr const char* helper_name = "daedap-espeak";

/// The helper gets a clean signal mask and a process group of its own, so that a Ctrl-C for the
/// server does not take its voice away while it still says goodbye to its callers.
class Attributes {
 public:
  Attributes() {
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setpgroup(&attributes, 0);
  }
  ~Attributes() { ::posix_spawnattr_destroy(&attributes); }
  posix_spawnattr_t attributes;
};

class Actions {
 public:
  explicit Actions(int socket) {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, socket, 0);
    ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  }
  ~Actions() { ::posix_spawn_file_actions_destroy(&actions); }
  posix_spawn_file_actions_t actions;
};

}  // namespace

base::Result<HelperProcess> HelperProcess::spawn(const std::filesystem::path& program) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    return base::fail(base::Code::io, "no socket for the speech helper", std::strerror(errno));
  }
  const Actions actions(pair[1]);
  const Attributes attributes;
  std::string name = program.string();
  std::array<char*, 2> argv{name.data(), nullptr};
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, name.c_str(), &actions.actions, &attributes.attributes,
                                  argv.data(), environ);
  ::close(pair[1]);
  if (error != 0) {
    ::close(pair[0]);
    return base::fail(base::Code::io, "cannot start the speech helper",
                      name + ": " + std::strerror(error));
  }
  return HelperProcess(pid, pair[0]);
}

HelperProcess::~HelperProcess() {
  if (fd_ >= 0) ::close(fd_);
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

base::Result<void> HelperProcess::send(std::string_view bytes) {
  const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent == static_cast<ssize_t>(bytes.size())) return {};
  return base::fail(base::Code::io, "the speech helper does not listen");
}

base::Result<void> HelperProcess::receive(std::string& out) {
  std::array<char, 64 * 1024> bytes;
  const ssize_t got = ::recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got > 0) {
    out.append(bytes.data(), static_cast<std::size_t>(got));
    return {};
  }
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return {};
  return base::fail(base::Code::io, "the speech helper is gone");
}

base::Result<std::filesystem::path> find_helper() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto folder = self.parent_path();
  for (const char* way : {".", "../lib/daedap", "../../lib/daedap"}) {
    auto candidate = (folder / way / helper_name).lexically_normal();
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return base::fail(base::Code::not_found, "the speech helper is not installed",
                    (folder / helper_name).string());
}

}  // namespace daedap::engines::espeak
