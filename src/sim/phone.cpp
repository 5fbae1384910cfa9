#include "sim/phone.hpp"

#include <cstdlib>

#include "audio/frame.hpp"

namespace daedap::sim {

Phone::Phone(World& world, Network& network, Settings settings, const base::Address& server, std::uint64_t seed)
    : world_(world), random_(base::seeded(seed)) {
  const base::Address address = *base::Address::parse_ip(settings.ip, settings.sip_port);
  ports_ = std::make_unique<media::PortRange>(address.with_port(0), settings.first_port,
                                              static_cast<std::uint16_t>(settings.first_port + 19));
  call::TestPlan& plan = settings.plan;
  plan.target = "sip:" + settings.callee + "@" + server.text();
  plan.from = "\"Caller\" <sip:" + settings.user + "@" + address.ip_text() + ">";
  plan.flow.remote = server;
  plan.advertised_media = address.with_port(0);
  sip::EndpointSettings sip;
  sip.advertised = address;
  caller_ = std::make_unique<call::TestCaller>(std::move(plan), std::move(sip),
                                               call::TestCaller::Surroundings{*ports_, network, random_});
  auto socket = network.open(address, [this](auto bytes, const auto& from, base::Time now) { on_datagram(bytes, from, now); });
  socket_ = std::move(socket.value());
}

Phone::~Phone() = default;

bool Phone::call() {
  called_at_ = world_.now();
  if (!caller_->start(world_.now())) return false;
  flush();
  const auto tick = [this, token = alive_.token()] {
    if (!token) return false;
    caller_->on_tick(world_.now());
    if (caller_->deadline() <= world_.now()) caller_->on_time(world_.now());
    flush();
    return true;
  };
  const base::Duration offset = std::chrono::microseconds(random_.u32() % 20'000);
  world_.post_after(offset, [&world = world_, tick] { world.every(audio::frame_time, tick); });
  return true;
}

void Phone::on_datagram(std::span<const std::uint8_t> bytes, const base::Address& from, base::Time now) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("SIP/2.0 ") && text.size() > 11)
    answers_.emplace(std::atoi(std::string(text.substr(8, 3)).c_str()), base::to_ms_f(now - called_at_));
  caller_->on_message(text, {.remote = from}, now);
  flush();
}

void Phone::command(const std::function<void(call::TestCaller&, base::Time)>& body) {
  body(*caller_, world_.now());
  flush();
}

void Phone::flush() {
  while (auto send = caller_->take_output()) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(send->bytes.data());
    (void)socket_->send({bytes, send->bytes.size()}, send->flow.remote);
  }
}

}  // namespace daedap::sim
