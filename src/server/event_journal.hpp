#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "call/switchboard.hpp"
#include "store/outbox.hpp"

namespace daedap::server {

/// What the calls told and is not on disk yet.
struct EventNote {
  struct Ended {
    std::string call_id;
    std::int64_t duration_ms = 0;
    double speech_ratio = 0;
  };
  std::variant<call::TalkStarted, call::SpeakerTurn, Ended> what;
  store::WallTime made;
  base::Time at;  // for the measure of how long it takes to the consumer
};

/// An event that is on disk.
struct EventWritten {
  store::OutboxEvent event;
  base::Time at;
};

/// Makes events of what the calls tell and writes them: each call's in order, numbered from 1, exactly one
/// start and one end, also of calls that a crash cut off.
/// thread  the outbox's
class EventJournal {
 public:
  /// `extended`: with the keys that only newer consumers expect.
  EventJournal(store::Outbox& outbox, bool extended) : outbox_(outbox), extended_(extended) {}

  /// At start: ends the calls that the last process left, `killed` being those that the store found.
  base::Result<std::int64_t> recover(const std::vector<store::StoredCall>& killed, store::WallTime now);
  /// All or nothing. What belongs to no call that was started is left out.
  base::Result<std::vector<EventWritten>> write(const std::vector<EventNote>& notes);
  std::size_t running() const { return calls_.size(); }

 private:
  using Calls = std::unordered_map<std::string, store::OutboxCall>;

  base::Result<void> put(const EventNote& note, std::vector<EventWritten>& out);
  base::Result<void> put(const call::TalkStarted& started, const EventNote& note, std::vector<EventWritten>& out);
  base::Result<void> put(const call::SpeakerTurn& turn, const EventNote& note, std::vector<EventWritten>& out);
  base::Result<void> put(const EventNote::Ended& ended, const EventNote& note, std::vector<EventWritten>& out);
  base::Result<void> append(store::Outbox::Kind kind, const store::OutboxCall& call, std::string json, const EventNote& note,
                            std::vector<EventWritten>& out);
  std::optional<std::int64_t> shown(const store::OutboxCall& call) const;

  store::Outbox& outbox_;
  const bool extended_;
  Calls calls_;  // that have a start and no end
};

}  // namespace daedap::server
