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
      stream_(random) {}

void Sender::configure(const sdp::Negotiated& media) {
  if (const auto codec = audio::make_codec(media.codec.name)) {
    encoder_.select(*codec, media.codec.fmtp);
    payload_type_ = static_cast<std::uint8_t>(media.codec.payload_type & 0x7F);
    stream_.set_clock_rate(codec->clock_rate);
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
std::size_t Sender::on_tick(base::Time now, std::int64_t position, std::span<std::uint8_t> out,
                            const audio::Frame* through) {
  const auto step = encoder_.codec().clock_rate / 50;
  timestamp_ = stream_.own_tick(now);
  audio::Frame frame{};
  std::size_t size = 0;
  if (may_send_) {
    const auto event = digits_.on_tick(timestamp_);
    if (!event && through != nullptr && queue_.size() == 0) frame = *through;
    if (!event && !paused_) played_ += static_cast<std::int64_t>(queue_.take(frame));
    size = event ? write_event(*event, out) : write_audio(frame, out);
  }
  tell_sink(frame, now, position);
  stream_.end_own_tick(step, now);
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
  header.seq = stream_.take_own(payload.size());
  header.ssrc = stream_.ssrc();
  return rtp::write(header, payload, out);
}

void Sender::tell_sink(const audio::Frame& frame, base::Time now, std::int64_t position) {
  if (sink_ != nullptr) sink_->on_frame(frame, {.heard = now, .position = position});
}

}  // namespace daedap::media
