#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "store/call_table.hpp"
#include "store/database.hpp"

namespace daedap::store {

/// One event as it waits for its consumers. `id` orders all of them.
struct OutboxEvent {
  std::int64_t id = 0;
  std::string json;
};

/// What is known of a call whose events go out; survives the process.
struct OutboxCall {
  std::string call_id;
  WallTime started{};
  std::string language;
  std::int64_t seq = 0;        // of its last event
  std::int64_t turns = 0, complete = 0;
  std::int64_t spoken_ms = 0;  // all turns together
  std::int64_t last_ms = 0;    // end of the last turn, from the start of the call
  bool ended = false;
};

/// What was given up for want of room, or because nobody came for it.
struct OutboxLoss {
  std::int64_t events = 0, calls = 0;
};

/// The events that consumers have not taken yet, and how far each consumer is: a SQLite file of its own,
/// so that no write of a call waits for it.
/// Commits survive the end of the process (WAL, synchronous=NORMAL); after a loss of power the last ones
/// may be missing, never only parts of one.
/// thread  one (its writer's); `OutboxReader` has a connection of its own
class Outbox {
 public:
  enum class Kind { start, turn, end };

  /// errors  those of Database::open
  static base::Result<Outbox> open(const std::filesystem::path& file);

  /// Between these all `append`s are one commit.
  base::Result<void> begin();
  base::Result<void> commit();
  void roll_back();
  /// Writes an event and what is known of its call then. `call.seq` is the event's own.
  base::Result<OutboxEvent> append(Kind kind, const OutboxCall& call, std::string json, WallTime made);

  base::Result<std::vector<OutboxCall>> open_calls();
  base::Result<std::optional<OutboxCall>> find(std::string_view call_id);

  /// Up to which event `consumer` has them; one that is new has all there are.
  base::Result<std::int64_t> position(const std::string& consumer, WallTime now);
  base::Result<void> advance(const std::string& consumer, std::int64_t id, WallTime now);
  /// Lets go of consumers that nobody has asked for since `before`. Gives how many.
  base::Result<std::int64_t> forget(WallTime before);
  std::int64_t consumers();

  /// Deletes what every consumer has, at most `limit` events. Gives how many.
  base::Result<std::int64_t> prune(std::int64_t limit);
  /// Forgets calls that ended before `before` and have no event left.
  base::Result<void> prune_calls(WallTime before);
  /// Gives up the oldest calls until at most `bytes` are kept and nothing older than `before`. A call of
  /// which some consumer has the start keeps its start and its end; of running calls only turns go.
  base::Result<OutboxLoss> shrink(std::int64_t bytes, WallTime before);

  /// Id of the last event that was ever written.
  std::int64_t head() const { return head_; }
  /// What the kept events take, about.
  std::int64_t bytes() const { return bytes_; }
  /// Pages in the log that `checkpoint` would bring home.
  int log_pages() const { return *log_pages_; }
  /// Brings the log's pages into the file, as far as no reader is in the way.
  void checkpoint();

 private:
  explicit Outbox(Database db) : db_(std::move(db)) {}
  base::Result<void> load();
  base::Result<std::int64_t> remove(const char* where, std::int64_t a, std::int64_t b, std::int64_t c);
  struct Victim {
    std::int64_t seq, first, last;
  };
  base::Result<std::vector<Victim>> victims(WallTime before);
  base::Result<std::int64_t> drop(const Victim& victim);
  base::Result<std::int64_t> drop_turns();
  base::Result<bool> is_between(std::int64_t first, std::int64_t last);

  Database db_;
  std::int64_t head_ = 0, bytes_ = 0;
  std::int64_t head_before_ = 0, bytes_before_ = 0;  // the running transaction
  std::unique_ptr<int> log_pages_ = std::make_unique<int>(0);  // the library's hook writes it
};

/// Reads the same file beside its writer.
/// thread  one
class OutboxReader {
 public:
  static base::Result<OutboxReader> open(const std::filesystem::path& file);
  /// The events after `id`, oldest first, at most `limit` and about `bytes`.
  base::Result<std::vector<OutboxEvent>> after(std::int64_t id, std::int64_t limit, std::size_t bytes);
  /// As Outbox::checkpoint; the writer goes on meanwhile.
  void checkpoint();

 private:
  explicit OutboxReader(Database db) : db_(std::move(db)) {}
  Database db_;
};

}  // namespace daedap::store
