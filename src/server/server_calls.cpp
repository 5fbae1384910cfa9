#include <fmt/format.h>

#include "api/json.hpp"
#include "net/clock.hpp"
#include "server/server_impl.hpp"
#include "server/turns/pause_lines.hpp"
#include "sip/endpoint.hpp"

namespace daedap::server {

void Server::Impl::on_sip_message(const sip::Flow& flow, std::string_view bytes, base::Time now) {
  // The first shard knows who is banned, and reads all of UDP; the I/O loop, which reads the rest, has a copy.
  if (shards[0]->loop().on_thread() ? shards[0]->banned(flow.remote, now) : bans.banned(flow.remote, now)) return;
  Shard& home = *shards[dispatch->shard_of(bytes)];
  if (home.loop().on_thread()) return home.on_sip_bytes(flow, bytes, now);
  home.loop().post("sip", [&home, flow, bytes = std::string(bytes), now] { home.on_sip_bytes(flow, bytes, now); });
}

void Server::Impl::on_call(int shard, call::Event event) {
  const WallClock::WallTime now = WallClock::now();
  if (talk) say_aloud(event);
  if (events) events->on_call(event, now, net::now());
  if (const auto* answered = std::get_if<call::CallAnswered>(&event)) {
    metrics.on_call_answered(base::Millis{answered->setup_ms}, answered->answered_by);
  } else if (const auto* turn = std::get_if<call::TurnAdded>(&event)) {
    metrics.on_turn(turn->turn);
  } else if (const auto* started = std::get_if<call::CallStarted>(&event)) {
    metrics.on_call_started();
    clock.started(started->record.call_id);
  } else if (const auto* change = std::get_if<call::OperatorInCall>(&event)) {
    return on_in_call(shard, *change);
  } else if (auto* heard = std::get_if<call::PausesHeard>(&event)) {
    const std::string id = heard->call_id;
    auto lines = [all = std::move(*heard)] { return write_pauses(all.call_id, all.language, all.with_text, all.pauses); };
    return disk->write_file(id, clock.started(id), pause_file, std::move(lines), store::Sync::later);
  } else if (const auto* failed = std::get_if<call::AuthFailed>(&event)) {
    return shards[0]->loop().post("auth failed", [&s = *shards[0], from = failed->source] { s.on_wrong_password(from); });
  } else if (const auto* ended = std::get_if<call::CallEnded>(&event)) {
    metrics.on_call_ended(ended->record);
    metrics.on_relayed(ended->record.relayed, ended->record.transcoded);
    post_call->on_ended(ended->record, clock.started(ended->record.call_id));
  }
  store->on_event(std::move(event), now);
}

/// The conversation as people read it: `run.sh` shows it while it happens.
void Server::Impl::say_aloud(const call::Event& event) {
  if (const auto* started = std::get_if<call::CallStarted>(&event)) {
    talk(fmt::format("-- call to {} from {}", started->record.callee, base::mask_number(started->record.caller)));
  } else if (const auto* turn = std::get_if<call::TurnAdded>(&event)) {
    const call::Turn& t = turn->turn;
    const bool caller = t.speaker == speech::Said::Speaker::caller;
    std::string line = fmt::format("{:7.1f} s  {}  {}", static_cast<double>(t.start_ms) / 1000, caller ? "caller" : "AI    ",
                                   caller && t.text.empty() ? "(speaks)" : t.text);
    if (t.interrupted) line += " -- (interrupted)";
    if (!t.intent.empty() && caller) line += fmt::format("  [understood: {}]", t.intent);
    if (t.response_ms) line += fmt::format("  [{:.0f} ms after the caller]", *t.response_ms);
    talk(line);
  } else if (const auto* ended = std::get_if<call::CallEnded>(&event)) {
    talk(fmt::format("-- call ended: {}", call::name(ended->record.cause.value_or(call::Cause::internal))));
  }
}

void Server::Impl::on_stall(const net::Stall& stall, const char* where) {
  metrics.on_stall();
  base::Log(*log_file).warn("loop_stalled", {{"where", where}, {"task", stall.task}, {"took_ms", base::to_ms_f(stall.took)}});
}

/// Scanners knock without end: one line in ten seconds.
void Server::Impl::on_tls_refused(const base::Address& peer, const std::string& why) {
  constexpr std::chrono::seconds pause{10};
  metrics.on_sip_notice("sip_tls_refused");
  const base::Time now = net::now();
  if (tls_refusal_told != base::Time{} && now - tls_refusal_told < pause) {
    ++tls_refusals_untold;
    return;
  }
  tls_refusal_told = now;
  base::Log(*log_file).warn("sip_tls_refused", {{"peer", peer.text()}, {"why", why}, {"others_untold", std::exchange(tls_refusals_untold, 0)}});
}

void Server::Impl::set_operators(const std::vector<call::Operator>& operators) {
  for (auto& shard : shards) shard->loop().post("operators", [&s = *shard, operators] { s.set_operators(operators); });
}

std::size_t Server::Impl::calls() const {
  std::size_t sum = 0;
  for (const auto& shard : shards) sum += shard->calls();
  return sum;
}

std::string Server::Impl::not_ready() const {
  if (draining) return "draining: no new calls are taken";
  const call::AiState state = engines->state();
  if (state.state == call::AiState::State::absent || state.state == call::AiState::State::failed) return "engines: " + state.why;
  for (const auto& shard : shards)
    if (!shard->ready()) return start_timed_out ? "the engines did not start in time" : "the engines are starting";
  return {};
}

std::string Server::Impl::metrics_text() {
  api::LiveFigures live = engines->figures();
  live.calls_running = calls();
  live.ready = not_ready().empty();
  live.registrations = registrations;
  live.trunks = trunk_states;
  live.banned = shards[0]->bans();
  live.events = event_figures();
  if (ingest) live.ingest = {ingest->figures().desk, ingest->figures().overflowed};
  return metrics.text(live);
}

api::CallEntry Server::Impl::entry_of(const store::StoredCall& call) const {
  api::CallEntry entry;
  entry.record = call.record;
  entry.started_unix_ms = call.started.time_since_epoch().count();
  const std::filesystem::path folder = disk->folder(call.record.call_id, call.started);
  std::error_code ignored;
  if (std::filesystem::exists(folder / "call.wav", ignored)) entry.recording = folder / "call.wav";
  if (std::filesystem::exists(folder / "transcript.json", ignored)) entry.transcript = folder / "transcript.json";
  return entry;
}

void Server::Impl::ask_shards(std::function<bool(call::Switchboard&, base::Time)> question, std::function<void(bool)> then) {
  struct Answers {
    std::size_t missing;
    bool yes = false;
    std::function<void(bool)> then;
  };
  auto answers = std::make_shared<Answers>(Answers{shards.size(), false, std::move(then)});
  for (auto& shard : shards)
    shard->loop().post("ask", [this, &s = *shard, question, answers] {
      const bool yes = s.ask(question);
      io.post("answer", [answers, yes] {
        answers->yes = answers->yes || yes;
        if (--answers->missing == 0) answers->then(answers->yes);
      });
    });
}

}  // namespace daedap::server
