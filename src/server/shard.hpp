#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "call/ingest/ingest_board.hpp"
#include "call/switchboard.hpp"
#include "engines/silero/detectors.hpp"
#include "net/loop.hpp"
#include "net/udp_socket.hpp"
#include "server/config.hpp"
#include "server/engine_source.hpp"
#include "server/front_desk.hpp"
#include "sip/endpoint.hpp"
#include "speech/prompts.hpp"

namespace daedap::server {

/// What a shard tells the rest of the server; every function may be called on the shard's thread.
struct ShardOutlets {
  std::function<void(const sip::Flow&, std::string bytes)> send_sip;
  std::function<void(int shard, call::Event)> on_call;
  std::function<void(const sip::Noticed&)> on_sip_notice;
  std::function<void(base::Duration late)> on_tick;
  std::function<void(const net::Stall&)> on_stall;
  call::OpenRecording open_recording;
  FrontDesk::Outlets front_desk;  // used by the first shard
};

/// What a shard is made of.
struct ShardParts {
  int index = 0;
  const Config& config;
  base::Address media_bind;
  base::Address media_address;  // what SDP carries
  base::LogSink& log;
  EngineSource& engines;
  const std::string& secret;                   // of this process, the same on all shards
  std::span<const std::int16_t> hold_music;
  std::shared_ptr<const engines::silero::Network> voice{};  // null: voice is found by energy
};

/// One thread with all that its calls own: the pump between sockets, the SIP endpoint, the switchboard
/// and the tick. The only place where the core meets live time.
class Shard {
 public:
  /// One of `count` shards.
  Shard(ShardParts parts, ShardOutlets outlets, int count);
  ~Shard();

  /// `sip_address` is what Via and Contact carry; with TLS it is `tls_port` there, unless that is 0.
  void start(base::Address sip_address, std::uint16_t tls_port);
  /// First shard: takes our registrations with providers away and waits for their answers, `at_most` long:
  /// most of them challenge the first request. Blocks; not on the shard's thread.
  void unregister(base::Duration at_most);
  /// Ends the thread; calls that still run are dropped without a word, so drain first.
  void stop();
  net::Loop& loop() { return loop_; }

  // thread  the shard's, or posted to it
  void on_sip_bytes(const sip::Flow& flow, std::string_view bytes, base::Time now);
  void on_flow_failed(const sip::Flow& flow);
  void set_operators(std::vector<call::Operator> operators);
  void set_call_settings(call::Settings settings);
  void set_contacts(call::Contacts contacts);
  void set_trunk_addresses(const std::string& server, const std::vector<base::Address>& addresses);
  void set_in_call(const call::OperatorInCall& change);
  /// First shard only.
  void on_wrong_password(const base::Address& source);
  bool banned(const base::Address& source, base::Time now) const { return desk_ && desk_->banned(source, now); }
  void set_draining(bool draining);
  void end_all(call::Cause cause);
  bool ask(const std::function<bool(call::Switchboard&, base::Time)>& question);
  /// What the desk says of this shard's ingested calls, and their packets.
  void on_ingest(const std::function<void(call::IngestBoard&, base::Time)>& what);

  /// thread  any
  std::size_t calls() const { return calls_.load(std::memory_order_relaxed); }
  /// Sources that are banned now, as of the last second; first shard only.
  std::size_t bans() const { return bans_.load(std::memory_order_relaxed); }
  bool ready() const { return ready_.load(std::memory_order_relaxed); }

 private:
  void build();
  void on_tick(base::Time now, base::Duration late);
  void follow_engines(base::Time now);
  void answer_request(const sip::RequestIn& request, base::Time now);
  void drain(base::Time now);
  base::Address advertised(sip::Transport transport) const;
  call::Settings filled(call::Settings settings) const;

  // given
  ShardParts parts_;
  ShardOutlets outlets_;
  int count_;
  base::Address sip_address_;
  std::uint16_t tls_port_ = 0;
  // owned, made and destroyed on the shard's thread except for the loop
  net::Loop loop_;
  base::Random random_;
  std::unique_ptr<net::UdpOpener> udp_;
  std::unique_ptr<media::PortRange> ports_;
  std::unique_ptr<ShardEngines> engines_;
  std::unique_ptr<engines::silero::Detectors> voice_;  // null: by energy
  std::unique_ptr<speech::Prompts> prompts_;
  std::unique_ptr<sip::Endpoint> sip_;
  std::unique_ptr<sip::Authenticator> authenticator_;
  std::unique_ptr<FrontDesk> desk_;  // of the first shard
  std::unique_ptr<call::Switchboard> board_;
  std::unique_ptr<call::IngestBoard> ingest_;
  std::unique_ptr<net::Ticker> ticker_;
  // state
  bool running_ = false;  // the owner's thread
  unsigned phase_ = 0;
  call::AiState told_;
  base::Time warmed_{};
  std::atomic<std::size_t> calls_{0}, bans_{0};
  base::Time bans_counted_{};
  std::shared_ptr<std::promise<void>> unregistered_;  // somebody waits for it
  std::atomic<bool> ready_{false};
};

}  // namespace daedap::server
