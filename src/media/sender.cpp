#include "media/sender.hpp"

#include <algorithm>
#include <utility>

namespace daedap::media {
namespace {

constexpr std::size_t two_minutes = 120 * std::size_t{audio::sample_rate};

audio::Codec first_codec() { return *audio::make_codec("PCMU"); }

bool sends(sdp::Direction d) {
  return d == sdp::Direction::sendrecv || d == sdp::Direction::sendonly;
}

}  // namespace

Sender::Sender(base::Random& random)
    : queue_(two_minutes),
      encoder_(first_codec()),
      digits_(encoder_.codec().clock_rate),
      ssrc_(random.u32()),
      seq_(static_cast<std::uint16_t>(random.u16() & 0x7FFF)),  // no early wrap: RFC 3711 §3.3.1
      timestamp_(random.u32()) {}

void Sender::configure(const sdp::Negotiated& media) {
  if (const auto codec = audio::make_codec(media.codec.name)) {
    encoder_.select(*codec, media.codec.fmtp);
    payload_type_ = static_cast<std::uint8_t>(media.codec.payload_type & 0x7F);
  }
  event_type_.reset();
  digits_.set_clock_rate(media.event_clock_rate);
  if (media.send_event_type) event_type_ = static_cast<std::uint8_t>(*media.send_event_type & 0x7F);
  if (!event_type_) digits_.reset();
  const bool held = may_send_;
  may_send_ = sends(media.direction);
  if (may_send_ && !held) marker_ = true;
}

bool Sender::send_digit(char digit) { return event_type_ && digits_.queue(digit); }

void Sender::discard() {
  queue_.clear();
  paused_ = false;
}

// @path reply-out 4/8
std::size_t Sender::on_tick(base::Time now, std::int64_t position, std::span<std::uint8_t> out) {
  const auto step = encoder_.codec().clock_rate / 50;
  audio::Frame frame{};
  std::size_t size = 0;
  if (may_send_) {
    const auto event = digits_.on_tick(timestamp_);
    if (!event && !paused_) played_ += static_cast<std::int64_t>(queue_.take(frame));
    size = event ? write_event(*event, out) : write_audio(frame, out);
  }
  tell_sink(frame, now, position);
  timestamp_ = timestamp_.plus(step);
  last_tick_ = now;
  return size;
}

std::size_t Sender::write_event(const rtp::DigitSender::Packet& event,
                                std::span<std::uint8_t> out) {
  return write({.marker = event.marker, .payload_type = *event_type_, .timestamp = event.timestamp},
               event.payload, out);
}

std::size_t Sender::write_audio(const audio::Frame& frame, std::span<std::uint8_t> out) {
  std::array<std::uint8_t, audio::Encoder::max_payload> payload;
  const std::size_t n = encoder_.encode(frame, payload);
  if (n == 0) {
    marker_ = true;
    return 0;
  }
  const bool marker = std::exchange(marker_, false);
  return write({.marker = marker, .payload_type = payload_type_, .timestamp = timestamp_},
               std::span(payload).first(n), out);
}

std::size_t Sender::write(rtp::PacketHeader header, std::span<const std::uint8_t> payload,
                          std::span<std::uint8_t> out) {
  header.seq = seq_;
  header.ssrc = ssrc_;
  seq_ = seq_.plus(1);
  ++packets_;
  octets_ += static_cast<std::uint32_t>(payload.size());
  return rtp::write(header, payload, out);
}

void Sender::tell_sink(const audio::Frame& frame, base::Time now, std::int64_t position) {
  if (sink_ != nullptr) sink_->on_frame(frame, {.heard = now, .position = position});
}

rtp::SenderInfo Sender::sender_info(base::Time now) const {
  // `timestamp_` is that of the next packet, 20 ms after the last tick.
  const auto ahead = now - last_tick_ - base::Duration(audio::frame_time);
  const std::int64_t units = ahead.count() / 1000 * encoder_.codec().clock_rate / 1'000'000;
  return {.ntp = rtp::NtpTime::from(now),
          .rtp_timestamp = timestamp_.plus(units).value(),
          .packets = packets_,
          .octets = octets_};
}

}  // namespace daedap::media
