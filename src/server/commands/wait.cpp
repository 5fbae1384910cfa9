#include <CLI/CLI.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "server/commands/commands.hpp"
#include "server/config.hpp"

namespace daedap::server {
namespace {

/// Whether GET /readyz on loopback answers 200. Blocking; command line only.
bool is_ready(const std::string& ip, std::uint16_t port) {
  try {
    boost::asio::ip::tcp::iostream stream;
    stream.expires_after(std::chrono::seconds{2});
    stream.connect(ip, std::to_string(port));
    stream << "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" << std::flush;
    std::string version;
    int status = 0;
    stream >> version >> status;
    return status == 200;
  } catch (const std::exception&) {
    return false;
  }
}

int wait_ready(const Config& config, int pid, int seconds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{seconds};
  while (std::chrono::steady_clock::now() < until) {
    if (pid > 0 && ::kill(pid, 0) != 0) return exit_failed;
    std::ifstream in(config.state + "/run.json");
    const auto run = nlohmann::json::parse(in, nullptr, false);
    const bool ours = run.is_object() && (pid <= 0 || run.value("pid", 0) == pid);
    const std::string ip = config.http.bind == "0.0.0.0" ? "127.0.0.1" : config.http.bind;
    if (ours && is_ready(ip, run.value("http_port", std::uint16_t{0}))) return exit_good;
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  std::cerr << "daedap: not ready after " << seconds << " s\n";
  return exit_failed;
}

}  // namespace

void add_wait(CLI::App& app, int& code) {
  struct Options {
    std::string config;
    int pid = 0, seconds = 90;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("wait", "waits until the server of this configuration takes calls");
  command->add_option("--config", options->config, "configuration file")->required();
  command->add_option("--pid", options->pid, "gives up when this process ends");
  command->add_option("--seconds", options->seconds, "gives up after so long")->check(CLI::Range(1, 3600));
  command->callback([options, &code] {
    const ConfigReading reading = read_config(options->config);
    for (const ConfigFault& fault : reading.faults) std::cerr << fault.text() << "\n";
    code = reading.faults.empty() ? wait_ready(reading.config, options->pid, options->seconds) : exit_usage;
  });
}

}  // namespace daedap::server
