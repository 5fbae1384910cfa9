#include "media/relay.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace daedap::media {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](unsigned char c) { return std::tolower(c); };
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool hears(sdp::Direction d) { return d == sdp::Direction::sendrecv || d == sdp::Direction::recvonly; }

}  // namespace

Relay::Relay(Leg::Impl& from, Leg::Impl& to) : from_(from), to_(to) {
  from_.relay = this;
  from_.receiver.set_sink(this);
  refresh();
}

Relay::~Relay() {
  from_.relay = nullptr;
  from_.receiver.set_sink(from_.sink);
  if (!listens_) from_.receiver.restart();
}

std::uint8_t Relay::type_of(const sdp::Codec& heard) const {
  const sdp::Codec& sent = to_.media.codec;
  const bool same = same_name(heard.name, sent.name) && heard.clock_rate == sent.clock_rate &&
                    heard.channels == sent.channels;
  return same ? static_cast<std::uint8_t>(sent.payload_type & 0x7F) : none;
}

void Relay::learn_types(const sdp::Negotiated& media) {
  for (const sdp::Codec& c : media.receive) {
    if (c.payload_type >= 0 && c.payload_type < 128) {
      types_[static_cast<std::size_t>(c.payload_type)] = type_of(c);
    }
  }
}

void Relay::refresh() {
  types_.fill(none);
  learn_types(from_.media_before);  // packets under way still carry these (RFC 3264 §8.3.2)
  learn_types(from_.media);
  if (!open()) filler_ = Filler::own;
}

bool Relay::relays() const {
  return !from_.media.receive.empty() && type_of(from_.media.receive.front()) != none;
}

bool Relay::open() const {
  return from_.configured && hears(from_.media.direction) && to_.sender.may_send();
}

// Whether somebody wants frames; audio of before the last time that nobody did is forgotten.
bool Relay::listen() {
  const bool wanted = tap_ != nullptr || from_.sink != nullptr || filler_ == Filler::transcoded;
  if (wanted && !listens_) from_.receiver.restart();
  return listens_ = wanted;
}

void Relay::on_packet(const rtp::PacketView& packet, base::Time now) {
  if (from_.receiver.is_event(packet.header.payload_type)) return on_event(packet, now);
  on_audio(packet, now);
  if (listen()) from_.receiver.on_packet(packet, now);
}

void Relay::on_audio(const rtp::PacketView& packet, base::Time now) {
  const std::uint8_t type = types_[packet.header.payload_type & 0x7F];
  if (!open()) {
    ++stats_.dropped;
  } else if (type == none) {
    filler_ = Filler::transcoded;
  } else if (to_.sender.busy()) {
    filler_ = Filler::own;
    ++stats_.dropped;
  } else {
    forward(packet, type, false, now);
  }
}

// A press that begins while `to` is filled by its own sender is made anew there, of 100 ms.
void Relay::on_event(const rtp::PacketView& packet, base::Time now) {
  const auto digit = from_.receiver.on_event(packet, now);
  if (!events_pass() || !open()) {
    ++stats_.dropped;
    return;
  }
  const bool relaying = filler_ == Filler::relayed && !to_.sender.busy();
  if (digit) {
    press_relayed_ = relaying;
    if (!relaying) to_.sender.send_digit(*digit);
  }
  if (relaying && press_relayed_) {
    forward(packet, static_cast<std::uint8_t>(*to_.media.send_event_type & 0x7F), true, now);
  } else if (press_relayed_) {
    ++stats_.dropped;
  }
}

void Relay::forward(const rtp::PacketView& packet, std::uint8_t type, bool event, base::Time now) {
  OutgoingStream& stream = to_.sender.stream();
  const auto place = splice_.place(packet.header, event, stream, now);
  if (!place) {
    ++stats_.dropped;
    return;
  }
  if (filler_ != Filler::relayed) to_.sender.trim();
  filler_ = Filler::relayed;
  last_ = now;
  const rtp::PacketHeader header{.marker = packet.header.marker || (place->first && !event),
                                 .payload_type = type,
                                 .seq = place->seq,
                                 .timestamp = place->timestamp,
                                 .ssrc = stream.ssrc()};
  stream.on_relayed(place->seq, place->timestamp, place->units, packet.payload.size(), now);
  std::array<std::uint8_t, rtp::max_packet> out;
  const std::size_t size = rtp::rewrite(packet, header, out);
  if (size == 0 || !to_.send(std::span(out).first(size))) return;
  ++stats_.relayed;
  if (event) ++stats_.events;
}

void Relay::tick_send(base::Time now, std::int64_t position) {
  if (filler_ == Filler::transcoded) {
    sending_ = now;
    from_.receiver.on_tick(now, position);
    sending_.reset();
    pulled_ = true;
    return;
  }
  if (filler_ == Filler::relayed) {
    if (!to_.sender.busy() && now - last_ < quiet) return;
    filler_ = Filler::own;
  }
  send_own(now, nullptr);
}

void Relay::send_own(base::Time now, const audio::Frame* through) {
  if (!to_.sender.stream().early(now)) to_.tick_send(now, through);
}

void Relay::tick_receive(base::Time now, std::int64_t position) {
  if (listen() && !pulled_) from_.receiver.on_tick(now, position);
  pulled_ = false;
}

void Relay::on_frame(const audio::Frame& frame, const audio::FrameInfo& info) {
  if (sending_) {
    send_own(*sending_, &frame);
    ++stats_.transcoded;
  }
  if (tap_ != nullptr) tap_->on_frame(frame, info);
  if (from_.sink != nullptr) from_.sink->on_frame(frame, info);
}

}  // namespace daedap::media
