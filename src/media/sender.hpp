#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "audio/codec.hpp"
#include "audio/frame.hpp"
#include "audio/player.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "media/outgoing_stream.hpp"
#include "media/sample_queue.hpp"
#include "rtp/packet.hpp"
#include "rtp/rtcp.hpp"
#include "rtp/telephone_event.hpp"
#include "sdp/offer_answer.hpp"

namespace daedap::media {

/// What one leg sends: queued audio, else silence, else key presses; one packet per 20 ms tick.
///
/// On hold (we may not send) no packet leaves and no queued sample is used up, while the time stamp
/// goes on; nor in a pause that the codec leaves to the peer (DTX of Opus, when the peer wants it).
/// The marker is set on the first packet and on the first after such a silence alone: other silence
/// is sent, so no other talkspurt has a start on the wire (RFC 3551 §4.1).
/// differs:  packets are of 20 ms whatever ptime the peer asks for, as RFC 3264 §6.1 lets a sender
///           do; pacing, pausing and the ledger of what was heard stay exact that way.
///           The SSRC stays when the codec's RTP clock changes, and the time stamp goes on from
///           where it is (RFC 7160 §4.1 asks for a new SSRC, which many peers take for a stranger)
/// cost      a tick allocates nothing; `enqueue` only when the queue must grow
class Sender final : public audio::Player {
 public:
  /// Room for one packet.
  static constexpr std::size_t max_size = rtp::header_size + audio::Encoder::max_payload;

  explicit Sender(base::Random& random);

  /// Codec, event type and direction. Audio that waits goes on in the new codec.
  void configure(const sdp::Negotiated& media);
  /// Writes the packet of this tick; returns its length, 0 when none leaves. `through` is sent where
  /// nothing is queued (transcoding).
  std::size_t on_tick(base::Time now, std::int64_t position, std::span<std::uint8_t> out,
                      const audio::Frame* through = nullptr);
  /// False: events were not negotiated, not a digit, or 32 wait.
  bool send_digit(char digit);
  void set_sink(audio::FrameSink* sink) { sink_ = sink; }

  bool enqueue(std::span<const std::int16_t> pcm) override { return queue_.push(pcm); }
  void pause() override { paused_ = true; }
  void resume() override { paused_ = false; }
  bool paused() const override { return paused_; }
  void discard() override;
  std::int64_t played() const override { return played_; }
  std::int64_t queued() const override { return static_cast<std::int64_t>(queue_.size()); }

  std::uint32_t ssrc() const { return stream_.ssrc(); }
  std::uint32_t packets() const { return stream_.packets(); }
  /// For a sender report: packets, octets, and the time stamp of this instant.
  rtp::SenderInfo sender_info(base::Time now) const { return stream_.sender_info(now); }
  /// Where a relay puts its packets while this sender is not ticked.
  OutgoingStream& stream() { return stream_; }
  bool may_send() const { return may_send_; }
  /// Whether queued audio or a key press waits or is on its way.
  bool busy() const { return queue_.size() > 0 || digits_.busy(); }
  /// Gives back the memory of an empty queue.
  void trim() { queue_.trim(); }

 private:
  std::size_t write_event(const rtp::DigitSender::Packet& event, std::span<std::uint8_t> out);
  std::size_t write_audio(const audio::Frame& frame, std::span<std::uint8_t> out);
  std::size_t write(rtp::PacketHeader header, std::span<const std::uint8_t> payload,
                    std::span<std::uint8_t> out);
  void tell_sink(const audio::Frame& frame, base::Time now, std::int64_t position);

  // given
  audio::FrameSink* sink_ = nullptr;
  // owned
  SampleQueue queue_;
  audio::Encoder encoder_;
  rtp::DigitSender digits_;
  OutgoingStream stream_;
  // state
  std::uint8_t payload_type_ = 0;
  std::optional<std::uint8_t> event_type_;
  bool may_send_ = false, paused_ = false, marker_ = true;
  rtp::Timestamp timestamp_;  // of this tick
  std::int64_t played_ = 0;
};

}  // namespace daedap::media
