#pragma once

#include <vector>

#include "server/config.hpp"

namespace daedap::server {

/// What is wrong with the assistant's script that the configuration names, with its lines.
std::vector<ConfigFault> assistant_faults(const Config& config);

}  // namespace daedap::server
