#pragma once

#include <string>

namespace daedap::server {

/// docs/configuration.md: every key of the file with its default and what it means.
std::string config_page();

}  // namespace daedap::server
