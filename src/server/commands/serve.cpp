#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <memory>
#include <thread>

#include "server/commands/commands.hpp"
#include "server/server.hpp"
#include "server/tls_files.hpp"

namespace daedap::server {
namespace {

constexpr std::chrono::seconds last_words{5};  // BYEs and transcripts after a forced end

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int s : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, s);
  return set;
}

/// The next watched signal, 0 when none came within `wait`.
int next_signal(const sigset_t& set, std::chrono::milliseconds wait) {
  const timespec limit{wait.count() / 1000, wait.count() % 1000 * 1'000'000};
  const int got = ::sigtimedwait(&set, nullptr, &limit);
  return got > 0 ? got : 0;
}

/// The file and the TLS files that it names; faults and warnings are told.
ConfigReading read_all(const std::string& path) {
  ConfigReading reading = read_config(path);
  const TlsReading tls = read_tls(reading.config);
  reading.faults.insert(reading.faults.end(), tls.faults.begin(), tls.faults.end());
  for (const std::string& warning : tls.warnings) std::cerr << "warning: " << warning << "\n";
  for (const ConfigFault& fault : reading.faults) std::cerr << fault.text() << "\n";
  return reading;
}

void reload(Server& server, const std::string& path) {
  const ConfigReading fresh = read_all(path);
  if (!fresh.faults.empty()) {
    std::cerr << "configuration not reloaded\n";
    return;
  }
  for (const std::string& line : server.reload(fresh.config)) std::cerr << "reload: " << line << "\n";
}

/// Waits until no call runs, a second signal comes or the time is up; then ends what is left.
void drain(Server& server, const sigset_t& set, std::chrono::seconds limit) {
  server.drain();
  if (server.calls() > 0) std::cerr << "draining: " << server.calls() << " calls run; a second signal ends them\n";
  const auto until = std::chrono::steady_clock::now() + limit;
  while (server.calls() > 0 && std::chrono::steady_clock::now() < until) {
    const int got = next_signal(set, std::chrono::milliseconds{100});
    if (got == SIGTERM || got == SIGINT) break;
  }
  if (server.calls() == 0) return;
  server.end_calls();
  const auto end = std::chrono::steady_clock::now() + last_words;
  while (server.calls() > 0 && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds{20});
}

int serve(const std::string& path, bool talk) {
  ConfigReading reading = read_all(path);
  if (!reading.faults.empty()) return exit_usage;
  // Before any thread starts, so that all of them inherit it.
  const sigset_t set = watched_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  const std::chrono::seconds drain_limit = reading.config.drain_timeout;
  ServerOptions options;
  if (talk) options.talk = [](const std::string& line) { std::printf("%s\n", line.c_str()), std::fflush(stdout); };
  auto server = Server::start(std::move(reading.config), std::move(options));
  if (!server) {
    std::cerr << "daedap: cannot start: " << server.error().message() << "\n";
    return exit_failed;
  }
  std::cerr << "daedap: SIP on port " << (*server)->sip_port();
  if ((*server)->tls_port() != 0) std::cerr << " and (TLS) " << (*server)->tls_port();
  std::cerr << ", HTTP on port " << (*server)->http_port() << "\n";
  for (;;) {
    const int got = next_signal(set, std::chrono::hours{1});
    if (got == SIGHUP) reload(**server, path);
    else if (got != 0) break;
  }
  drain(**server, set, drain_limit);
  (*server)->stop();
  return exit_good;
}

}  // namespace

void add_serve(CLI::App& app, int& code) {
  struct Options {
    std::string config;
    bool talk = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("serve", "the server; SIGTERM drains, a second one ends calls, SIGHUP reloads");
  command->add_option("--config", options->config, "configuration file")->required();
  command->add_flag("--talk", options->talk, "prints each call's conversation as it happens");
  command->callback([options, &code] { code = serve(options->config, options->talk); });
}

}  // namespace daedap::server
