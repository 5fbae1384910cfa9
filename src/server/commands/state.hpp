#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "server/config.hpp"
#include "store/database.hpp"

namespace daedap::server {

/// Reads the configuration, opens the database of its state folder and runs `work` on it; prints what
/// was wrong. Beside a running server: it notices within 300 ms what changed.
int with_database(const std::string& config_path, const std::function<base::Result<void>(const Config&, store::Database&)>& work);

/// What the running server of this configuration wrote about itself (run.json); port 0 = it does not run.
struct Running {
  int pid = 0;
  std::uint16_t sip_port = 0, http_port = 0;
};
Running running_server(const Config& config);

}  // namespace daedap::server
