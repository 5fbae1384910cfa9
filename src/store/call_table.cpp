#include "store/call_table.hpp"

#include <algorithm>

#include "store/call_columns.hpp"
#include "store/database.hpp"

namespace daedap::store {

namespace {

constexpr std::string_view columns =
    "SELECT seq, call_id, sip_call_id, shard, caller, caller_name, callee, operator_id, language, answered_by,"
    " started_ms, ended_ms, setup_ms, duration_ms, cause, status, digits, media, recorded, path, legs, conversation FROM calls ";

WallTime wall(std::int64_t ms) { return WallTime{std::chrono::milliseconds{ms}}; }
std::int64_t ms(WallTime time) { return time.time_since_epoch().count(); }

StoredCall row(const Query& q) {
  StoredCall call;
  call::Record& r = call.record;
  call.cursor = q.integer(0);
  r.call_id = q.text(1);
  r.sip_call_id = q.text(2);
  r.shard = static_cast<int>(q.integer(3));
  r.caller = q.text(4);
  r.caller_name = q.text(5);
  r.callee = q.text(6);
  r.operator_id = q.text(7);
  r.language = q.text(8);
  r.answered_by = q.text(9);
  call.started = wall(q.integer(10));
  if (const auto ended = q.maybe_integer(11)) call.ended = wall(*ended);
  r.setup_ms = q.maybe_integer(12);
  r.duration_ms = q.integer(13);
  if (!q.is_null(14)) r.cause = cause_of(q.text(14));
  r.status = static_cast<int>(q.integer(15));
  r.digits = read_texts(q.text(16));
  r.media = read_media(q.text(17));
  r.recorded = q.integer(18) != 0;
  r.path = read_texts(q.text(19));
  r.legs = read_legs(q.text(20));
  r.conversation = read_conversation(q.text(21));
  return call;
}

template <typename Rows>
base::Result<std::vector<StoredCall>> rows_of(Rows&& query) {
  std::vector<StoredCall> calls;
  while (query.step()) calls.push_back(row(query));
  if (auto done = query.result(); !done) return tl::unexpected(std::move(done.error()));
  return calls;
}

}  // namespace

base::Result<void> CallTable::start(const call::Record& r, WallTime now) {
  return Query(db_,
               "INSERT INTO calls (call_id, sip_call_id, shard, caller, caller_name, callee, operator_id,"
               " language, answered_by, started_ms, duration_ms, status, digits, media, recorded)"
               " VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', ?, 0, 0, '[]', '{}', ?)",
               r.call_id, r.sip_call_id, r.shard, r.caller, r.caller_name, r.callee, r.operator_id, r.language,
               ms(now), r.recorded)
      .run();
}

base::Result<void> CallTable::answer(const call::CallAnswered& answered) {
  return Query(db_, "UPDATE calls SET setup_ms = ?, status = 200, answered_by = ?, path = ? WHERE call_id = ?",
               answered.setup_ms, answered.answered_by, write_texts(answered.path), answered.call_id)
      .run();
}

base::Result<void> CallTable::add_turn(std::string_view call_id, const call::Turn& t) {
  return Query(db_,
               "INSERT OR REPLACE INTO turns SELECT seq, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM calls"
               " WHERE call_id = ?",
               t.index, speaker_name(t.speaker), t.text, t.planned, t.start_ms, t.end_ms, t.intent, t.confidence,
               t.interrupted, write_marks(t.marks_ms), t.response_ms, t.own_ms, call_id)
      .run();
}

base::Result<void> CallTable::end(const call::Record& r, WallTime now) {
  Transaction transaction(db_);
  const call::Cause cause = r.cause.value_or(call::Cause::internal);
  auto done = Query(db_,
                    "UPDATE calls SET ended_ms = ?, operator_id = ?, language = ?, answered_by = ?, setup_ms = ?,"
                    " duration_ms = ?, cause = ?, status = ?, digits = ?, media = ?, recorded = ?, path = ?, legs = ?,"
                    " conversation = ?"
                    " WHERE call_id = ?",
                    ms(now), r.operator_id, r.language, r.answered_by, r.setup_ms, r.duration_ms,
                    call::name(cause), r.status, write_texts(r.digits), write_media(r.media), r.recorded,
                    write_texts(r.path), write_legs(r.legs), write_conversation(r.conversation), r.call_id)
                  .run();
  for (std::size_t i = 0; done && i < r.turns.size(); ++i) done = add_turn(r.call_id, r.turns[i]);
  for (std::size_t i = 0; done && i < r.messages.size(); ++i) {
    const call::Message& m = r.messages[i];
    done = Query(db_, "INSERT OR REPLACE INTO messages SELECT seq, ?, ?, ?, ? FROM calls WHERE call_id = ?",
                 static_cast<std::int64_t>(i), m.start_ms, m.end_ms, m.ended_by, r.call_id)
               .run();
  }
  return done ? transaction.commit() : done;
}

base::Result<std::vector<StoredCall>> CallTable::page(std::size_t limit, std::optional<std::int64_t> before) {
  static const std::string sql = std::string(columns) + "WHERE seq < ? ORDER BY seq DESC LIMIT ?";
  return rows_of(Query(db_, sql.c_str(), before.value_or(INT64_MAX), static_cast<std::int64_t>(limit)));
}

base::Result<StoredCall> CallTable::find(std::string_view call_id) {
  static const std::string sql = std::string(columns) + "WHERE call_id = ?";
  auto found = rows_of(Query(db_, sql.c_str(), call_id));
  if (!found) return tl::unexpected(std::move(found.error()));
  if (found->empty()) return base::fail(base::Code::not_found, "no such call", std::string(call_id));
  StoredCall call = std::move(found->front());
  auto done = read_turns(call);
  if (done) done = read_messages(call);
  if (!done) return tl::unexpected(std::move(done.error()));
  return call;
}

base::Result<std::vector<StoredCall>> CallTable::close_open(WallTime now) {
  static const std::string sql = std::string(columns) + "WHERE ended_ms IS NULL ORDER BY seq";
  auto open = rows_of(Query(db_, sql.c_str()));
  if (!open) return open;
  Transaction transaction(db_);
  for (StoredCall& call : *open) {
    auto done = read_turns(call);
    call.record.cause = call::Cause::killed;
    call.ended = now;
    for (const call::Turn& turn : call.record.turns)
      call.record.duration_ms = std::max(call.record.duration_ms, turn.end_ms);
    if (done) {
      done = Query(db_, "UPDATE calls SET ended_ms = ?, duration_ms = ?, cause = ? WHERE seq = ?", ms(now),
                   call.record.duration_ms, call::name(call::Cause::killed), call.cursor)
                 .run();
    }
    if (!done) return tl::unexpected(std::move(done.error()));
  }
  if (auto done = transaction.commit(); !done) return tl::unexpected(std::move(done.error()));
  return open;
}

base::Result<void> CallTable::read_turns(StoredCall& call) {
  Query q(db_,
          "SELECT position, speaker, text, planned, start_ms, end_ms, intent, confidence, interrupted, marks,"
          " response_ms, own_ms FROM turns WHERE call_seq = ? ORDER BY position",
          call.cursor);
  while (q.step()) {
    call::Turn t;
    t.index = static_cast<int>(q.integer(0));
    t.speaker = speaker_of(q.text(1));
    t.text = q.text(2);
    t.planned = q.text(3);
    t.start_ms = q.integer(4);
    t.end_ms = q.integer(5);
    t.intent = q.text(6);
    t.confidence = q.real(7);
    t.interrupted = q.integer(8) != 0;
    t.marks_ms = read_marks(q.text(9));
    t.response_ms = q.maybe_real(10);
    t.own_ms = q.maybe_real(11);
    call.record.turns.push_back(std::move(t));
  }
  return q.result();
}

base::Result<void> CallTable::read_messages(StoredCall& call) {
  Query q(db_, "SELECT start_ms, end_ms, ended_by FROM messages WHERE call_seq = ? ORDER BY position", call.cursor);
  while (q.step()) call.record.messages.push_back({q.integer(0), q.integer(1), q.text(2)});
  return q.result();
}

}  // namespace daedap::store
