#pragma once

#include <functional>
#include <string>

#include "server/config.hpp"
#include "store/database.hpp"

namespace daedap::server {

/// Reads the configuration, opens the database of its state folder and runs `work` on it; prints what
/// was wrong. Beside a running server: it notices within 300 ms what changed.
int with_database(const std::string& config_path, const std::function<base::Result<void>(const Config&, store::Database&)>& work);

/// A random password of 20 letters and digits (119 bits).
std::string random_password();

}  // namespace daedap::server
