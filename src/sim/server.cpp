#include "sim/server.hpp"

#include <algorithm>

namespace daedap::sim {
namespace {

constexpr base::Millis tick_time{5};
constexpr std::uint16_t sip_port = 5060;

class TapeSink final : public media::RecordingSink {
 public:
  TapeSink(Tape& tape, bool keep) : tape_(tape), keep_(keep) {}
  void write(std::vector<std::int16_t> stereo) override {
    if (keep_) tape_.stereo.insert(tape_.stereo.end(), stereo.begin(), stereo.end());
  }
  void close() override { tape_.closed = true; }

 private:
  Tape& tape_;
  bool keep_;
};

sip::EndpointSettings endpoint_settings(const base::Address& address, std::size_t max_sessions) {
  sip::EndpointSettings s;
  s.advertised = address;
  s.max_sessions = max_sessions;
  return s;
}

}  // namespace

std::vector<std::int16_t> Tape::channel(int index) const {
  std::vector<std::int16_t> out;
  out.reserve(stereo.size() / 2);
  for (auto i = static_cast<std::size_t>(index); i < stereo.size(); i += 2) out.push_back(stereo[i]);
  return out;
}

Server::Server(World& world, Network& network, const Settings& settings, std::uint64_t seed)
    : world_(world),
      sip_address_(*base::Address::parse_ip(settings.ip, sip_port)),
      random_(base::seeded(seed)),
      log_(world),
      engines_(world, settings.engines),
      prompts_(engines_.tts) {
  ports_ = std::make_unique<media::PortRange>(sip_address_.with_port(0), settings.first_port, settings.last_port);
  sip_ = std::make_unique<sip::Endpoint>(endpoint_settings(sip_address_, settings.max_sessions), random_);
  const auto open_recording = [this, keep = settings.keep_tapes](const std::string& id) -> std::unique_ptr<media::RecordingSink> {
    return std::make_unique<TapeSink>(*(tapes_[id] = std::make_unique<Tape>()), keep);
  };
  call::Settings call = settings.call;
  call.advertised_media = sip_address_.with_port(0);
  call::Surroundings around{*sip_, *ports_, network, random_, engines_.seam(), prompts_, open_recording, base::Log(log_)};
  switchboard_ = std::make_unique<call::Switchboard>(call, around);
  auto socket = network.open(sip_address_, [this](auto bytes, const auto& from, base::Time now) { on_datagram(bytes, from, now); });
  socket_ = std::move(socket.value());
  switchboard_->set_ai_state(settings.ai, world.now());
  switchboard_->set_operators(settings.operators);
  world.every(tick_time, [this, token = alive_.token()] {
    if (token) tick();
    return static_cast<bool>(token);
  });
}

Server::~Server() = default;

void Server::on_datagram(std::span<const std::uint8_t> bytes, const base::Address& from, base::Time now) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  sip_->on_message(text, {.remote = from}, now);
  pump();
}

void Server::tick() {
  const base::Time now = world_.now();
  switchboard_->on_tick(phase_++ % 4, now);
  if (switchboard_->deadline() <= now) switchboard_->on_time(now);
  if (sip_->deadline() <= now) sip_->on_time(now);
  pump();
}

void Server::command(const std::function<void(call::Switchboard&, base::Time)>& body) {
  body(*switchboard_, world_.now());
  pump();
}

void Server::pump() {
  const base::Time now = world_.now();
  while (auto output = sip_->take_output()) {
    if (const auto* send = std::get_if<sip::Send>(&*output)) {
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(send->bytes.data());
      if (!socket_->send({bytes, send->bytes.size()}, send->flow.remote)) sip_->on_flow_failed(send->flow, now);
      continue;
    }
    switchboard_->on_sip(std::move(*output), now);
  }
  while (auto event = switchboard_->take_event()) events_.push_back(std::move(*event));
}

std::vector<call::Record> Server::ended() const {
  std::vector<call::Record> all;
  for (const call::Event& event : events_)
    if (const auto* end = std::get_if<call::CallEnded>(&event)) all.push_back(end->record);
  return all;
}

int Server::started() const {
  return static_cast<int>(std::ranges::count_if(events_, [](const auto& e) { return std::holds_alternative<call::CallStarted>(e); }));
}

}  // namespace daedap::sim
