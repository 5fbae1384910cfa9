#include "bench/relay/process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "bench/relay/talkers.hpp"

namespace daedap::bench {
namespace {

constexpr int nice_level = -11;

std::string text_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

[[noreturn]] void become(const std::vector<std::string>& command, const std::string& output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  run_on_core(Process::core);
  run_first();
  const int out = ::open(output.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  const int in = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(out, 2);
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execvp(words[0], words.data());
  std::_Exit(127);
}

}  // namespace

Folder::Folder() {
  char name[] = "/tmp/daedap-relay-XXXXXX";
  if (::mkdtemp(name)) path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

void run_on_core(int core) {
  if (::sysconf(_SC_NPROCESSORS_ONLN) < 2) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

void run_first() { ::setpriority(PRIO_PROCESS, 0, nice_level); }

Process::Process(const std::vector<std::string>& command, std::string output) : output_(std::move(output)) {
  std::fflush(stdout);
  pid_ = ::fork();
  if (pid_ == 0) become(command, output_);
}

Process::~Process() {
  if (pid_ <= 0) return;
  freeze(false);
  ::kill(pid_, SIGTERM);
  for (int i = 0; i < 20; ++i, pause(0.05)) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) return;
  }
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool Process::running() const {
  siginfo_t info{};
  return pid_ > 0 && ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

std::string Process::wait_for(const std::function<bool(const std::string&)>& enough, double seconds) const {
  for (const std::int64_t until = steady_ns() + static_cast<std::int64_t>(seconds * 1e9); steady_ns() < until; pause(0.02)) {
    std::string text = text_of(output_);
    if (enough(text)) return text;
    if (!running()) break;
  }
  std::fprintf(stderr, "%s", text_of(output_).substr(0, 2000).c_str());
  return {};
}

void Process::wait_idle(double seconds) const {
  const std::int64_t until = steady_ns() + static_cast<std::int64_t>(seconds * 1e9);
  for (int quiet = 0; quiet < 3 && steady_ns() < until;) {
    const std::int64_t before = cpu_ns();
    pause(0.2);
    quiet = cpu_ns() - before < 10'000'000 ? quiet + 1 : 0;
  }
}

void Process::freeze(bool on) const { ::kill(pid_, on ? SIGSTOP : SIGCONT); }

std::int64_t Process::cpu_ns() const {
  std::int64_t sum = 0;
  std::error_code ignored;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task", ignored)) {
    std::ifstream in(task.path() / "schedstat");
    std::int64_t ns = 0;
    if (in >> ns) sum += ns;
  }
  return sum;
}

long Process::resident_kb() const {
  std::ifstream in("/proc/" + std::to_string(pid_) + "/statm");
  long size = 0, resident = 0;
  in >> size >> resident;
  return resident * (::sysconf(_SC_PAGESIZE) / 1024);
}

std::int64_t steady_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

void pause(double seconds) { ::usleep(static_cast<useconds_t>(seconds * 1e6)); }

std::uint16_t free_port() {
  // Below the ports that the system hands out, of which a thousand calls take thousands meanwhile.
  for (std::uint16_t port = 9000; port < 10'000; ++port) {
    const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
    const sockaddr_in to = loopback(port);
    const bool free = ::bind(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    ::close(fd);
    if (free) return port;
  }
  return 0;
}

}  // namespace daedap::bench
