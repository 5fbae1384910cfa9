#include "media/leg.hpp"

#include <array>
#include <utility>

#include "media/leg_impl.hpp"
#include "media/relay.hpp"

namespace daedap::media {

Leg::Impl::Impl(PortRange& ports, base::Random& random, base::Time now)
    : port(ports),
      sender(random),
      rtcp(random, sender.ssrc()),
      last_received(now),
      last_now(now) {}

void Leg::Impl::on_rtp(const rtp::PacketView& packet, base::Time now) {
  if (packet.header.payload_type != last_type) {
    last_type = packet.header.payload_type;
    received.set_clock_rate(receiver.clock_rate_of(packet.header.payload_type));
  }
  received.on_packet(packet.header, now);
  last_received = now;
  heard = true;
  if (relay != nullptr) {
    relay->on_packet(packet, now);
  } else {
    receiver.on_packet(packet, now);
  }
}

void Leg::Impl::report(base::Time now, bool bye) {
  std::array<std::uint8_t, RtcpSession::max_size> bytes;
  const std::size_t n = rtcp.write(sender.sender_info(now), received, now, bye, bytes);
  if (n > 0) port.send_rtcp(std::span(bytes).first(n));
}

void Leg::Impl::tick_send(base::Time now, const audio::Frame* through) {
  last_now = now;
  if (!started) return;
  std::array<std::uint8_t, Sender::max_size> packet;
  const std::size_t n = sender.on_tick(now, position, packet, through);
  if (n > 0) send(std::span(packet).first(n));
}

bool Leg::Impl::send(std::span<const std::uint8_t> packet) {
  if (!port.send(packet)) return false;
  ++packets_sent;
  return true;
}

Leg::Leg(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Leg::~Leg() {
  if (impl_->configured) impl_->report(impl_->last_now, true);
}

base::Result<std::unique_ptr<Leg>> Leg::open(PortRange& ports, base::UdpOpener& opener,
                                             base::Random& random, base::Time now) {
  auto impl = std::make_unique<Impl>(ports, random, now);
  Impl& me = *impl;
  const auto opened = me.port.open(
      opener, [&me](const rtp::PacketView& packet, base::Time at) { me.on_rtp(packet, at); },
      [&me](std::span<const std::uint8_t> bytes, base::Time at) {
        me.rtcp.on_packet(bytes, me.received, at);
      },
      now);
  if (!opened) return tl::unexpected(opened.error());
  return std::unique_ptr<Leg>(new Leg(std::move(impl)));
}

void Leg::configure(const sdp::Negotiated& media, base::Time now) {
  impl_->last_now = now;
  impl_->media_before = std::exchange(impl_->media, media);
  impl_->sender.configure(media);
  impl_->receiver.configure(media);
  impl_->port.configure(media, impl_->receiver.payload_types());
  impl_->rtcp.start(now);
  impl_->configured = true;
  impl_->last_type = -1;
}

void Leg::start(base::Time now) {
  impl_->last_now = now;
  impl_->started = true;
}

void Leg::tick_send(base::Time now) {
  if (impl_->relay == nullptr) impl_->tick_send(now, nullptr);
}

void Leg::tick_receive(base::Time now) {
  if (impl_->relay != nullptr) return;
  impl_->last_now = now;
  if (!impl_->started && !impl_->heard) return;
  impl_->receiver.on_tick(now, impl_->position);
  impl_->position += audio::frame_samples;
}

void Leg::on_time(base::Time now) {
  impl_->last_now = now;
  impl_->port.on_time(now);
  if (impl_->configured && impl_->rtcp.due(now)) impl_->report(now, false);
}

audio::Player& Leg::player() { return impl_->sender; }
void Leg::set_sink(audio::FrameSink* sink) {
  impl_->sink = sink;
  if (impl_->relay == nullptr) impl_->receiver.set_sink(sink);
}
void Leg::set_sent_sink(audio::FrameSink* sink) { impl_->sender.set_sink(sink); }
void Leg::set_digit_sink(std::function<void(char digit, base::Time now)> sink) {
  impl_->receiver.set_digit_sink(std::move(sink));
}
bool Leg::send_digit(char digit) { return impl_->sender.send_digit(digit); }
std::uint16_t Leg::local_port() const { return impl_->port.local_port(); }
base::Time Leg::last_received() const { return impl_->last_received; }
bool Leg::heard_anything() const { return impl_->heard; }

LegStats Leg::stats() const {
  const auto& buffer = impl_->receiver.buffer();
  return {.packets_sent = impl_->packets_sent,
          .packets_received = impl_->received.received(),
          .packets_lost = impl_->received.lost(),
          .packets_late = buffer.counters().late,
          .packets_bad = impl_->port.bad() + buffer.counters().rejected,
          .frames_concealed = buffer.counters().concealed,
          .send_failures = impl_->port.send_failures(),
          .jitter_ms = impl_->received.jitter_ms(),
          .buffer_ms = base::to_ms_f(buffer.delay()),
          .remote_loss = impl_->rtcp.remote_loss(),
          .round_trip_ms = base::to_ms_f(impl_->rtcp.round_trip())};
}

}  // namespace daedap::media
