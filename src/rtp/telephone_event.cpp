#include "rtp/telephone_event.hpp"

#include <algorithm>
#include <string_view>

namespace daedap::rtp {
namespace {

constexpr std::string_view digits = "0123456789*#ABCD";
constexpr std::size_t event_size = 4;
// Segments of one long press follow each other at once; a press that is silent for longer is over.
constexpr base::Millis segment_gap{200};
constexpr int segment_slack = 240;  // RTP units by which a segment may miss the end of the last
// A repeated time stamp is the same press, a slightly older one an overtaken packet; after this
// long, either is a sender that started anew.
constexpr base::Millis press_memory{5000};
constexpr std::int32_t stale_units = 40'000;

}  // namespace

base::Result<TelephoneEvent> TelephoneEvent::parse(std::span<const std::uint8_t> payload) {
  if (payload.size() < event_size) {
    return base::fail(base::Code::bad_syntax, "telephone-event cut short");
  }
  return TelephoneEvent{.event = payload[0],
                        .end = (payload[1] & 0x80) != 0,
                        .volume = static_cast<std::uint8_t>(payload[1] & 0x3F),
                        .duration = static_cast<std::uint16_t>(payload[2] << 8 | payload[3])};
}

std::array<std::uint8_t, 4> TelephoneEvent::bytes() const {
  return {event, static_cast<std::uint8_t>((end ? 0x80 : 0) | (volume & 0x3F)),
          static_cast<std::uint8_t>(duration >> 8), static_cast<std::uint8_t>(duration)};
}

std::optional<char> event_digit(std::uint8_t event) {
  if (event >= digits.size()) return std::nullopt;
  return digits[event];
}

std::optional<std::uint8_t> digit_event(char digit) {
  if (digit >= 'a' && digit <= 'd') digit = static_cast<char>(digit - 'a' + 'A');
  const auto at = digits.find(digit);
  if (at == std::string_view::npos) return std::nullopt;
  return static_cast<std::uint8_t>(at);
}

// The same press, or a packet of an earlier one that was overtaken.
bool DigitReceiver::belongs_to_last(const PacketHeader& header, const TelephoneEvent& event,
                                    base::Time now) const {
  if (!last_ || header.ssrc != last_->ssrc || now - last_->seen > press_memory) return false;
  const std::int32_t step = header.timestamp.distance_from(last_->timestamp);
  if (step < 0) return step > -stale_units;
  if (event.event != last_->event.event) return false;
  return step == 0 || (now - last_->seen < segment_gap && continues_last(header, step));
}

// A new press cannot begin inside the old one; a segment of a long press begins where the last
// segment ended, without marker, and no end came before.
bool DigitReceiver::continues_last(const PacketHeader& header, std::int32_t step) const {
  if (step < last_->event.duration) return true;
  if (header.marker || last_->event.end) return false;
  const bool next_segment = step >= 0xFFFF - segment_slack && step <= 0xFFFF;
  return next_segment || step <= last_->event.duration + segment_slack;
}

std::optional<char> DigitReceiver::on_packet(const PacketView& packet, base::Time now) {
  const auto event = TelephoneEvent::parse(packet.payload);
  if (!event) return std::nullopt;
  const auto digit = event_digit(event->event);
  if (!digit) return std::nullopt;

  const PacketHeader& header = packet.header;
  if (!belongs_to_last(header, *event, now)) {
    last_ = Press{header.ssrc, header.timestamp, *event, now};
    return digit;
  }
  const std::int32_t step = header.timestamp.distance_from(last_->timestamp);
  if (step < 0) return std::nullopt;
  const bool same_segment = step == 0;
  last_->seen = now;
  last_->timestamp = header.timestamp;
  last_->event.end |= event->end;
  last_->event.duration =
      same_segment ? std::max(last_->event.duration, event->duration) : event->duration;
  return std::nullopt;
}

bool DigitSender::queue(char digit) {
  const auto event = digit_event(digit);
  if (!event || count_ == max_queue) return false;
  waiting_[(first_ + count_++) % max_queue] = *event;
  return true;
}

void DigitSender::start(Timestamp now) {
  event_ = waiting_[first_];
  first_ = (first_ + 1) % max_queue;
  --count_;
  state_ = State::tone;
  step_ = 0;
  start_ = now;
}

std::optional<DigitSender::Packet> DigitSender::on_tick(Timestamp now) {
  if (state_ == State::pause) {
    if (step_++ < pause_ticks) return std::nullopt;
    state_ = State::idle;
  }
  if (state_ == State::idle) {
    if (count_ == 0) return std::nullopt;
    start(now);
  }
  ++step_;
  const int ticks = std::min(step_, tone_ticks);
  const TelephoneEvent event{.event = event_,
                             .end = step_ >= tone_ticks,
                             .duration = static_cast<std::uint16_t>(ticks * tick_units_)};
  const Packet packet{event.bytes(), start_, step_ == 1};
  if (step_ == tone_ticks + end_copies - 1) {
    state_ = State::pause;
    step_ = 0;
  }
  return packet;
}

void DigitSender::reset() {
  state_ = State::idle;
  count_ = 0;
}

}  // namespace daedap::rtp
