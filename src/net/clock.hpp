#pragma once

#include "base/time.hpp"

namespace daedap::net {

/// The steady clock as `base::Time`: the only place where live time enters the server.
base::Time now();

}  // namespace daedap::net
