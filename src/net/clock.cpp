#include "net/clock.hpp"

#include <chrono>

namespace daedap::net {

base::Time now() {
  return base::Time{std::chrono::duration_cast<base::Duration>(
      std::chrono::steady_clock::now().time_since_epoch())};
}

}  // namespace daedap::net
