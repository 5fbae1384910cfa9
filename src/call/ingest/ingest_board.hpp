#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "call/ingest/ingest_call.hpp"

namespace daedap::call {

/// The ingested calls of one shard. The desk says when each begins and ends.
/// in      what the desk says, packets, ticks
/// out     take_event
/// thread  the shard
class IngestBoard {
 public:
  IngestBoard(const Settings& settings, const media::IngestTypes& types, IngestSurroundings around)
      : settings_(settings), types_(types), around_(std::move(around)) {}

  /// For calls from now on.
  void set_settings(const Settings& settings) { settings_ = settings; }
  void on_desk(const IngestDesk::Output& output, base::Time now);
  /// Of an unknown call: dropped.
  void on_datagram(const IngestDesk::Route& route, std::span<const std::uint8_t> bytes, base::Time now);
  /// Every 5 ms with phase 0..3 in turn; each call belongs to one phase and so ticks every 20 ms.
  void on_tick(unsigned phase, base::Time now);
  std::optional<Event> take_event();

  std::size_t calls() const { return calls_.size(); }

 private:
  void sweep();

  Settings settings_;
  media::IngestTypes types_;
  IngestSurroundings around_;
  std::deque<Event> events_;
  std::map<IngestDesk::Key, std::unique_ptr<IngestCall>> calls_;
  std::array<std::vector<IngestCall*>, 4> phases_;
};

}  // namespace daedap::call
