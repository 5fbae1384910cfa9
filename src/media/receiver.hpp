#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "audio/codec.hpp"
#include "audio/frame.hpp"
#include "base/time.hpp"
#include "media/rtp_port.hpp"
#include "rtp/jitter_buffer.hpp"
#include "rtp/packet.hpp"
#include "rtp/telephone_event.hpp"
#include "sdp/offer_answer.hpp"

namespace daedap::media {

/// What one leg hears: packets of any packet time in, one frame of 20 ms per tick out, holes
/// concealed. Key presses go to the digit sink and are never played.
/// A pause of the sender (DTX) is no loss: its codec fills it with silence or comfort noise.
/// cost  nothing is allocated while audio flows, but for the first packet of each codec
class Receiver {
 public:
  using OnDigit = std::function<void(char digit, base::Time now)>;

  Receiver();

  /// Codecs and event type that the peer may send from now on. Those of before stay known until the
  /// next change, as packets under way still carry them (RFC 3264 §8.3.2).
  void configure(const sdp::Negotiated& media);
  PayloadTypes payload_types() const;

  /// An admitted packet of the peer. Returns the key press that it begins, if it begins one.
  std::optional<char> on_packet(const rtp::PacketView& packet, base::Time now);
  /// Only its key presses, where nobody listens.
  std::optional<char> on_event(const rtp::PacketView& packet, base::Time now);
  bool is_event(std::uint8_t payload_type) const;
  /// Forgets audio that waits from the last time somebody listened.
  void restart();
  /// Hands the next frame to the sink.
  void on_tick(base::Time now, std::int64_t position);

  /// RTP clock of a payload type; of one that is no audio that of the last audio packet.
  int clock_rate_of(std::uint8_t payload_type) const;
  void set_sink(audio::FrameSink* sink) { sink_ = sink; }
  void set_digit_sink(OnDigit sink) { on_digit_ = std::move(sink); }
  const rtp::JitterBuffer& buffer() const { return buffer_; }

 private:
  struct Entry {
    std::uint8_t payload_type;
    audio::Codec codec;
  };
  static constexpr std::size_t max_codecs = 16;

  const audio::Codec* find(std::uint8_t payload_type) const;
  void fill(base::Time now);
  std::size_t play(const rtp::JitterBuffer::Packet& packet);
  std::size_t conceal(const rtp::JitterBuffer::Missing& lost, std::span<std::int16_t> hole);
  audio::Frame take_frame();

  // given
  audio::FrameSink* sink_ = nullptr;
  OnDigit on_digit_;
  // owned
  rtp::JitterBuffer buffer_;
  audio::Decoder decoder_;
  rtp::DigitReceiver digits_;
  // state
  std::vector<Entry> codecs_, before_;
  std::optional<std::uint8_t> event_type_, event_before_;
  std::vector<std::int16_t> ready_;  // room is made at the first tick
  std::size_t ready_size_ = 0;
  int clock_rate_ = 8000;
  bool made_up_ = false;  // by the last fill
  bool silent_ = true;
  base::Time heard_{};
};

}  // namespace daedap::media
