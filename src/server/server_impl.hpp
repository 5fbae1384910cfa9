#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "api/api.hpp"
#include "api/metrics.hpp"
#include "net/http_server.hpp"
#include "net/loop.hpp"
#include "server/log_file.hpp"
#include "server/models.hpp"
#include "server/post_call.hpp"
#include "server/server.hpp"
#include "net/resolver.hpp"
#include "server/dispatch.hpp"
#include "server/event_feed.hpp"
#include "server/ingest.hpp"
#include "server/shard.hpp"
#include "server/sip_address.hpp"
#include "server/sip_transport.hpp"
#include "server/turn_rules.hpp"
#include "server/wall_clock.hpp"
#include "store/recording_disk.hpp"
#include "store/store.hpp"

namespace daedap::server {

/// What a server is made of; opened in this order, closed in the reverse one.
struct Server::Impl {
  explicit Impl(Config c) : config(std::move(c)), io("io", [this](const net::Stall& s) { on_stall(s, "io"); }) {}
  ~Impl();

  base::Result<void> open(ServerOptions options);
  void stop();

  // opening, by part
  void open_turn_rules();
  base::Result<void> open_store();
  base::Result<void> open_events();
  base::Result<void> open_shards();
  base::Result<void> open_ingest();
  base::Result<void> open_http();
  ShardParts parts_of(int index);
  ShardOutlets outlets();
  api::Backend backend();
  void add_store_answers(api::Backend& backend);
  void add_account_answers(api::Backend& backend);
  void add_ingest_answers(api::Backend& backend);
  /// With a new password. thread  any
  api::SipAccount phone_account(const std::string& id) const;
  void watch_engine_start(base::Time at_latest);
  void tell_ports();
  void load_voice();
  std::string show_certificate(const Config::Sip& fresh);

  // events
  void on_sip_message(const sip::Flow& flow, std::string_view bytes, base::Time now);
  void on_call(int shard, call::Event event);
  void on_stall(const net::Stall& stall, const char* where);
  void on_tls_refused(const base::Address& peer, const std::string& why);
  void set_operators(const std::vector<call::Operator>& operators);
  void say_aloud(const call::Event& event);

  // server_pbx.cpp: what the shards share
  void open_pbx();
  FrontDesk::Outlets front_desk_outlets();
  void add_pbx_answers(api::Backend& backend);
  void resolve_trunks();
  void on_in_call(int shard, const call::OperatorInCall& change);
  void ask_shards_for(std::function<base::Result<void>(call::Switchboard&, base::Time)> command,
                      std::function<void(base::Result<void>)> then);

  // questions
  std::size_t calls() const;
  std::string not_ready() const;
  std::string metrics_text();
  api::EventFigures event_figures() const;
  api::CallEntry entry_of(const store::StoredCall& call) const;
  /// Asks every shard and gives true when one said yes. `then` runs on the I/O loop.
  void ask_shards(std::function<bool(call::Switchboard&, base::Time)> question, std::function<void(bool)> then);

  Config config;
  std::function<void(const std::string&)> talk;
  // owned, in the order they are made
  std::unique_ptr<LogFile> log_file;
  WallClock clock;
  api::Metrics metrics;
  net::Loop io;
  std::unique_ptr<EngineSource> engines;
  std::unique_ptr<store::RecordingDisk> disk;
  std::unique_ptr<PostCall> post_call;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<EventFeed> events;      // none without consumers
  Advertised advertised;
  speech::turn::RuleBook turn_rules;
  VoiceNetwork voice;
  std::string secret;                     // of nonces and trunk tokens
  std::vector<std::int16_t> hold_music;   // 16 kHz
  std::unique_ptr<Dispatch> dispatch;
  std::unique_ptr<net::Resolver> resolver;
  std::vector<std::unique_ptr<Shard>> shards;
  std::unique_ptr<SipTransport> sip;
  std::unique_ptr<Ingest> ingest;  // none unless configured
  std::unique_ptr<api::Api> api;
  std::unique_ptr<net::HttpServer> http;
  std::uint16_t http_port = 0;
  // state
  std::vector<store::StoredCall> killed;          // calls that a crash left, until their consumers are told
  call::Contacts contacts;                        // on the I/O loop
  sip::Bans bans;                                 // too
  std::vector<call::TrunkState> trunk_states;     // too
  std::atomic<std::size_t> registrations{0};
  call::RegistrarDesk::Counts counted;            // on the first shard
  base::Time tls_refusal_told{};          // on the I/O loop
  std::uint64_t tls_refusals_untold = 0;  // too
  std::atomic<bool> draining{false}, stopped{false}, start_timed_out{false};
};

}  // namespace daedap::server
