#pragma once

#include <deque>
#include <unordered_map>
#include <vector>

#include "call/directory.hpp"
#include "call/switchboard.hpp"
#include "sip/endpoint.hpp"

namespace daedap::call {

class Call;

/// Which call each SIP session belongs to.
using Sessions = std::unordered_map<sip::SessionId, Call*>;

/// What a call needs of its switchboard; all outlive it.
struct Place {
  const Directory& directory;
  Surroundings& around;
  std::deque<Event>& events;
  Sessions& sessions;
  std::vector<Call*>& over;  // told by a call that is, to be erased
};

}  // namespace daedap::call
