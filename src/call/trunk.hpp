#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace daedap::call {

/// A provider that brings customers' calls and takes ours.
struct Trunk {
  std::string name;
  std::vector<std::string> servers;       // "sip.example.com", "sip:192.0.2.9:5080;transport=tcp"; best first
  std::string user, password;             // for challenges and registration; the password best from the environment
  std::string domain;                     // of From and To; empty = the host of the first server
  bool registers = false;                 // we register there; calls come by that registration
  std::chrono::seconds expires{600};      // of the registration
  std::vector<std::string> inbound_from;  // IP addresses or networks ("192.0.2.0/24") whose calls are this trunk's
  std::string inbound_to;                 // operator or queue for numbers that mean nobody here; empty = 404
  std::string caller_id;                  // number shown for our calls; empty = the operator's id
  std::string country_code = "82";        // for "+" numbers; empty = numbers go as they are dialled
  std::string srtp = "off";               // off | optional | required

  friend bool operator==(const Trunk&, const Trunk&) = default;
};

/// Which trunk takes a number that an operator dials.
struct DialRule {
  std::string pattern;  // digits, X = any digit, Z = 1-9, N = 2-9, trailing "." = one or more, "!" = zero or more
  std::string trunk;
  int strip = 0;        // leading characters taken off
  std::string prefix;   // then put in front

  friend bool operator==(const DialRule&, const DialRule&) = default;
};

/// How a trunk stands, for metrics, API and `daedap doctor`.
struct TrunkState {
  enum class State : std::uint8_t { unregistered, registered, trying, refused, unreachable };
  std::string name;
  State state = State::unregistered;  // unregistered: it needs no registration
  std::string detail;                 // "403 Forbidden", never a credential
  std::string server;                 // in use
};
const char* name(TrunkState::State state);

}  // namespace daedap::call
