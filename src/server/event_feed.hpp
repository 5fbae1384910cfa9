#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "call/switchboard.hpp"
#include "server/event_consumer.hpp"
#include "server/event_settings.hpp"
#include "store/call_table.hpp"

namespace daedap::server {

struct EventFigures {
  std::vector<EventConsumerFigures> consumers;
  std::uint64_t written = 0;        // events, since the start
  std::uint64_t given_up = 0;       // events that no consumer will get any more, since the start
  std::int64_t outbox_bytes = 0;
  std::uint64_t waiting = 0;        // told by calls and not on disk yet
};

/// Tells every consumer what happens in calls, in order and at least once, also after it was away or we
/// were killed: calls -> outbox on disk -> each consumer's connection.
/// Bounds: 50,000 events that wait for the disk (then turns are given up, starts and ends never), on disk
/// what the settings say; a consumer has at most a window of frames under way.
/// thread  on_call, figures: any; the rest: the owner
class EventFeed {
 public:
  struct Parts {
    EventSettings settings;
    std::string file;                                // the outbox
    base::LogSink& log;
    base::Random::Source random;
    std::function<void(base::Duration)> on_sent;     // from what a call told to a consumer's socket; any thread
    EventDelivery::Settings delivery{};
  };
  /// Ends the calls that the last process left (`killed`), then lets consumers connect.
  /// errors  those of Database::open, check_ca_file, parse_websocket_url
  static base::Result<std::unique_ptr<EventFeed>> open(Parts parts, const std::vector<store::StoredCall>& killed);
  /// Writes what was told, says good-bye to consumers (at most a second), ends the threads.
  ~EventFeed();

  /// Takes what consumers are told of; cheap, and never waits for disk or network.
  void on_call(const call::Event& event, store::WallTime now, base::Time at);
  EventFigures figures() const;

 private:
  class Impl;
  explicit EventFeed(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace daedap::server
