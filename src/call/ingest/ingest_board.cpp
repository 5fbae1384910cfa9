#include "call/ingest/ingest_board.hpp"

#include <algorithm>

namespace daedap::call {

void IngestBoard::on_desk(const IngestDesk::Output& output, base::Time now) {
  if (const auto* began = std::get_if<IngestDesk::Began>(&output)) {
    auto call = std::make_unique<IngestCall>(*began, settings_, types_, around_, events_);
    std::ranges::min_element(phases_, {}, &std::vector<IngestCall*>::size)->push_back(call.get());
    calls_.emplace(began->call, std::move(call));
  } else if (const auto* ended = std::get_if<IngestDesk::Ended>(&output)) {
    const auto at = calls_.find(ended->call);
    if (at != calls_.end()) at->second->end(ended->cause, ended->last, now);
  }
}

void IngestBoard::on_datagram(const IngestDesk::Route& route, std::span<const std::uint8_t> bytes,
                              base::Time now) {
  const auto at = calls_.find(route.call);
  if (at != calls_.end()) at->second->on_datagram(route.voice, bytes, now);
}

void IngestBoard::on_tick(unsigned phase, base::Time now) {
  for (IngestCall* call : phases_[phase % phases_.size()]) call->on_tick(now);
  sweep();
}

std::optional<Event> IngestBoard::take_event() {
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

void IngestBoard::sweep() {
  for (auto at = calls_.begin(); at != calls_.end();) {
    if (!at->second->over()) {
      ++at;
      continue;
    }
    for (auto& phase : phases_) std::erase(phase, at->second.get());
    at = calls_.erase(at);
  }
}

}  // namespace daedap::call
