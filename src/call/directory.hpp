#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "call/dial_plan.hpp"
#include "call/operators.hpp"
#include "call/queue.hpp"
#include "call/registrations.hpp"
#include "call/switchboard.hpp"
#include "call/trunks.hpp"

namespace daedap::call {

/// What one shard knows of the world when it decides where a call goes: copies, replaced when the
/// store, the registrar or another shard says so.
struct Directory {
  Settings settings;
  Operators operators;
  Contacts contacts;
  Trunks trunks;
  DialPlan dial_plan;
  std::vector<Queue> queues;
  std::map<std::string, std::set<std::string>, std::less<>> busy;  // operators in calls, on whatever shard, with those
  AiState ai;
  std::function<std::size_t()> ai_calls = [] { return std::size_t{0}; };  // that the AI holds, on this shard

  const Queue* queue(std::string_view number) const {
    for (const Queue& one : queues)
      if (one.number == number) return &one;
    return nullptr;
  }
  /// Whether a number means somebody here.
  bool knows(std::string_view number) const { return operators.find(number) != nullptr || queue(number) != nullptr; }
};

}  // namespace daedap::call
