#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "audio/frame.hpp"
#include "base/time.hpp"
#include "media/bridge.hpp"
#include "media/leg_impl.hpp"
#include "media/splice.hpp"
#include "rtp/packet.hpp"

namespace daedap::media {

/// One direction of a bridge: what `from` hears goes to `to`, and to a tap.
class Relay final : public audio::FrameSink {
 public:
  /// So long after its last packet a source counts as silent, and `to` gets own silence instead.
  static constexpr base::Millis quiet{1000};

  Relay(Leg::Impl& from, Leg::Impl& to);
  /// `from` goes on with its own sink.
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  void refresh();
  void set_tap(audio::FrameSink* tap) { tap_ = tap; }
  /// An admitted packet that `from` heard.
  void on_packet(const rtp::PacketView& packet, base::Time now);
  void tick_send(base::Time now, std::int64_t position);
  void tick_receive(base::Time now, std::int64_t position);
  void on_frame(const audio::Frame& frame, const audio::FrameInfo& info) override;

  bool relays() const;
  bool events_pass() const {
    return to_.media.send_event_type.has_value() && to_.media.event_clock_rate == from_.media.event_clock_rate;
  }
  const BridgeStats::Way& stats() const { return stats_; }

 private:
  /// Who fills what `to` sends.
  enum class Filler : std::uint8_t { own, relayed, transcoded };
  static constexpr std::uint8_t none = 0xFF;

  bool open() const;
  bool listen();
  std::uint8_t type_of(const sdp::Codec& heard) const;
  void learn_types(const sdp::Negotiated& media);
  void on_audio(const rtp::PacketView& packet, base::Time now);
  void on_event(const rtp::PacketView& packet, base::Time now);
  void send_own(base::Time now, const audio::Frame* through);
  void forward(const rtp::PacketView& packet, std::uint8_t type, bool event, base::Time now);

  // given
  Leg::Impl& from_;
  Leg::Impl& to_;
  audio::FrameSink* tap_ = nullptr;
  // state
  Splice splice_;
  std::array<std::uint8_t, 128> types_;  // payload type heard -> the one sent; none = transcode
  Filler filler_ = Filler::own;
  bool press_relayed_ = true;            // the key press under way; else it was made anew
  bool listens_ = true;                  // the receiver is kept up to date
  bool pulled_ = false;                  // this tick's frame was taken already
  std::optional<base::Time> sending_;    // the frame that comes is for `to`
  base::Time last_{};                    // relayed
  BridgeStats::Way stats_;
};

}  // namespace daedap::media
