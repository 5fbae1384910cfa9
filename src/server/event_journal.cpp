#include "server/event_journal.hpp"

#include <algorithm>
#include <optional>

#include "api/aicc.hpp"

namespace daedap::server {
namespace {

using Kind = store::Outbox::Kind;

std::int64_t ms(store::WallTime time) { return time.time_since_epoch().count(); }

/// Whom a call that was cut off connected, as far as the store knows; none: nobody talked with anybody.
std::optional<call::TalkStarted> talk_of(const call::Record& r) {
  if (r.answered_by.empty() || r.answered_by.starts_with("queue ")) return std::nullopt;
  const bool called_out = r.answered_by.starts_with("trunk ");
  call::TalkStarted talk{.call_id = r.call_id, .customer_number = r.caller, .agent_id = r.answered_by, .language = r.language};
  if (called_out) talk.customer_number = r.callee, talk.agent_id = r.caller;
  else if (r.answered_by == "ai") talk.agent_id = r.operator_id.empty() ? r.callee : r.operator_id;
  return talk;
}

}  // namespace

std::optional<std::int64_t> EventJournal::shown(const store::OutboxCall& call) const {
  return extended_ ? std::optional(call.seq) : std::nullopt;
}

base::Result<std::int64_t> EventJournal::recover(const std::vector<store::StoredCall>& killed, store::WallTime now) {
  auto open = outbox_.open_calls();
  if (!open) return tl::unexpected(std::move(open.error()));
  std::unordered_map<std::string, std::int64_t> lengths;
  std::vector<EventNote> notes;
  for (store::OutboxCall& call : *open) {
    lengths[call.call_id] = call.last_ms;
    calls_.emplace(call.call_id, std::move(call));
  }
  for (const store::StoredCall& call : killed) {
    const std::string& id = call.record.call_id;
    if (const auto known = lengths.find(id); known != lengths.end()) {
      known->second = std::max(known->second, call.record.duration_ms);
      continue;
    }
    const auto talk = talk_of(call.record);
    const auto told = outbox_.find(id);
    if (!told) return tl::unexpected(told.error());
    if (!talk || *told) continue;
    notes.push_back({*talk, call.started, {}});
    lengths[id] = call.record.duration_ms;
  }
  for (const auto& [id, length] : lengths) {
    const auto call = calls_.find(id);
    const double spoken = call == calls_.end() ? 0 : static_cast<double>(call->second.spoken_ms);
    notes.push_back({EventNote::Ended{id, length, length > 0 ? spoken / static_cast<double>(length) : 0}, now, {}});
  }
  auto written = write(notes);
  if (!written) return tl::unexpected(std::move(written.error()));
  return static_cast<std::int64_t>(lengths.size());
}

base::Result<std::vector<EventWritten>> EventJournal::write(const std::vector<EventNote>& notes) {
  std::vector<EventWritten> out;
  if (notes.empty()) return out;
  if (auto begun = outbox_.begin(); !begun) return tl::unexpected(std::move(begun.error()));
  std::unordered_map<std::string, std::optional<store::OutboxCall>> before;  // for when the commit fails
  const auto fail = [&](base::Error error) {
    for (auto& [id, call] : before) {
      if (call) calls_.insert_or_assign(id, std::move(*call));
      else calls_.erase(id);
    }
    return tl::unexpected(std::move(error));
  };
  for (const EventNote& note : notes) {
    const std::string& id = std::visit([](const auto& what) -> const std::string& { return what.call_id; }, note.what);
    const auto known = calls_.find(id);
    before.try_emplace(id, known == calls_.end() ? std::nullopt : std::optional(known->second));
    if (auto done = put(note, out); !done) {
      outbox_.roll_back();
      return fail(std::move(done.error()));
    }
  }
  if (auto done = outbox_.commit(); !done) return fail(std::move(done.error()));
  return out;
}

base::Result<void> EventJournal::put(const EventNote& note, std::vector<EventWritten>& out) {
  return std::visit([&](const auto& what) { return put(what, note, out); }, note.what);
}

base::Result<void> EventJournal::append(Kind kind, const store::OutboxCall& call, std::string json, const EventNote& note,
                                        std::vector<EventWritten>& out) {
  auto event = outbox_.append(kind, call, std::move(json), note.made);
  if (!event) return tl::unexpected(std::move(event.error()));
  out.push_back({std::move(*event), note.at});
  return {};
}

base::Result<void> EventJournal::put(const call::TalkStarted& started, const EventNote& note, std::vector<EventWritten>& out) {
  if (calls_.contains(started.call_id)) return {};
  store::OutboxCall call{.call_id = started.call_id, .started = note.made - std::chrono::milliseconds{started.after_ms}};
  call.language = started.language;
  call.seq = 1;
  const api::AiccHead head{call.call_id, ms(call.started), shown(call)};
  auto done = append(Kind::start, call, api::aicc_start(head, started), note, out);
  if (done) calls_.emplace(started.call_id, std::move(call));
  return done;
}

base::Result<void> EventJournal::put(const call::SpeakerTurn& turn, const EventNote& note, std::vector<EventWritten>& out) {
  const auto found = calls_.find(turn.call_id);
  if (found == calls_.end()) return {};
  store::OutboxCall& call = found->second;
  ++call.seq;
  ++call.turns;
  call.complete += turn.decision == call::SpeakerTurn::Decision::complete;
  call.spoken_ms += std::max<std::int64_t>(0, turn.end_ms - turn.start_ms);
  call.last_ms = std::max(call.last_ms, turn.end_ms);
  return append(Kind::turn, call, api::aicc_turn({call.call_id, ms(note.made), shown(call)}, turn), note, out);
}

base::Result<void> EventJournal::put(const EventNote::Ended& ended, const EventNote& note, std::vector<EventWritten>& out) {
  const auto found = calls_.find(ended.call_id);
  if (found == calls_.end()) return {};
  store::OutboxCall& call = found->second;
  ++call.seq;
  call.ended = true;
  const api::AiccEnd end{ended.duration_ms, call.turns, call.complete, ended.speech_ratio};
  auto done = append(Kind::end, call, api::aicc_end({call.call_id, ms(note.made), shown(call)}, end), note, out);
  if (done) calls_.erase(found);
  return done;
}

}  // namespace daedap::server
