#include "api/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>

#include "api/ingest_json.hpp"
#include "call/cause.hpp"

namespace daedap::api {
namespace {

using prometheus::Histogram;
const Histogram::BucketBoundaries turn_buckets{0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.2, 1.5, 2, 3, 5, 10};
const Histogram::BucketBoundaries tick_buckets{0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05};
const Histogram::BucketBoundaries setup_buckets{0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.2, 0.5, 1, 5, 20, 60};
const Histogram::BucketBoundaries length_buckets{1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600};
const Histogram::BucketBoundaries event_buckets{0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.1, 0.5, 2};
const Histogram::BucketBoundaries ratio_buckets{0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5};
const Histogram::BucketBoundaries jitter_buckets{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2};

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;

  prometheus::Family<prometheus::Counter>& counter(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  prometheus::Gauge& gauge(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
  }
  prometheus::Family<Histogram>& histogram(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }

  prometheus::Counter& started = counter("daedap_calls_started_total", "INVITEs that became a call").Add({});
  prometheus::Family<prometheus::Counter>& ended = counter("daedap_calls_ended_total", "calls that are over, by cause");
  prometheus::Family<prometheus::Counter>& answered = counter("daedap_calls_answered_total", "calls answered with 200, by who answered");
  prometheus::Counter& answered_by_ai = answered.Add({{"by", "ai"}});
  prometheus::Counter& answered_by_operator = answered.Add({{"by", "operator"}});
  prometheus::Gauge& running = gauge("daedap_calls_running", "calls now");
  Histogram& setup = histogram("daedap_call_setup_seconds", "INVITE to 200").Add({}, setup_buckets);
  Histogram& length = histogram("daedap_call_duration_seconds", "answer to end").Add({}, length_buckets);

  prometheus::Family<prometheus::Counter>& turns = counter("daedap_turns_total", "utterances, by speaker");
  prometheus::Counter& interrupted = counter("daedap_turns_interrupted_total", "assistant utterances the caller cut short").Add({});
  prometheus::Family<Histogram>& marks = histogram("daedap_turn_mark_seconds", "time from speech_end to each mark of a turn");
  Histogram& response = histogram("daedap_turn_response_seconds", "speech_end to first_packet").Add({}, turn_buckets);
  Histogram& own = histogram("daedap_turn_own_seconds", "the response time that is ours: without engines and the configured wait").Add({}, turn_buckets);

  prometheus::Family<prometheus::Counter>& ahead =
      counter("daedap_answers_ahead_total", "answers asked of the model before the caller had surely finished, in ended calls, by step");

  prometheus::Family<prometheus::Counter>& packets = counter("daedap_rtp_packets_total", "RTP packets of ended calls, by kind");
  Histogram& loss = histogram("daedap_rtp_loss_ratio", "lost / expected per ended call").Add({}, ratio_buckets);
  Histogram& jitter = histogram("daedap_rtp_jitter_seconds", "interarrival jitter per ended call").Add({}, jitter_buckets);

  Histogram& tick = histogram("daedap_tick_lateness_seconds", "how late each 5 ms tick was").Add({}, tick_buckets);
  prometheus::Counter& stalls = counter("daedap_stalls_total", "tasks that held a shard for over 10 ms").Add({});
  prometheus::Family<prometheus::Counter>& sip_notices = counter("daedap_sip_notices_total", "what SIP peers did wrong, by event");
  prometheus::Family<prometheus::Counter>& recording_errors = counter("daedap_recording_errors_total", "recordings that were hurt, by kind");
  prometheus::Family<prometheus::Counter>& engine_failures = counter("daedap_engine_failures_total", "late or failed engines in calls, by engine");

  prometheus::Gauge& engine_streams = gauge("daedap_engine_streams", "recogniser streams open now");
  prometheus::Gauge& engine_queue = gauge("daedap_engine_queue", "jobs that wait for an engine worker");
  prometheus::Gauge& engine_jobs = gauge("daedap_engine_jobs", "jobs engine workers have done");
  prometheus::Gauge& engine_refused = gauge("daedap_engine_refused", "requests refused because an engine was full");
  prometheus::Gauge& engine_utterances_lost =
      gauge("daedap_engine_utterances_lost", "utterances without words because the recogniser was behind");
  prometheus::Gauge& engine_audio_dropped = gauge("daedap_engine_audio_dropped_seconds", "audio that the recogniser did not hear");
  prometheus::Gauge& engine_wait = gauge("daedap_engine_wait_seconds", "time that jobs waited, summed");
  prometheus::Gauge& tts_restarts = gauge("daedap_tts_helper_restarts", "speech helper processes started again");
  prometheus::Gauge& registrations = gauge("daedap_sip_registrations", "phones that are registered now");
  prometheus::Counter& auth_failures = counter("daedap_sip_auth_failures_total", "SIP requests with wrong credentials").Add({});
  prometheus::Counter& bans = counter("daedap_sip_bans_total", "addresses that were banned for wrong credentials").Add({});
  prometheus::Gauge& banned = gauge("daedap_sip_banned", "addresses that are banned now");
  prometheus::Family<prometheus::Gauge>& trunk_state =
      prometheus::BuildGauge().Name("daedap_trunk_state").Help("1 for the state that a trunk is in").Register(registry);
  prometheus::Family<prometheus::Counter>& relayed = counter("daedap_relay_packets_total", "RTP packets handed from one leg to the other");
  prometheus::Counter& forwarded = relayed.Add({{"how", "forwarded"}});
  prometheus::Counter& transcoded = relayed.Add({{"how", "transcoded"}});

  prometheus::Family<prometheus::Gauge>& family(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }
  prometheus::Family<prometheus::Gauge>& consumer_connected = family("daedap_event_consumer_connected", "1 while the consumer of events is connected");
  prometheus::Family<prometheus::Gauge>& consumer_backlog = family("daedap_event_consumer_backlog", "events that the consumer has not taken yet");
  prometheus::Family<prometheus::Gauge>& consumer_sent = family("daedap_event_consumer_sent", "events written to the consumer's socket, repeats too");
  prometheus::Family<prometheus::Gauge>& consumer_connections = family("daedap_event_consumer_connections", "times the consumer was reached");
  prometheus::Gauge& events_written = gauge("daedap_events", "events that were put into the outbox");
  prometheus::Gauge& events_given_up = gauge("daedap_events_given_up", "events that no consumer will get: too old, or no room for them");
  prometheus::Gauge& events_waiting = gauge("daedap_events_waiting", "events that wait for the outbox's disk");
  prometheus::Gauge& outbox_bytes = gauge("daedap_event_outbox_bytes", "what the events in the outbox take");
  Histogram& event_delay = histogram("daedap_event_delay_seconds", "from what a call told to the socket of a consumer that is up to date").Add({}, event_buckets);
  prometheus::Gauge& ingest_calls = gauge("daedap_ingest_calls", "calls that come as plain RTP now");
  prometheus::Gauge& ingest_sources = gauge("daedap_ingest_sources", "senders of plain RTP that are heard now");
  prometheus::Family<prometheus::Gauge>& ingest_packets =
      prometheus::BuildGauge().Name("daedap_ingest_packets").Help("plain RTP datagrams since the start, by what became of them").Register(registry);
  prometheus::Family<prometheus::Counter>& talk = counter("daedap_talk_seconds_total", "time with voice in calls between people");

  prometheus::Gauge& ready = gauge("daedap_ready", "1 when calls are taken");
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::on_call_started() { impl_->started.Increment(); }

void Metrics::on_call_answered(base::Millis setup, const std::string& answered_by) {
  (answered_by == "ai" ? impl_->answered_by_ai : impl_->answered_by_operator).Increment();
  impl_->setup.Observe(static_cast<double>(setup.count()) / 1000);
}

void Metrics::on_call_ended(const call::Record& record) {
  impl_->ended.Add({{"cause", std::string(call::name(record.cause.value_or(call::Cause::internal)))}}).Increment();
  if (record.answered_by.empty()) return;
  impl_->length.Observe(static_cast<double>(record.duration_ms) / 1000);
  for (const call::LegFigures& leg : record.legs)
    if (!leg.speaker.empty()) impl_->talk.Add({{"speaker", leg.speaker}}).Increment(static_cast<double>(leg.talk_ms) / 1000);
  const std::pair<const char*, int> steps[] = {
      {"started", record.ahead.started}, {"used", record.ahead.used}, {"dropped", record.ahead.dropped}};
  for (const auto& [step, count] : steps) impl_->ahead.Add({{"step", step}}).Increment(count);
  const media::LegStats& m = record.media;
  const std::pair<const char*, std::uint64_t> kinds[] = {{"sent", m.packets_sent}, {"received", m.packets_received}, {"lost", m.packets_lost},
                                                         {"late", m.packets_late}, {"bad", m.packets_bad}, {"concealed_frames", m.frames_concealed}};
  for (const auto& [kind, count] : kinds) impl_->packets.Add({{"kind", kind}}).Increment(static_cast<double>(count));
  const std::uint64_t expected = m.packets_received + m.packets_lost;
  if (expected > 0) impl_->loss.Observe(static_cast<double>(m.packets_lost) / static_cast<double>(expected));
  impl_->jitter.Observe(m.jitter_ms / 1000);
}

void Metrics::on_turn(const call::Turn& turn) {
  const bool caller = turn.speaker == speech::Said::Speaker::caller;
  impl_->turns.Add({{"speaker", caller ? "customer" : "agent"}}).Increment();
  if (turn.interrupted) impl_->interrupted.Increment();
  if (turn.response_ms) impl_->response.Observe(*turn.response_ms / 1000);
  if (turn.own_ms) impl_->own.Observe(*turn.own_ms / 1000);
  const auto zero = turn.marks_ms.find("speech_end");
  if (zero == turn.marks_ms.end()) return;
  for (const auto& [mark, at] : turn.marks_ms)
    if (mark != "speech_end") impl_->marks.Add({{"mark", mark}}, turn_buckets).Observe((at - zero->second) / 1000);
}

void Metrics::on_tick(base::Duration late) { impl_->tick.Observe(base::to_ms_f(late) / 1000); }
void Metrics::on_stall() { impl_->stalls.Increment(); }
void Metrics::on_sip_notice(const std::string& event) { impl_->sip_notices.Add({{"event", event}}).Increment(); }
void Metrics::on_recording_error(const std::string& kind) { impl_->recording_errors.Add({{"kind", kind}}).Increment(); }
void Metrics::on_engine_failure(const std::string& engine) { impl_->engine_failures.Add({{"engine", engine}}).Increment(); }

void Metrics::on_sip_auth_failure() { impl_->auth_failures.Increment(); }
void Metrics::on_sip_ban() { impl_->bans.Increment(); }
void Metrics::on_relayed(std::uint64_t forwarded, std::uint64_t transcoded) {
  impl_->forwarded.Increment(static_cast<double>(forwarded));
  impl_->transcoded.Increment(static_cast<double>(transcoded));
}

void Metrics::on_event_sent(base::Duration took) { impl_->event_delay.Observe(base::to_ms_f(took) / 1000); }

void Metrics::set(const EventFigures& events) {
  for (const EventFigures::Consumer& c : events.consumers) {
    const prometheus::Labels labels{{"consumer", c.name}};
    impl_->consumer_connected.Add(labels).Set(c.connected ? 1 : 0);
    impl_->consumer_backlog.Add(labels).Set(static_cast<double>(c.backlog));
    impl_->consumer_sent.Add(labels).Set(static_cast<double>(c.sent));
    impl_->consumer_connections.Add(labels).Set(static_cast<double>(c.connections));
  }
  impl_->events_written.Set(static_cast<double>(events.written));
  impl_->events_given_up.Set(static_cast<double>(events.given_up));
  impl_->events_waiting.Set(static_cast<double>(events.waiting));
  impl_->outbox_bytes.Set(static_cast<double>(events.outbox_bytes));
}

std::string Metrics::text(const LiveFigures& live) {
  set(live.events);
  impl_->running.Set(static_cast<double>(live.calls_running));
  impl_->engine_streams.Set(static_cast<double>(live.engine_streams));
  impl_->engine_queue.Set(static_cast<double>(live.engine_queue));
  impl_->engine_jobs.Set(static_cast<double>(live.engine_jobs));
  impl_->engine_refused.Set(static_cast<double>(live.engine_refused));
  impl_->engine_utterances_lost.Set(static_cast<double>(live.engine_utterances_lost));
  impl_->engine_audio_dropped.Set(live.engine_audio_dropped_s);
  impl_->engine_wait.Set(live.engine_wait_s_total);
  impl_->tts_restarts.Set(static_cast<double>(live.tts_restarts));
  impl_->ready.Set(live.ready ? 1 : 0);
  impl_->registrations.Set(static_cast<double>(live.registrations));
  impl_->banned.Set(static_cast<double>(live.banned));
  impl_->ingest_calls.Set(static_cast<double>(live.ingest.desk.calls));
  impl_->ingest_sources.Set(static_cast<double>(live.ingest.desk.sources));
  for (const auto& [what, count] : packet_counts(live.ingest))
    impl_->ingest_packets.Add({{"what", what}}).Set(static_cast<double>(count));
  using State = call::TrunkState::State;
  for (const call::TrunkState& trunk : live.trunks)
    for (const State state : {State::unregistered, State::registered, State::trying, State::refused, State::unreachable})
      impl_->trunk_state.Add({{"trunk", trunk.name}, {"state", call::name(state)}}).Set(trunk.state == state ? 1 : 0);
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace daedap::api
