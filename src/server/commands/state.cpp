#include "server/commands/state.hpp"

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "server/commands/commands.hpp"

namespace daedap::server {

int with_database(const std::string& config_path, const std::function<base::Result<void>(const Config&, store::Database&)>& work) {
  const ConfigReading reading = read_config(config_path);
  for (const ConfigFault& fault : reading.faults) std::cerr << fault.text() << "\n";
  if (!reading.faults.empty()) return exit_usage;
  std::error_code failed;
  std::filesystem::create_directories(reading.config.state, failed);
  auto db = store::Database::open(reading.config.state + "/daedap.db");
  const base::Result<void> done = db ? work(reading.config, *db) : tl::unexpected(db.error());
  if (done) return exit_good;
  std::cerr << "daedap: " << done.error().message() << "\n";
  return done.error().code == base::Code::bad_syntax ? exit_usage : exit_failed;
}

Running running_server(const Config& config) {
  std::ifstream in(config.state + "/run.json");
  const auto run = nlohmann::json::parse(in, nullptr, false);
  if (!run.is_object()) return {};
  const auto number = [&](const char* key) { return run.contains(key) && run[key].is_number_unsigned() ? run[key].get<unsigned>() : 0U; };
  const Running found{static_cast<int>(number("pid")), static_cast<std::uint16_t>(number("sip_port")), static_cast<std::uint16_t>(number("http_port"))};
  // A crash leaves the file behind.
  if (found.pid <= 0 || (::kill(found.pid, 0) != 0 && errno == ESRCH)) return {};
  return found;
}

}  // namespace daedap::server
