#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/result.hpp"

namespace daedap::net {

struct HttpsGet {
  std::string url;                       // https only, and so is where it is redirected to
  std::size_t most_bytes = 16 << 20;     // of the body
  std::chrono::seconds time_out{120};    // for all of it
  long redirects = 3;
  std::string ca;                        // PEM file of whom to believe; empty = the system's
};

/// The body of a 200 answer. The server must prove its name. Blocks: for the command line only.
/// A proxy is used where the environment names one (https_proxy).
/// errors  bad_syntax (no https address), denied (certificate), too_large, timed_out, not_found (another
///         status), io
/// spec    RFC 9110, RFC 9112 (HTTP)
base::Result<std::string> https_get(const HttpsGet& wanted);

}  // namespace daedap::net
