#pragma once

#include <cstdint>
#include <string>

namespace daedap::server {

struct HttpAnswer {
  int status = 0;  // 0 = no answer
  std::string body;
};

/// GET with a bearer token. Blocks at most 5 s; for the command line only. Bodies over 16 MB are cut.
HttpAnswer http_get(const std::string& ip, std::uint16_t port, const std::string& path,
                    const std::string& token);

}  // namespace daedap::server
