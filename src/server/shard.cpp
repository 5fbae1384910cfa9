#include "server/shard.hpp"

#include <sodium.h>

#include <array>
#include <utility>

#include "net/clock.hpp"
#include "server/hashes.hpp"

namespace daedap::server {
namespace {

/// From the system, several numbers per system call.
class SecureRandom {
 public:
  std::uint64_t operator()() {
    if (next_ == numbers_.size()) {
      randombytes_buf(numbers_.data(), sizeof numbers_);
      next_ = 0;
    }
    return std::exchange(numbers_[next_++], 0);
  }

 private:
  std::array<std::uint64_t, 32> numbers_{};
  std::size_t next_ = numbers_.size();
};

constexpr base::Millis warm_again{500}, count_bans_each{1000};

/// This shard's share of the RTP range: whole pairs, no overlap.
std::pair<std::uint16_t, std::uint16_t> port_slice(const Config::Media& media, int index, int count) {
  const int first = media.first_port + media.first_port % 2;
  const int pairs = (media.last_port - first + 1) / 2;
  const int from = pairs * index / count, to = pairs * (index + 1) / count;
  return {static_cast<std::uint16_t>(first + 2 * from), static_cast<std::uint16_t>(first + 2 * to - 1)};
}

}  // namespace

Shard::Shard(ShardParts parts, ShardOutlets outlets, int count)
    : parts_(parts),
      outlets_(std::move(outlets)),
      count_(count),
      loop_("shard" + std::to_string(parts.index), [this](const net::Stall& s) { outlets_.on_stall(s); }),
      random_(SecureRandom{}) {}

Shard::~Shard() { stop(); }

void Shard::start(base::Address sip_address, std::uint16_t tls_port) {
  sip_address_ = sip_address;
  tls_port_ = tls_port;
  running_ = true;
  loop_.set_urgency(net::Loop::Urgency::media);
  loop_.start();
  loop_.post("build", [this] { build(); });
}

void Shard::unregister(base::Duration at_most) {
  if (!running_) return;
  const auto done = std::make_shared<std::promise<void>>();
  loop_.post("unregister", [this, done] {
    if (!desk_) return done->set_value();
    const base::Time now = net::now();
    desk_->close(now);
    unregistered_ = done;
    drain(now);
  });
  done->get_future().wait_for(at_most);
}

void Shard::stop() {
  if (std::exchange(running_, false)) {
    std::promise<void> gone;
    loop_.post("end", [&] {
      ticker_.reset();
      ingest_.reset();
      board_.reset();
      desk_.reset();
      authenticator_.reset();
      sip_.reset();
      prompts_.reset();
      voice_.reset();
      engines_.reset();
      ports_.reset();
      udp_.reset();
      gone.set_value();
    });
    gone.get_future().wait();
  }
  loop_.stop();
  loop_.join();
}

void Shard::build() {
  const auto [first, last] = port_slice(parts_.config.media, parts_.index, count_);
  udp_ = std::make_unique<net::UdpOpener>(loop_);
  ports_ = std::make_unique<media::PortRange>(parts_.media_bind, first, last);
  engines_ = parts_.engines.make(loop_);
  prompts_ = std::make_unique<speech::Prompts>(engines_->seams().tts);
  sip::EndpointSettings settings;
  settings.advertised = sip_address_;
  if (tls_port_ != 0) settings.advertised_tls = sip_address_.with_port(tls_port_);
  settings.call_id_prefix = std::string("s").append(std::to_string(parts_.index)).append("-");
  settings.max_sessions = parts_.config.sip.max_sessions;
  settings.hashes = openssl_hashes();
  sip_ = std::make_unique<sip::Endpoint>(settings, random_);
  const Config& config = parts_.config;
  authenticator_ = std::make_unique<sip::Authenticator>(
      sip::Authenticator::Settings{.realm = config.sip.realm, .secret = parts_.secret, .offer = config.sip.digest},
      settings.hashes, random_);
  if (parts_.index == 0) {
    FrontDesk::Parts desk{.realm = config.sip.realm, .secret = parts_.secret, .digest = config.sip.digest,
                          .trunks = config.trunks,
                          .advertised = [this](sip::Transport t) { return advertised(t); },
                          .call_id_prefix = settings.call_id_prefix, .log = base::Log(parts_.log)};
    desk_ = std::make_unique<FrontDesk>(std::move(desk), outlets_.front_desk, *sip_, random_);
  }
  speech::Engines engines = engines_->seams();
  if (parts_.voice) voice_ = std::make_unique<engines::silero::Detectors>(parts_.voice);
  engines.voice = voice_.get();
  call::Surroundings around{*sip_, *ports_, *udp_, random_, engines, *prompts_, outlets_.open_recording,
                            base::Log(parts_.log), parts_.index};
  around.authenticator = authenticator_.get();
  around.hold_music = parts_.hold_music;
  board_ = std::make_unique<call::Switchboard>(filled(config.call), around);
  board_->set_trunks(call::Trunks(config.trunks, settings.hashes, parts_.secret), call::DialPlan(config.routes, config.trunks));
  board_->set_queues(config.queues);
  ingest_ = std::make_unique<call::IngestBoard>(
      config.call, config.ingest.types,
      call::IngestSurroundings{around.engines.stt, outlets_.open_recording, base::Log(parts_.log), parts_.index,
                               around.engines.voice});
  ticker_ = loop_.every(base::Millis{5}, [this](base::Time now, base::Duration late) { on_tick(now, late); });
}

base::Address Shard::advertised(sip::Transport transport) const {
  return transport == sip::Transport::tls && tls_port_ != 0 ? sip_address_.with_port(tls_port_) : sip_address_;
}

call::Settings Shard::filled(call::Settings settings) const {
  settings.advertised_media = parts_.media_address;
  settings.domain = sip_address_.ip_text();
  settings.ai_wait = parts_.config.engines.start_timeout;
  return settings;
}

// @path invite-ai 1/6
void Shard::on_sip_bytes(const sip::Flow& flow, std::string_view bytes, base::Time now) {
  if (!sip_) return;
  const net::Loop::Watch watch(loop_, "sip message");
  sip_->on_message(bytes, flow, now);
  drain(now);
}

void Shard::on_flow_failed(const sip::Flow& flow) {
  const base::Time now = net::now();
  sip_->on_flow_failed(flow, now);
  if (desk_) desk_->on_flow_failed(flow, now);
  drain(now);
}

void Shard::set_operators(std::vector<call::Operator> operators) {
  if (desk_) desk_->set_operators(operators, net::now());
  board_->set_operators(std::move(operators));
}

void Shard::set_contacts(call::Contacts contacts) {
  if (board_) board_->set_contacts(std::move(contacts));
}

void Shard::set_trunk_addresses(const std::string& server, const std::vector<base::Address>& addresses) {
  if (!board_) return;
  const base::Time now = net::now();
  if (desk_) desk_->set_trunk_addresses(server, addresses, now);
  board_->set_trunk_addresses(server, addresses);
  drain(now);
}

void Shard::set_in_call(const call::OperatorInCall& change) {
  if (board_) board_->set_in_call(change, net::now());
}

void Shard::on_wrong_password(const base::Address& source) {
  const base::Time now = net::now();
  desk_->on_wrong_password(source, now);
  desk_->tell(now);
}

void Shard::set_call_settings(call::Settings settings) {
  ingest_->set_settings(settings);
  board_->set_settings(filled(std::move(settings)));
}

void Shard::set_draining(bool draining) {
  sip_->set_draining(draining);
}

void Shard::end_all(call::Cause cause) {
  const base::Time now = net::now();
  board_->end_all(cause, now);
  drain(now);
}

bool Shard::ask(const std::function<bool(call::Switchboard&, base::Time)>& question) {
  const base::Time now = net::now();
  const bool yes = question(*board_, now);
  drain(now);
  return yes;
}

void Shard::on_ingest(const std::function<void(call::IngestBoard&, base::Time)>& what) {
  if (ingest_) what(*ingest_, net::now());  // what comes of it is told at the next tick
}

void Shard::on_tick(base::Time now, base::Duration late) {
  outlets_.on_tick(late);
  const net::Loop::Watch watch(loop_, "tick");
  board_->on_tick(phase_, now);
  ingest_->on_tick(phase_, now);
  if (voice_) voice_->run();
  phase_ = (phase_ + 1) % 4;
  if (sip_->deadline() <= now) sip_->on_time(now);
  // All calls are looked through: not more often than each call's own tick comes.
  if (phase_ == 0 && board_->deadline() <= now) board_->on_time(now);
  if (desk_ && desk_->deadline() <= now) desk_->on_time(now);
  if (desk_ && now - bans_counted_ >= count_bans_each) {
    bans_counted_ = now;
    bans_.store(desk_->bans(now), std::memory_order_relaxed);
  }
  follow_engines(now);
  drain(now);
  if (unregistered_ && desk_->closed()) std::exchange(unregistered_, nullptr)->set_value();
}

/// The AI takes calls once the engines are ready and all fixed sentences are made, so that the first
/// caller already hears the greeting at once.
void Shard::follow_engines(base::Time now) {
  call::AiState state = parts_.engines.state();
  if (state.state == call::AiState::State::ready && told_.state != state.state) {
    if (warmed_ == base::Time{} || now - warmed_ >= warm_again) {
      warmed_ = now;
      board_->warm_prompts();
    }
    if (prompts_->pending() > 0) state = {call::AiState::State::starting, "the fixed sentences are being made", state.max_calls};
  }
  if (state.state == told_.state && state.why == told_.why) return;
  told_ = state;
  ready_ = state.state == call::AiState::State::ready;
  board_->set_ai_state(state, now);
}

/// REGISTER goes to the first shard alone.
void Shard::answer_request(const sip::RequestIn& request, base::Time now) {
  if (desk_) desk_->on_request(request, now);
  else sip_->respond(request.request, 503, now);
}

void Shard::drain(base::Time now) {
  for (bool more = true; more;) {
    more = false;
    while (auto output = sip_->take_output()) {
      more = true;
      if (auto* send = std::get_if<sip::Send>(&*output)) outlets_.send_sip(send->flow, std::move(send->bytes));
      else if (auto* notice = std::get_if<sip::Noticed>(&*output)) outlets_.on_sip_notice(*notice);
      else if (auto* request = std::get_if<sip::RequestIn>(&*output)) answer_request(*request, now);
      else if (auto* response = std::get_if<sip::ResponseIn>(&*output); response && desk_) desk_->on_response(*response, now);
      else board_->on_sip(std::move(*output), now);
    }
    while (auto event = board_->take_event()) {
      more = true;
      outlets_.on_call(parts_.index, std::move(*event));
    }
  }
  while (auto event = ingest_->take_event()) outlets_.on_call(parts_.index, std::move(*event));
  calls_.store(board_->calls() + ingest_->calls(), std::memory_order_relaxed);
}

}  // namespace daedap::server
