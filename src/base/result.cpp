#include "base/result.hpp"

namespace daedap::base {

const char* name(Code code) {
  switch (code) {
    case Code::bad_syntax: return "bad_syntax";
    case Code::too_large: return "too_large";
    case Code::unsupported: return "unsupported";
    case Code::not_found: return "not_found";
    case Code::bad_state: return "bad_state";
    case Code::no_common_codec: return "no_common_codec";
    case Code::no_port: return "no_port";
    case Code::engine_not_ready: return "engine_not_ready";
    case Code::engine_full: return "engine_full";
    case Code::engine_failed: return "engine_failed";
    case Code::engine_late: return "engine_late";
    case Code::timed_out: return "timed_out";
    case Code::io: return "io";
    case Code::denied: return "denied";
  }
  return "unknown";
}

std::string Error::message() const { return detail.empty() ? text : std::string(text) + ": " + detail; }

}  // namespace daedap::base
