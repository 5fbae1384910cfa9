#include "server/server.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "media/srtp.hpp"
#include "net/clock.hpp"
#include "server/embedded_engines.hpp"
#include "server/server_impl.hpp"

namespace daedap::server {

namespace {

constexpr std::chrono::seconds farewell{2};  // for the providers' answers to our last REGISTER

}  // namespace

base::Result<std::unique_ptr<Server>> Server::start(Config config, ServerOptions options) {
  auto impl = std::make_unique<Impl>(std::move(config));
  if (auto opened = impl->open(std::move(options)); !opened) return tl::unexpected(opened.error());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { stop(); }
std::uint16_t Server::sip_port() const { return impl_->sip->port(); }
std::uint16_t Server::tls_port() const { return impl_->sip->tls_port(); }
std::uint16_t Server::http_port() const { return impl_->http_port; }
std::size_t Server::calls() const { return impl_->calls(); }
void Server::stop() { impl_->stop(); }

void Server::drain() {
  impl_->draining = true;
  base::Log(*impl_->log_file).info("draining", {{"calls", impl_->calls()}});
  for (auto& shard : impl_->shards) shard->loop().post("drain", [&s = *shard] { s.set_draining(true); });
  if (impl_->ingest) impl_->ingest->drain();
}

void Server::end_calls() {
  for (auto& shard : impl_->shards) shard->loop().post("end calls", [&s = *shard] { s.end_all(call::Cause::shutdown); });
  if (impl_->ingest) impl_->ingest->end_all(call::Cause::shutdown);
}

std::vector<std::string> Server::reload(const Config& fresh) {
  std::vector<std::string> told;
  const Config& now = impl_->config;
  impl_->log_file->set_level(fresh.log_level);
  told.push_back("changed: log.level, media.srtp, ai.*, vad.*, turn.theta, turn.weights, turn.pause_log, routing.*, recording.enabled, debug.* (for new calls)");
  call::Settings settings = fresh.call;
  settings.conversation.turn_rules = now.call.conversation.turn_rules;
  for (auto& shard : impl_->shards)
    shard->loop().post("settings", [&s = *shard, settings] { s.set_call_settings(settings); });
  if (!now.sip.certificate.empty() && !fresh.sip.certificate.empty()) told.push_back(impl_->show_certificate(fresh.sip));
  const bool same = now.sip.port == fresh.sip.port && now.sip.certificate.empty() == fresh.sip.certificate.empty() &&
                    now.sip.tls_port == fresh.sip.tls_port && now.sip.ca == fresh.sip.ca && now.sip.tls_verify == fresh.sip.tls_verify && now.sip.bind == fresh.sip.bind && now.http.port == fresh.http.port &&
                    now.media.first_port == fresh.media.first_port && now.media.last_port == fresh.media.last_port &&
                    now.state == fresh.state && now.shards == fresh.shards && now.engines.stt == fresh.engines.stt &&
                    now.engines.assistant == fresh.engines.assistant && now.sip.realm == fresh.sip.realm &&
                    now.sip.digest == fresh.sip.digest && now.turn_rules == fresh.turn_rules && now.voice == fresh.voice;
  if (!same)
    told.push_back("needs a restart: state, shards, sip.*, media.*, http.*, engines.*, turn.rules, vad.detector, vad.model, vad.band");
  if (now.trunks != fresh.trunks || now.routes != fresh.routes || now.queues != fresh.queues)
    told.push_back("needs a restart: trunks, routes, queues");
  if (now.events != fresh.events) told.push_back("needs a restart: events");
  if (now.ingest != fresh.ingest || now.ingest_lines != fresh.ingest_lines) told.push_back("needs a restart: ingest");
  for (const std::string& line : told) base::Log(*impl_->log_file).info("configuration_reloaded", {{"what", line}});
  return told;
}

/// Gives what became of it, in words.
std::string Server::Impl::show_certificate(const Config::Sip& fresh) {
  auto context = net::TlsContext::server({fresh.certificate, fresh.key});
  if (!context) return "TLS certificate not changed: " + context.error().message();
  std::string told = "changed: TLS certificate (for new connections)";
  for (const std::string& warning : (*context)->warnings()) told += "; " + warning;
  sip->show(std::move(*context));
  return told;
}

Server::Impl::~Impl() { stop(); }

base::Result<void> Server::Impl::open(ServerOptions options) {
  talk = std::move(options.talk);
  auto opened_log = LogFile::open(config.state + "/logs", config.log_level);
  if (!opened_log) return tl::unexpected(opened_log.error());
  log_file = std::move(*opened_log);
  // Its self-tests must not delay a shard's first encrypted call.
  if (!media::start_srtp()) return base::fail(base::Code::io, "OpenSSL has no ciphers for SRTP");
  open_turn_rules();
  auto addresses = advertised_addresses(config);
  if (!addresses) return tl::unexpected(addresses.error());
  advertised = *addresses;
  if (options.engines) {
    engines = std::move(options.engines);
  } else {
    auto made = make_embedded_engines(config, base::Log(*log_file));
    if (!made) return tl::unexpected(made.error());
    engines = std::move(*made);
  }
  if (auto done = open_store(); !done) return done;
  if (auto done = open_events(); !done) return done;
  load_voice();
  if (auto done = open_shards(); !done) return done;
  if (auto done = open_ingest(); !done) return done;
  if (auto done = open_http(); !done) return done;
  io.start();
  io.post("trunks", [this] { resolve_trunks(); });
  engines->start();
  base::Log(*log_file).info("waiting_for_ai_initialization", {{"at_most_s", config.engines.start_timeout.count()}});
  watch_engine_start(net::now() + config.engines.start_timeout);
  // Whoever calls once the ports are told meets the operators.
  std::promise<void> known;
  store->list_operators([&](base::Result<std::vector<call::Operator>> list) {
    if (list) set_operators(*list);
    known.set_value();
  });
  known.get_future().wait();
  tell_ports();
  base::Log(*log_file).info("server_started", {{"sip_port", sip->port()}, {"tls_port", sip->tls_port()}, {"http_port", http_port}, {"shards", shards.size()}});
  return {};
}

// Without them calls are still answered, later than they could be.
void Server::Impl::open_turn_rules() {
  auto read = load_turn_rules(config.turn_rules);
  if (!read) {
    base::Log(*log_file).error("turn_rules_missing", {{"reason", read.error().message()}, {"effect", "silence alone ends turns"}});
    return;
  }
  turn_rules = std::move(*read);
  config.call.conversation.turn_rules = &turn_rules;
}

base::Result<void> Server::Impl::open_store() {
  const std::filesystem::path recordings = config.state + "/recordings";
  disk = std::make_unique<store::RecordingDisk>(
      recordings, store::RecordingEvents{[this](const std::string& id, const base::Error& e) {
                                           metrics.on_recording_error(base::name(e.code));
                                           base::Log(*log_file).for_call(id).error("recording_failed", {{"reason", e.message()}});
                                         },
                                         [this](const std::string& id, const std::filesystem::path& folder) { post_call->on_recorded(id, folder); }});
  post_call = std::make_unique<PostCall>(*disk, clock, config.post_transcription ? engines->transcribe() : Transcribe{}, base::Log(*log_file));
  auto opened = store::Store::open(config.state + "/daedap.db",
                                   {[this](std::vector<call::Operator> all) { set_operators(all); },
                                    [this](const char* what, const base::Error& e) {
                                      metrics.on_recording_error("store");
                                      base::Log(*log_file).error("store_failed", {{"what", what}, {"reason", e.message()}});
                                    }});
  if (!opened) return tl::unexpected(opened.error());
  store = std::move(*opened);
  std::promise<void> recovered;
  store->recover(recordings, WallClock::now(), [&](base::Result<std::vector<store::StoredCall>> closed) {
    for (const store::StoredCall& call : closed.value_or(std::vector<store::StoredCall>{})) {
      base::Log(*log_file).for_call(call.record.call_id).warn("call_recovered", {{"cause", call::name(call::Cause::killed)}});
      post_call->on_ended(call.record, call.started);
    }
    killed = closed.value_or(std::vector<store::StoredCall>{});
    recovered.set_value();
  });
  recovered.get_future().wait();
  return {};
}

base::Result<void> Server::Impl::open_shards() {
  const int count = config.shards ? static_cast<int>(config.shards) : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  dispatch = std::make_unique<Dispatch>(static_cast<std::size_t>(count));
  open_pbx();
  for (int i = 0; i < count; ++i) shards.push_back(std::make_unique<Shard>(parts_of(i), outlets(), count));
  auto opened = SipTransport::open(config.sip, shards[0]->loop(), io,
                                   {[this](const sip::Flow& f, std::string_view b, base::Time now) { on_sip_message(f, b, now); },
                                    [this](const sip::Flow& f) {
                                      for (auto& shard : shards) shard->loop().post("flow failed", [&s = *shard, f] { s.on_flow_failed(f); });
                                    },
                                    [this](const base::Address& peer, const std::string& why) { on_tls_refused(peer, why); }});
  if (!opened) return tl::unexpected(opened.error());
  sip = std::move(*opened);
  for (const std::string& warning : sip->warnings()) base::Log(*log_file).warn("tls_certificate", {{"what", warning}});
  for (auto& shard : shards) shard->start(advertised.sip.with_port(sip->port()), sip->tls_port());
  return {};
}

ShardParts Server::Impl::parts_of(int index) {
  const std::string& bind = config.media.bind.empty() ? config.sip.bind : config.media.bind;
  return {index, config, *base::Address::parse_ip(bind), advertised.media, *log_file, *engines, secret, hold_music, voice.network};
}

ShardOutlets Server::Impl::outlets() {
  ShardOutlets o;
  o.send_sip = [this](const sip::Flow& flow, std::string bytes) { sip->send(flow, std::move(bytes)); };
  o.on_call = [this](int shard, call::Event event) { on_call(shard, std::move(event)); };
  o.on_sip_notice = [this](const sip::Noticed& n) { metrics.on_sip_notice(n.event); };
  o.on_tick = [this](base::Duration late) { metrics.on_tick(late); };
  o.on_stall = [this](const net::Stall& s) { on_stall(s, "shard"); };
  o.front_desk = front_desk_outlets();
  o.open_recording = [this](const std::string& id) { return disk->open(id, clock.started(id)); };
  return o;
}

/// A network that cannot be had is an event, never a start that fails: energy finds voice too.
void Server::Impl::load_voice() {
  auto loaded = load_voice_network(config);
  const base::Log log(*log_file);
  if (!loaded) log.error("voice_network_failed", {{"reason", loaded.error().message()}});
  else voice = std::move(*loaded);
  if (!voice.network) return log.info("voice_activity", {{"detector", "energy"}});
  log.info("voice_activity", {{"detector", "silero"},
                              {"rate", voice.rate},
                              {"file", voice.file.string()},
                              {"version", voice.version.empty() ? "unknown" : voice.version}});
}

void Server::Impl::tell_ports() {
  const std::filesystem::path file = config.state + "/run.json";
  nlohmann::json ports{{"pid", ::getpid()}, {"sip_port", sip->port()}, {"tls_port", sip->tls_port()}, {"http_port", http_port}};
  if (ingest) {
    ports["ingest_customer_port"] = ingest->figures().customer_port;
    ports["ingest_agent_port"] = ingest->figures().agent_port;
  }
  std::ofstream(file.string() + ".new") << ports.dump() << "\n";
  std::error_code ignored;
  std::filesystem::rename(file.string() + ".new", file, ignored);
}

/// Looks until the engines are ready, have failed or the time is up; a start that takes too long is an
/// event. Calls that ring meanwhile get 503 by the routing's own limit.
void Server::Impl::watch_engine_start(base::Time at_latest) {
  const call::AiState state = engines->state();
  if (state.state == call::AiState::State::ready) return base::Log(*log_file).info("ai_orchestrator_injected", {{"engines", state.why}});
  if (state.state != call::AiState::State::starting) return base::Log(*log_file).error("ai_orchestrator_not_available", {{"why", state.why}});
  if (net::now() >= at_latest && !start_timed_out.exchange(true))
    base::Log(*log_file).error("ai_init_timeout", {{"waited_s", config.engines.start_timeout.count()}});
  io.post_after(base::Millis{50}, [this, at_latest] { watch_engine_start(at_latest); });
}

void Server::Impl::stop() {
  if (stopped.exchange(true)) return;
  if (http) {
    std::promise<void> closed;
    io.post("close http", [&] { http.reset(), closed.set_value(); });
    closed.get_future().wait();
  }
  ingest.reset();
  if (!shards.empty() && sip) shards.front()->unregister(farewell);
  for (auto& shard : shards) shard->stop();
  io.stop();
  io.join();
  resolver.reset();
  sip.reset();
  events.reset();
  store.reset();
  if (post_call) post_call->stop();
  if (engines) engines->stop();
  shards.clear();
  engines.reset();
  disk.reset();  // its last recordings still tell post_call
  post_call.reset();
  if (log_file) base::Log(*log_file).info("server_stopped");
  std::error_code ignored;
  std::filesystem::remove(config.state + "/run.json", ignored);
  log_file.reset();
}

}  // namespace daedap::server
