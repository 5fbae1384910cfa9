#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace daedap::call {

/// A number that rings a group.
struct Queue {
  enum class Strategy : std::uint8_t { ring_all, longest_idle, round_robin };
  enum class Overflow : std::uint8_t { ai, reject };
  std::string number;                    // what is dialled
  std::string name;
  std::string language = "ko";
  Strategy strategy = Strategy::ring_all;
  std::vector<std::string> members;      // operator ids
  std::chrono::seconds ring{15};         // how long one member (or all) rings
  std::chrono::seconds longest_wait{120};
  std::chrono::seconds announce{30};     // between two position announcements; 0 = none
  std::size_t most_waiting = 50;         // over it the overflow takes the call at once
  Overflow overflow = Overflow::ai;

  friend bool operator==(const Queue&, const Queue&) = default;
};

}  // namespace daedap::call
