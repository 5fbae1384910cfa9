#include "server/commands/state.hpp"

#include <sodium.h>

#include <filesystem>
#include <iostream>

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

std::string random_password() {
  static constexpr char alphabet[] = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  std::string out;
  for (int i = 0; i < 20; ++i) out += alphabet[randombytes_uniform(sizeof alphabet - 1)];
  return out;
}

}  // namespace daedap::server
