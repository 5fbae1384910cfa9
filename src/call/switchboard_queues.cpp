// Whom the waiting calls of each queue ring next.
#include <algorithm>
#include <set>

#include "call/greeting.hpp"
#include "call/switchboard_impl.hpp"

namespace daedap::call {

/// Calls of that queue that wait, the longest waiting first.
std::vector<Call*> Switchboard::Impl::line_of(const Queue& queue) {
  std::vector<Call*> line;
  for (auto& [id, call] : calls_)
    if (call->waits_in(queue)) line.push_back(call.get());
  std::ranges::sort(line, {}, &Call::queued);
  return line;
}

/// Members who may be rung now, the one to be rung first in front.
std::vector<std::string> Switchboard::Impl::free_members(const Queue& queue, const std::set<std::string>& rung) {
  std::vector<std::string> free;
  for (const std::string& id : queue.members) {
    const Operator* one = directory_.operators.find(id);
    const bool may = one != nullptr && one->status == OperatorStatus::available && directory_.contacts.registered(id);
    if (may && !directory_.busy.contains(id) && !rung.contains(id)) free.push_back(id);
  }
  if (queue.strategy == Queue::Strategy::longest_idle) {
    std::ranges::stable_sort(free, {}, [this](const std::string& id) {
      const auto at = idle_since_.find(id);
      return at == idle_since_.end() ? base::Time{} : at->second;
    });
  } else if (queue.strategy == Queue::Strategy::round_robin && !free.empty()) {
    const std::string& last = last_rung_[queue.number];
    const auto after = std::ranges::find(queue.members, last) - queue.members.begin();
    const auto rank = [&](const std::string& id) {
      const auto at = std::ranges::find(queue.members, id) - queue.members.begin();
      return at > after ? at - after : at - after + static_cast<std::ptrdiff_t>(queue.members.size()) + 1;
    };
    std::ranges::sort(free, {}, rank);
  }
  if (queue.strategy != Queue::Strategy::ring_all && free.size() > 1) free.resize(1);
  return free;
}

void Switchboard::Impl::serve_queues(base::Time now) {
  for (const Queue& queue : directory_.queues) {
    const std::vector<Call*> line = line_of(queue);
    if (line.empty()) continue;
    std::set<std::string> rung;
    for (const auto& [id, call] : calls_)
      for (std::string& one : call->hunted()) rung.insert(std::move(one));
    std::size_t position = 0;
    for (Call* call : line) {
      ++position;
      if (!call->hunted().empty()) continue;
      if (call->waited_too_long(now) || position > queue.most_waiting) {
        call->overflow(now);
        continue;
      }
      const std::vector<std::string> members = free_members(queue, rung);
      rung.insert(members.begin(), members.end());
      if (!members.empty()) {
        last_rung_[queue.number] = members.front();
        call->ring_members(members, now);
      }
      if (call->waits_in(queue) && call->hunted().empty()) call->wait_in_line(position, now);
    }
  }
}

/// An operator began or ended a call, here or on another shard.
void Switchboard::Impl::set_in_call(const OperatorInCall& change, base::Time now) {
  if (change.in) {
    directory_.busy[change.operator_id].insert(change.call_id);
    return;
  }
  const auto at = directory_.busy.find(change.operator_id);
  if (at == directory_.busy.end()) return;
  at->second.erase(change.call_id);
  if (!at->second.empty()) return;
  directory_.busy.erase(at);
  idle_since_[change.operator_id] = now;
}

}  // namespace daedap::call
