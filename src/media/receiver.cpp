#include "media/receiver.hpp"

#include <algorithm>
#include <utility>

#include "audio/level.hpp"

namespace daedap::media {
namespace {

// Below this peak (-44 dBFS) a frame counts as silence, where the play-out may change its delay.
constexpr int silence_peak = 200;

}  // namespace

Receiver::Receiver() : decoder_(*audio::make_codec("PCMU")) {}

void Receiver::configure(const sdp::Negotiated& media) {
  std::vector<Entry> now_known;
  for (const sdp::Codec& offered : media.receive) {
    const auto codec = audio::make_codec(offered.name);
    const bool valid = offered.payload_type >= 0 && offered.payload_type < 128;
    if (!codec || !valid || now_known.size() == max_codecs) continue;
    now_known.push_back({static_cast<std::uint8_t>(offered.payload_type), *codec});
  }
  before_ = std::exchange(codecs_, std::move(now_known));
  event_before_ = event_type_;
  event_type_.reset();
  if (media.recv_event_type && *media.recv_event_type >= 0 && *media.recv_event_type < 128) {
    event_type_ = static_cast<std::uint8_t>(*media.recv_event_type);
  }
}

PayloadTypes Receiver::payload_types() const {
  PayloadTypes types;
  for (const auto* list : {&codecs_, &before_}) {
    for (const Entry& e : *list) types.set(e.payload_type);
  }
  for (const auto event : {event_type_, event_before_}) {
    if (event) types.set(*event);
  }
  return types;
}

const audio::Codec* Receiver::find(std::uint8_t payload_type) const {
  for (const auto* list : {&codecs_, &before_}) {
    const auto at = std::ranges::find(*list, payload_type, &Entry::payload_type);
    if (at != list->end()) return &at->codec;
  }
  return nullptr;
}

// A type that now means audio is not an event, even when it was one before.
bool Receiver::is_event(std::uint8_t payload_type) const {
  if (event_type_ == payload_type) return true;
  return event_before_ == payload_type &&
         std::ranges::find(codecs_, payload_type, &Entry::payload_type) == codecs_.end();
}

// @path rtp-in 4/8
std::optional<char> Receiver::on_packet(const rtp::PacketView& packet, base::Time now) {
  if (is_event(packet.header.payload_type)) return on_event(packet, now);
  clock_rate_ = clock_rate_of(packet.header.payload_type);
  buffer_.push(packet, now, clock_rate_);
  return std::nullopt;
}

int Receiver::clock_rate_of(std::uint8_t payload_type) const {
  const audio::Codec* codec = find(payload_type);
  return codec == nullptr ? clock_rate_ : codec->clock_rate;
}

std::optional<char> Receiver::on_event(const rtp::PacketView& packet, base::Time now) {
  const auto digit = digits_.on_packet(packet, now);
  if (digit && on_digit_) on_digit_(*digit, now);
  return digit;
}

void Receiver::restart() {
  buffer_.reset();
  ready_size_ = 0;
}

void Receiver::on_tick(base::Time now, std::int64_t position) {
  if (ready_.empty()) ready_.resize(audio::frame_samples + audio::Decoder::max_samples);
  while (ready_size_ < audio::frame_samples) fill(now);
  const audio::Frame frame = take_frame();
  silent_ = audio::peak(frame) < silence_peak;
  if (sink_ != nullptr) {
    sink_->on_frame(frame, {.heard = heard_, .position = position, .concealed = made_up_});
  }
}

// One pop of the jitter buffer, appended to what is ready. A packet of which nothing can be decoded
// adds nothing; as the buffer holds 50 packets at most, `Missing` or `Quiet` ends that soon.
void Receiver::fill(base::Time now) {
  const auto popped = buffer_.pop(now, silent_);
  const auto hole = std::span(ready_).subspan(ready_size_, audio::frame_samples);
  if (const auto* packet = std::get_if<rtp::JitterBuffer::Packet>(&popped)) {
    made_up_ = false;
    ready_size_ += play(*packet);
  } else {
    made_up_ = true;
    const auto* missing = std::get_if<rtp::JitterBuffer::Missing>(&popped);
    ready_size_ += missing ? conceal(*missing, hole) : decoder_.rest(hole);
  }
  // A jitter-free arrival of what is played now; a shrinking delay never turns time back.
  heard_ = std::max(heard_, now - buffer_.delay());
}

std::size_t Receiver::play(const rtp::JitterBuffer::Packet& packet) {
  const audio::Codec* codec = find(packet.payload_type);
  if (codec == nullptr) return 0;
  decoder_.select(*codec);
  if (packet.restart) decoder_.restart();
  return decoder_.decode(packet.payload, std::span(ready_).subspan(ready_size_));
}

std::size_t Receiver::conceal(const rtp::JitterBuffer::Missing& lost, std::span<std::int16_t> hole) {
  const audio::Codec* codec = lost.next.empty() ? nullptr : find(lost.next_type);
  const bool same = codec != nullptr && *codec == decoder_.codec();
  return same ? decoder_.recover(lost.next, hole) : decoder_.conceal(hole);
}

audio::Frame Receiver::take_frame() {
  audio::Frame frame;
  std::copy_n(ready_.begin(), frame.size(), frame.begin());
  ready_size_ -= frame.size();
  std::copy_n(ready_.begin() + audio::frame_samples, ready_size_, ready_.begin());
  return frame;
}

}  // namespace daedap::media
