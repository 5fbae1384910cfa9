#pragma once

#include <memory>

#include "base/log.hpp"
#include "base/result.hpp"
#include "server/config.hpp"
#include "server/engine_source.hpp"

namespace daedap::server {

/// The engines that need nothing but Debian packages, as the configuration names them.
/// errors  bad_syntax (assistant file)
base::Result<std::unique_ptr<EngineSource>> make_embedded_engines(const Config& config, base::Log log);

}  // namespace daedap::server
