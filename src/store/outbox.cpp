#include "store/outbox.hpp"

#include <sqlite3.h>

#include <array>

namespace daedap::store {
namespace {

constexpr std::array<const char*, 1> schema = {R"(
CREATE TABLE calls (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, call_id TEXT NOT NULL UNIQUE, started_ms INTEGER NOT NULL,
  language TEXT NOT NULL, event_seq INTEGER NOT NULL, turns INTEGER NOT NULL, complete INTEGER NOT NULL,
  spoken_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, ended INTEGER NOT NULL,
  first_id INTEGER NOT NULL, last_id INTEGER NOT NULL, touched_ms INTEGER NOT NULL,
  shrunk INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX calls_open ON calls (seq) WHERE ended = 0;
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT, call_seq INTEGER NOT NULL, kind INTEGER NOT NULL,
  made_ms INTEGER NOT NULL, size INTEGER NOT NULL, json TEXT NOT NULL
);
CREATE TABLE consumers (
  name TEXT PRIMARY KEY, position INTEGER NOT NULL, seen_ms INTEGER NOT NULL
) WITHOUT ROWID;
)"};

constexpr std::int64_t row_bytes = 48;  // beside the text, about
constexpr std::int64_t at_once = 500;        // rows of one commit that gives up events

constexpr std::string_view call_columns =
    "SELECT call_id, started_ms, language, event_seq, turns, complete, spoken_ms, last_ms, ended FROM calls ";

std::int64_t ms(WallTime time) { return time.time_since_epoch().count(); }

OutboxCall call_of(const Query& q) {
  return {q.text(0), WallTime{std::chrono::milliseconds{q.integer(1)}}, q.text(2), q.integer(3), q.integer(4),
          q.integer(5), q.integer(6), q.integer(7), q.integer(8) != 0};
}

int note_log(void* pages, sqlite3*, const char*, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

base::Result<std::int64_t> number(Query query) {
  const std::int64_t value = query.step() ? query.integer(0) : 0;
  if (auto done = query.result(); !done) return tl::unexpected(std::move(done.error()));
  return value;
}

}  // namespace

base::Result<Outbox> Outbox::open(const std::filesystem::path& file) {
  auto db = Database::open(file, schema);
  if (!db) return tl::unexpected(std::move(db.error()));
  Outbox outbox(std::move(*db));
  // The log is brought home on the reader's thread, not within a commit; the hook takes that over.
  sqlite3_wal_hook(outbox.db_.raw(), note_log, outbox.log_pages_.get());
  if (auto loaded = outbox.load(); !loaded) return tl::unexpected(std::move(loaded.error()));
  return outbox;
}

base::Result<void> Outbox::load() {
  auto head = number({db_, "SELECT seq FROM sqlite_sequence WHERE name = 'events'"});
  auto bytes = number({db_, "SELECT ifnull(sum(size), 0) FROM events"});
  if (!head) return tl::unexpected(head.error());
  if (!bytes) return tl::unexpected(bytes.error());
  head_ = *head;
  bytes_ = *bytes;
  return {};
}

base::Result<void> Outbox::begin() {
  head_before_ = head_;
  bytes_before_ = bytes_;
  return db_.exec("BEGIN IMMEDIATE");
}

base::Result<void> Outbox::commit() {
  auto done = db_.exec("COMMIT");
  if (!done) roll_back();
  return done;
}

void Outbox::roll_back() {
  (void)db_.exec("ROLLBACK");
  head_ = head_before_;
  bytes_ = bytes_before_;
}

base::Result<OutboxEvent> Outbox::append(Kind kind, const OutboxCall& c, std::string json, WallTime made) {
  if (kind == Kind::start) {
    auto done = Query(db_,
                      "INSERT INTO calls (call_id, started_ms, language, event_seq, turns, complete, spoken_ms,"
                      " last_ms, ended, first_id, last_id, touched_ms) VALUES (?, ?, ?, 0, 0, 0, 0, 0, 0, ?, 0, 0)",
                      c.call_id, ms(c.started), c.language, head_ + 1)
                    .run();
    if (!done) return tl::unexpected(std::move(done.error()));
  }
  const std::int64_t size = static_cast<std::int64_t>(json.size()) + row_bytes;
  auto done = Query(db_,
                    "INSERT INTO events (call_seq, kind, made_ms, size, json) SELECT seq, ?, ?, ?, ? FROM calls"
                    " WHERE call_id = ?",
                    static_cast<int>(kind), ms(made), size, json, c.call_id)
                  .run();
  if (done && sqlite3_changes(db_.raw()) != 1) return base::fail(base::Code::bad_state, "an event of an unknown call", c.call_id);
  const std::int64_t id = sqlite3_last_insert_rowid(db_.raw());
  if (done)
    done = Query(db_,
                 "UPDATE calls SET event_seq = ?, turns = ?, complete = ?, spoken_ms = ?, last_ms = ?, ended = ?,"
                 " last_id = ?, touched_ms = ? WHERE call_id = ?",
                 c.seq, c.turns, c.complete, c.spoken_ms, c.last_ms, c.ended, id, ms(made), c.call_id)
               .run();
  if (!done) return tl::unexpected(std::move(done.error()));
  head_ = id;
  bytes_ += size;
  return OutboxEvent{id, std::move(json)};
}

base::Result<std::vector<OutboxCall>> Outbox::open_calls() {
  static const std::string sql = std::string(call_columns) + "WHERE ended = 0 ORDER BY seq";
  std::vector<OutboxCall> calls;
  Query query(db_, sql.c_str());
  while (query.step()) calls.push_back(call_of(query));
  if (auto done = query.result(); !done) return tl::unexpected(std::move(done.error()));
  return calls;
}

base::Result<std::optional<OutboxCall>> Outbox::find(std::string_view call_id) {
  static const std::string sql = std::string(call_columns) + "WHERE call_id = ?";
  Query query(db_, sql.c_str(), call_id);
  std::optional<OutboxCall> found;
  if (query.step()) found = call_of(query);
  if (auto done = query.result(); !done) return tl::unexpected(std::move(done.error()));
  return found;
}

base::Result<std::int64_t> Outbox::position(const std::string& consumer, WallTime now) {
  auto done = Query(db_,
                    "INSERT INTO consumers VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET seen_ms = excluded.seen_ms",
                    consumer, head_, ms(now))
                  .run();
  if (!done) return tl::unexpected(std::move(done.error()));
  return number({db_, "SELECT position FROM consumers WHERE name = ?", consumer});
}

base::Result<void> Outbox::advance(const std::string& consumer, std::int64_t id, WallTime now) {
  return Query(db_, "UPDATE consumers SET position = max(position, ?), seen_ms = ? WHERE name = ?", id, ms(now), consumer)
      .run();
}

base::Result<std::int64_t> Outbox::forget(WallTime before) {
  auto done = Query(db_, "DELETE FROM consumers WHERE seen_ms < ?", ms(before)).run();
  if (!done) return tl::unexpected(std::move(done.error()));
  return static_cast<std::int64_t>(sqlite3_changes(db_.raw()));
}

std::int64_t Outbox::consumers() { return number({db_, "SELECT count(*) FROM consumers"}).value_or(0); }

base::Result<std::int64_t> Outbox::remove(const char* where, std::int64_t a, std::int64_t b, std::int64_t c) {
  const std::string count = std::string("SELECT count(*), ifnull(sum(size), 0) FROM events WHERE ") + where;
  std::int64_t events = 0, bytes = 0;
  {
    Query query(db_, count.c_str(), a, b, c);
    if (query.step()) events = query.integer(0), bytes = query.integer(1);
    if (auto done = query.result(); !done) return tl::unexpected(std::move(done.error()));
  }
  if (events == 0) return events;
  const std::string sql = std::string("DELETE FROM events WHERE ") + where;
  auto done = Query(db_, sql.c_str(), a, b, c).run();
  if (!done) return tl::unexpected(std::move(done.error()));
  bytes_ -= bytes;
  return events;
}

base::Result<std::int64_t> Outbox::prune(std::int64_t limit) {
  auto passed = number({db_, "SELECT ifnull(min(position), ?) FROM consumers", head_});
  auto first = number({db_, "SELECT ifnull(min(id), 0) FROM events"});
  if (!passed) return passed;
  if (!first || *first == 0 || *first > *passed) return first ? base::Result<std::int64_t>(0) : first;
  auto removed = remove("id >= ?1 AND id <= ?2 AND id < ?3", *first, *passed, *first + limit);
  // Gives the room of what is gone back to the disk, a little at a time.
  if (removed && *removed > 0) (void)db_.exec("PRAGMA incremental_vacuum(64)");
  return removed;
}

base::Result<void> Outbox::prune_calls(WallTime before) {
  return Query(db_,
               "DELETE FROM calls WHERE ended = 1 AND touched_ms < ? AND last_id <"
               " (SELECT ifnull(min(id), 9223372036854775807) FROM events)",
               ms(before))
      .run();
}

/// Whether some consumer has the event `first` and lacks `last`.
base::Result<bool> Outbox::is_between(std::int64_t first, std::int64_t last) {
  auto found = number({db_, "SELECT count(*) FROM consumers WHERE position >= ? AND position < ?", first, last});
  if (!found) return tl::unexpected(std::move(found.error()));
  return *found > 0;
}

/// Only running calls are left: their oldest turns go.
base::Result<std::int64_t> Outbox::drop_turns() {
  auto last = number({db_, "SELECT ifnull(max(id), 0) FROM (SELECT id FROM events WHERE kind = 1 ORDER BY id LIMIT ?)", at_once});
  if (!last || *last == 0) return last;
  return remove("kind = 1 AND id <= ?1 AND ?2 = ?3", *last, 0, 0);
}

base::Result<std::int64_t> Outbox::drop(const Victim& victim) {
  auto between = is_between(victim.first, victim.last);
  if (!between) return tl::unexpected(std::move(between.error()));
  auto done = Query(db_, "UPDATE calls SET shrunk = 1 WHERE seq = ?", victim.seq).run();
  if (!done) return tl::unexpected(std::move(done.error()));
  return remove(*between ? "id BETWEEN ?1 AND ?2 AND call_seq = ?3 AND kind = 1" : "id BETWEEN ?1 AND ?2 AND call_seq = ?3",
                victim.first, victim.last, victim.seq);
}

base::Result<std::vector<Outbox::Victim>> Outbox::victims(WallTime before) {
  std::vector<Victim> found;
  Query query(db_,
              "SELECT seq, first_id, last_id FROM calls WHERE ended = 1 AND shrunk = 0 AND touched_ms < ?"
              " AND last_id >= (SELECT min(id) FROM events) ORDER BY seq LIMIT ?",
              ms(before), at_once);
  while (query.step()) found.push_back({query.integer(0), query.integer(1), query.integer(2)});
  if (auto done = query.result(); !done) return tl::unexpected(std::move(done.error()));
  return found;
}

base::Result<OutboxLoss> Outbox::shrink(std::int64_t bytes, WallTime before) {
  OutboxLoss loss;
  const auto give_up = [&](base::Result<std::int64_t> gone) -> base::Result<void> {
    auto done = gone ? commit() : base::Result<void>(tl::unexpected(gone.error()));
    if (done) loss.events += *gone;
    else if (!gone) roll_back();
    return done;
  };
  const bool full = bytes_ > bytes;
  const auto oldest = number({db_, "SELECT ifnull((SELECT made_ms FROM events ORDER BY id LIMIT 1), ?)", INT64_MAX});
  if (!oldest) return tl::unexpected(oldest.error());
  if (!full && *oldest >= ms(before)) return loss;
  const std::int64_t enough = full ? bytes - bytes / 10 : bytes;  // not again for the next event
  for (bool more = true; more;) {
    auto found = victims(full && bytes_ > enough ? WallTime::max() : before);
    if (!found) return tl::unexpected(std::move(found.error()));
    more = found->size() == static_cast<std::size_t>(at_once);
    if (auto begun = begin(); !begun) return tl::unexpected(std::move(begun.error()));
    std::int64_t events = 0;
    base::Result<std::int64_t> gone = 0;
    for (const Victim& victim : *found) {
      if (full && bytes_ <= enough) break;
      gone = drop(victim);
      if (!gone) break;
      events += *gone;
      loss.calls += *gone > 0;
    }
    if (auto done = give_up(gone ? base::Result<std::int64_t>(events) : gone); !done) return tl::unexpected(done.error());
    if (full && bytes_ <= enough) more = false;
  }
  while (bytes_ > bytes) {
    if (auto begun = begin(); !begun) return tl::unexpected(std::move(begun.error()));
    const auto gone = drop_turns();
    if (auto done = give_up(gone); !done) return tl::unexpected(done.error());
    if (*gone == 0) break;
  }
  return loss;
}

void Outbox::checkpoint() {
  (void)sqlite3_wal_checkpoint_v2(db_.raw(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  *log_pages_ = 0;
}

base::Result<OutboxReader> OutboxReader::open(const std::filesystem::path& file) {
  auto db = Database::open(file, schema);
  if (!db) return tl::unexpected(std::move(db.error()));
  sqlite3_wal_autocheckpoint(db->raw(), 0);
  return OutboxReader(std::move(*db));
}

base::Result<std::vector<OutboxEvent>> OutboxReader::after(std::int64_t id, std::int64_t limit, std::size_t bytes) {
  std::vector<OutboxEvent> events;
  std::size_t size = 0;
  Query query(db_, "SELECT id, json FROM events WHERE id > ? ORDER BY id LIMIT ?", id, limit);
  while (size < bytes && query.step()) {
    events.push_back({query.integer(0), query.text(1)});
    size += events.back().json.size();
  }
  if (auto done = query.result(); !done) return tl::unexpected(std::move(done.error()));
  return events;
}

void OutboxReader::checkpoint() {
  (void)sqlite3_wal_checkpoint_v2(db_.raw(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

}  // namespace daedap::store
