#pragma once

#include <string>
#include <vector>

#include "server/config.hpp"

namespace daedap::server {

/// What is wrong or odd with the TLS files that a configuration names.
struct TlsReading {
  std::vector<ConfigFault> faults;
  std::vector<std::string> warnings;
};
/// Reads them as the server would.
TlsReading read_tls(const Config& config);

}  // namespace daedap::server
